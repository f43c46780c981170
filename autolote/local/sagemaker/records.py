"""Splitting an object into payloads, in memory that does not grow with the object.

Rules: API_TransformInput (SplitType), API_CreateTransformJob (BatchStrategy, MaxPayloadInMB). A
payload never mixes objects and never holds part of a record. One MB is taken as 1024 * 1024 bytes
and a line's newline counts; AWS does not say.
"""

from collections.abc import Iterator
from typing import Protocol

_CHUNK = 1024 * 1024


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class PayloadTooLargeError(Exception):
    """A record, or an object that is not split, is larger than MaxPayloadInMB."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Too much data for max payload size: a record is larger than {limit} bytes. "
            "Raise MaxPayloadInMB or split the object by Line."
        )


def payloads(stream: Stream, *, split: bool, single: bool, limit: int) -> Iterator[bytes]:
    """The payloads of one object, in order.

    Args:
        stream: the object's content; read in chunks.
        split: SplitType Line; otherwise the object is one payload.
        single: BatchStrategy SingleRecord: one line each, blank lines left out.
        limit: the largest payload in bytes.
    """
    if not split:
        yield from _whole(stream, limit)
    elif single:
        yield from _single_lines(stream, limit)
    else:
        yield from _many_lines(stream, limit)


def _whole(stream: Stream, limit: int) -> Iterator[bytes]:
    content = bytearray()
    while chunk := stream.read(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise PayloadTooLargeError(limit)
    if content:
        yield bytes(content)


def _many_lines(stream: Stream, limit: int) -> Iterator[bytes]:
    # No work per line: a payload ends at the last newline that still fits.
    buffer = bytearray()
    ended = False
    while True:
        while not ended and len(buffer) <= limit:
            chunk = stream.read(_CHUNK)
            ended = not chunk
            buffer += chunk
        if len(buffer) <= limit:
            if buffer:
                yield bytes(buffer)
            return
        end = buffer.rfind(b"\n", 0, limit) + 1
        if not end:
            raise PayloadTooLargeError(limit)
        yield bytes(buffer[:end])
        del buffer[:end]


def _single_lines(stream: Stream, limit: int) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield from _one(line + b"\n", limit)
        if len(rest) > limit:
            raise PayloadTooLargeError(limit)
    yield from _one(rest, limit)


def _one(line: bytes, limit: int) -> Iterator[bytes]:
    if len(line) > limit:
        raise PayloadTooLargeError(limit)
    if line.strip():
        yield line


def assembled(prediction: bytes, *, by_line: bool) -> bytes:
    """A prediction as it goes to the output: AssembleWith Line ends it with a newline.

    AWS adds a newline after every record; a server that ends its answer with one gets no second.
    """
    if by_line and prediction and not prediction.endswith(b"\n"):
        return prediction + b"\n"
    return prediction
