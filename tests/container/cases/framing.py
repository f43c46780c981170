"""Heads and bodies that are cut off, malformed or contradict themselves; sent byte for byte."""

import gzip

from .kinds import LIMIT, ROW, Case


def cut(what: str, sent: bytes, message: str, status: int = 400) -> Case:
    """A body whose framing is damaged: what is sent after the Content-Type; then the sender closes
    its side."""
    return Case(what=what, raw=sent, body=None, status=status, message=message)


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LENGTH_OR_CHUNKS = "send either Content-Length or Transfer-Encoding: chunked"
CUT = "the chunked body was cut off"
PACKED = b"Content-Encoding: gzip\r\n"

FRAMED = (
    Case(what="chunks", raw=CHUNKED + b"5\r\n1,2,3\r\n3;x=y\r\n,4\n\r\n0\r\n\r\n", rows=1),
    Case(
        what="chunks with a trailer",
        raw=CHUNKED + b"8\r\n1,2,3,4\n\r\n0\r\nDigest: x\r\n\r\n",
        rows=1,
    ),
    cut(
        "a body shorter than its Content-Length",
        b"Content-Length: 80\r\n\r\n1,2,3,4\n1,2",
        "the body was cut off after 11 of 80 bytes",
    ),
    cut("chunks without the last one", CHUNKED + b"8\r\n1,2,3,4\n\r\n", CUT),
    cut("a chunk cut off", CHUNKED + b"8\r\n1,2", "the chunk was cut off after 3 of 8 bytes"),
    cut("chunks cut off in the trailer", CHUNKED + b"8\r\n1,2,3,4\n\r\n0\r\n", CUT),
    cut(
        "a chunk longer than its size",
        CHUNKED + b"2\r\n1,2,3,4\n\r\n0\r\n\r\n",
        "a chunk does not end where its size says",
    ),
    cut(
        "a malformed chunk size",
        CHUNKED + b"-8\r\n1,2,3,4\n\r\n0\r\n\r\n",
        "the chunked body has a malformed chunk size",
    ),
    cut(
        "chunks beyond the limit",
        CHUNKED + b"ffffff\r\n",
        f"the body has 16777215 bytes or more, {LIMIT}",
        413,
    ),
    cut("a length and chunks", b"Content-Length: 8\r\n" + CHUNKED + b"0\r\n\r\n", LENGTH_OR_CHUNKS),
    cut(
        "two lengths",
        b"Content-Length: 8\r\nContent-Length: 9\r\n\r\n1,2,3,4\n",
        "Content-Length '8, 9' is not a number",
    ),
    cut(
        "a length that is no number",
        b"Content-Length: eight\r\n\r\n1,2,3,4\n",
        "Content-Length 'eight' is not a number",
    ),
    cut(
        "another transfer coding",
        b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        LENGTH_OR_CHUNKS,
    ),
    cut(
        "gzip cut off by the end of the body",
        PACKED + b"Content-Length: 15\r\n\r\n" + gzip.compress(ROW)[:15],
        "the gzip body was cut off",
    ),
    cut(
        "no length",
        b"\r\n1,2,3,4\n",
        "send a Content-Length, or Transfer-Encoding: chunked",
        411,
    ),
    cut("a head cut off", b"Content-Length: 8\r\n", "the head was cut off"),
    cut("a folded header line", b" x: y\r\n\r\n", "a malformed header line: ' x: y'"),
    cut("lines without CR", b"X: y\n\n", "the head's lines must end with CR LF"),
    cut("a head of 20 kB", b"X: " + b"y" * 20_000, "the head is longer than 16384 bytes", 431),
)
