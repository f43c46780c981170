"""The body of a request, piece by piece to where it is wanted: whole, within the limit, or an
error. The end of a cut-off body is never taken for the end of the body."""

import time
import zlib
from collections.abc import Mapping
from typing import Protocol

from container.connection import Connection
from container.errors import RequestError

BODY_SECONDS = 3600
"""The longest InvocationsTimeoutInSeconds: after it nobody waits for the answer
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html)."""

_GZIP = 31  # zlib's wbits for a gzip header and trailer
_COMPRESSED = 64 << 10


class Body(Protocol):
    """A source of bytes."""

    def readinto(self, view: memoryview) -> int:
        """Put bytes at the view's start; 0 when the body is complete. Raises RequestError 400 for
        a malformed or cut-off body, 413 beyond the limit; TimeoutError."""


def open_body(connection: Connection, headers: Mapping[str, str], *, limit: int) -> Body:
    """The body that follows a head with these headers; `limit` is in bytes, as sent and unpacked.

    Raises RequestError: 400 for contradicting headers, 411 without a length, 413 beyond the limit,
    415 for another coding than gzip, 417 for an expectation (RFC 9112, sections 6 and 7).
    """
    coding = headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise RequestError(415, f"Content-Encoding is {coding!r}; send gzip, or none")
    expected = headers.get("expect", "").lower()
    if expected not in ("", "100-continue"):
        raise RequestError(417, f"Expect is {expected!r}; only 100-continue is known")
    body = _framed(connection, headers, limit)
    if expected:
        body = _Expected(connection, body)
    return body if coding == "identity" else _Gzip(body, limit)


def fill(body: Body, view: memoryview) -> int:
    """Read until the view is full or the body complete; returns the number of bytes."""
    filled = 0
    while filled < len(view) and (came := body.readinto(view[filled:])):
        filled += came
    return filled


def _framed(connection: Connection, headers: Mapping[str, str], limit: int) -> Body:
    length = headers.get("content-length")
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked" or length is not None:
            raise RequestError(400, "send either Content-Length or Transfer-Encoding: chunked")
        return _Chunks(connection, limit)
    if length is None:
        raise RequestError(411, "send a Content-Length, or Transfer-Encoding: chunked")
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        raise RequestError(400, f"Content-Length {length[:80]!r} is not a number")
    if int(length) > limit:
        raise _too_large(f"{int(length)} bytes", limit)
    return _Length(connection, int(length))


class _Length:
    """A body, or a chunk of one, of an announced length."""

    def __init__(self, connection: Connection, length: int, what: str = "body") -> None:
        self._connection = connection
        self._what = what
        self._length = self._left = length
        self._deadline = time.monotonic() + BODY_SECONDS

    def readinto(self, view: memoryview) -> int:
        if not self._left:
            return 0
        came = self._connection.readinto(view[: self._left])
        if not came:
            seen = self._length - self._left
            cut = f"the {self._what} was cut off after {seen} of {self._length} bytes"
            raise RequestError(400, cut)
        if time.monotonic() > self._deadline:
            raise RequestError(408, f"the body took longer than {BODY_SECONDS} seconds")
        self._left -= came
        return came


class _Chunks:
    """A body of chunks, each with its size before it; the one of size 0 ends it."""

    def __init__(self, connection: Connection, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._total = 0
        self._chunk: _Length | None = None
        self._complete = False
        self._deadline = time.monotonic() + BODY_SECONDS

    def readinto(self, view: memoryview) -> int:
        while not self._complete:
            if self._chunk is None:
                self._begin()
            elif came := self._chunk.readinto(view):
                return came
            else:
                self._end_of_chunk()
        return 0

    def _begin(self) -> None:
        """Read the size of the next chunk; after the last one, the trailers."""
        if time.monotonic() > self._deadline:
            raise RequestError(408, f"the body took longer than {BODY_SECONDS} seconds")
        size = _chunk_size(self._connection.line())
        self._total += size
        if self._total > self._limit:
            raise _too_large(f"{self._total} bytes or more", self._limit)
        if size:
            self._chunk = _Length(self._connection, size, "chunk")
            return
        while (trailer := self._connection.line()) != b"\r\n":
            if not trailer.endswith(b"\n"):
                raise RequestError(400, "the chunked body was cut off")
        self._complete = True

    def _end_of_chunk(self) -> None:
        line = self._connection.line()
        if not line:
            raise RequestError(400, "the chunked body was cut off")
        if line != b"\r\n":
            raise RequestError(400, "a chunk does not end where its size says")
        self._chunk = None


def _chunk_size(line: bytes) -> int:
    if not line.endswith(b"\r\n"):
        raise RequestError(400, "the chunked body was cut off")
    digits = line.partition(b";")[0].strip()
    if not 0 < len(digits) <= 16 or digits.strip(b"0123456789abcdefABCDEF"):
        raise RequestError(400, "the chunked body has a malformed chunk size")
    return int(digits, 16)


class _Expected:
    """A body that the client sends once it is told that it is wanted (RFC 9110, section 10.1.1)."""

    def __init__(self, connection: Connection, body: Body) -> None:
        self._connection = connection
        self._body = body
        self._told = False

    def readinto(self, view: memoryview) -> int:
        if not self._told:
            self._told = True
            self._connection.send([b"HTTP/1.1 100 Continue\r\n\r\n"])
        return self._body.readinto(view)


class _Gzip:
    """A packed body. However far it unpacks, no more than a view is unpacked at a time."""

    def __init__(self, body: Body, limit: int) -> None:
        self._body = body
        self._limit = limit
        self._total = 0
        self._buffer = memoryview(bytearray(_COMPRESSED))
        self._packed = b""
        self._member = zlib.decompressobj(_GZIP)

    def readinto(self, view: memoryview) -> int:
        while True:
            unpacked = self._unpack(len(view))
            if unpacked:
                self._total += len(unpacked)
                if self._total > self._limit:
                    raise _too_large(f"{self._total} unpacked bytes or more", self._limit)
                view[: len(unpacked)] = unpacked
                return len(unpacked)
            if self._packed:
                continue
            came = self._body.readinto(self._buffer)
            if not came:
                if not self._member.eof:
                    raise RequestError(400, "the gzip body was cut off")
                return 0
            self._packed = bytes(self._buffer[:came])

    def _unpack(self, size: int) -> bytes:
        """At most `size` bytes; none when more input is needed or a member has ended."""
        if self._member.eof:
            if not self._packed:
                return b""
            self._member = zlib.decompressobj(_GZIP)  # members in a row are one stream (RFC 1952)
        try:
            unpacked = self._member.decompress(self._packed, size)
        except zlib.error as error:
            raise RequestError(400, f"the gzip body is damaged: {error}") from error
        self._packed = self._member.unconsumed_tail or self._member.unused_data
        return unpacked


def _too_large(size: str, limit: int) -> RequestError:
    return RequestError(
        413,
        f"the body has {size}, but at most {limit} are taken; "
        "lower MaxPayloadInMB of the transform job",
    )
