"""How an object is copied: in parts, without its first bytes, with other line ends.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from collections.abc import Iterable, Iterator

SMALLEST_PART = 5 * 1024**2
"""Bytes that every part but the last must have, and that a source of ranges must exceed."""

_PART = 128 * 1024**2

LARGEST_COPY = _PART
"""Bytes that are copied by one CopyObject; S3 takes 5 GiB, but answers only when it is done."""

_MOST_PARTS = 10_000


def unix_lines(pieces: Iterable[bytes], *, skip: int) -> Iterator[bytes]:
    """The same content without its first `skip` bytes, and with LF where it had CRLF.

    A carriage return at the end of a piece waits for the next one: what follows it decides.
    """
    waiting = b""
    for piece in pieces:
        skipped, skip = piece[:skip], max(0, skip - len(piece))
        text = waiting + piece[len(skipped) :]
        waiting = b"\r" if text.endswith(b"\r") else b""
        yield text[: len(text) - len(waiting)].replace(b"\r\n", b"\n")
    yield waiting


def ranges(*, first: int, size: int) -> list[tuple[int, int]]:
    """The ranges of an object of `size` bytes from byte `first` on, first and last byte each.

    No part is smaller than S3 allows: what would be too short a rest belongs to the part before.
    """
    length = size - first
    part = max(_PART, -(-length // (_MOST_PARTS - 1)))
    starts = list(range(first, size, part))
    if len(starts) > 1 and size - starts[-1] < SMALLEST_PART:
        starts.pop()
    ends = [*starts[1:], size]
    return [(start, end - 1) for start, end in zip(starts, ends, strict=True)]
