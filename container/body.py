"""The body of a request: whole, within the limit, or an error. A cut-off body is never used."""

from email.message import Message
from io import BufferedIOBase

MEGABYTE = 1 << 20
_LINE = 1 << 12


class RequestError(Exception):
    """A request that is answered with an error status and this plain message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_body(stream: BufferedIOBase, headers: Message, *, limit: int) -> bytes:
    """Read the body by Content-Length or in chunks; `limit` is in bytes.

    Raises RequestError: 400 for a malformed or incomplete body, 411 without a length, 413 beyond
    the limit (RFC 9112, sections 6 and 7).
    """
    coding = headers.get("Transfer-Encoding", "").strip().lower()
    length = headers.get("Content-Length", "").strip()
    if coding:
        if coding != "chunked" or length:
            raise RequestError(400, "send either Content-Length or Transfer-Encoding: chunked")
        return _read_chunks(stream, limit)
    if not length:
        raise RequestError(411, "send a Content-Length, or Transfer-Encoding: chunked")
    if not (length.isascii() and length.isdigit()):
        raise RequestError(400, f"Content-Length {length!r} is not a number")
    if int(length) > limit:
        raise _too_large(int(length), limit)
    body = stream.read(int(length))
    if len(body) < int(length):
        raise RequestError(400, f"the body was cut off after {len(body)} of {length} bytes")
    return body


def _read_chunks(stream: BufferedIOBase, limit: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    while size := _chunk_size(stream.readline(_LINE)):
        total += size
        if total > limit:
            raise _too_large(total, limit)
        part = stream.read(size)
        if len(part) < size or stream.read(2) != b"\r\n":
            raise RequestError(400, "the chunked body was cut off")
        parts.append(part)
    while (trailer := stream.readline(_LINE)) != b"\r\n":
        if not trailer.endswith(b"\n"):
            raise RequestError(400, "the chunked body was cut off")
    return b"".join(parts)


def _chunk_size(line: bytes) -> int:
    if not line.endswith(b"\r\n"):
        raise RequestError(400, "the chunked body was cut off")
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise RequestError(400, "the chunked body has a malformed chunk size")
    return int(digits, 16)


def _too_large(size: int, limit: int) -> RequestError:
    return RequestError(
        413,
        f"the body has {size} bytes or more, but at most {limit} are taken; "
        "lower MaxPayloadInMB of the transform job",
    )
