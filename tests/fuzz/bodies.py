"""Bodies nobody would have thought of: numbers, junk, quotes, ragged rows, ways to send them."""

import gzip
import math
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.fuzz.oracle import MISSING, Dialect

# Letters of numbers and tokens, signs, quotes' and separators' neighbours, and a bit of the world.
JUNK = st.text("0123456789.eE+-infatyNAul x_\u00e9\u0660", max_size=12)
HUGE = st.from_regex(r"[+-]?\d{0,30}\.?\d{0,30}(?:[eE][+-]?\d{1,4})?", fullmatch=True)
SPELLINGS = (repr, "{:.6f}".format, "{:.3e}".format, "{:.17g}".format, "{:+}".format)
SPECIAL = ("inf", "-Inf", "+INFINITY", "-nan", "1e-35", "-1e-36", "5e-324", "1e309", "-0", "0x10")


@dataclass(frozen=True, kw_only=True)
class Body:
    """The text of a table, and the bytes that carry it after the request's first line."""

    text: str
    headers: tuple[str, ...]
    sent: bytes
    whole: bool  # False: cut off, so whatever it holds must not be answered with 200


@st.composite
def cells(draw: st.DrawFn, dialect: Dialect) -> str:
    """One cell's text without its quotes."""
    kind = draw(st.integers(0, 19))
    if kind < 12:
        number = draw(st.floats(-10, 10) if kind < 8 else st.floats())
        text = draw(st.sampled_from(SPELLINGS))(number)
    elif kind < 15:
        text = draw(st.sampled_from(sorted(MISSING)))
    else:
        text = draw((HUGE, st.sampled_from(SPECIAL), JUNK)[kind % 3])
    if dialect.decimal_comma and draw(st.integers(0, 20)):
        text = text.replace(".", ",")
    padding = st.sampled_from(["", "", "", " ", "  "])
    return draw(padding) + text + draw(padding)


@st.composite
def tables(draw: st.DrawFn, dialect: Dialect, names: list[str]) -> str:
    """A table's text, right in most ways."""
    sane = draw(st.booleans())  # half of the tables have no bad cell, so that they are answered
    number = st.floats(-10, 10).map(repr)
    cell = number if sane and not dialect.decimal_comma else cells(dialect)
    rows = [
        draw(st.lists(cell, min_size=width, max_size=width))
        for width in draw(st.lists(_widths(len(names), sane), max_size=90))
    ]
    usual = draw(st.integers(0, 19)) > 0
    if dialect.has_header == usual:
        rows.insert(0, names)
    # How quotes and line numbers go together is asked where it is the only question.
    quotes = dialect == Dialect(name=dialect.name) and draw(st.booleans())
    if quotes:
        rows = [[draw(_quoted(cell)) for cell in row] for row in rows]
    ends = st.sampled_from(["\n", "\r\n"])
    end = draw(ends)
    mixed = draw(st.booleans())
    text = "".join(dialect.separator.join(row) + (draw(ends) if mixed else end) for row in rows)
    if not draw(st.integers(0, 3)):
        text = text.removesuffix("\n").removesuffix("\r")
    return draw(st.sampled_from(["", "", "\ufeff"])) + text


def _widths(width: int, sane: bool) -> st.SearchStrategy[int]:
    if sane:
        return st.just(width)
    # One in some hundred: a table is as long as its first ragged row.
    return st.integers(0, 400).map(lambda n: n if n <= width + 1 else width)


@st.composite
def _quoted(draw: st.DrawFn, cell: str) -> str:
    """The cell in quotes, sometimes with what only quotes allow, or with broken quotes."""
    kind = draw(st.integers(0, 60))
    if kind > 20:
        return cell
    if kind > 3:
        return f'"{cell}"'
    return draw(st.sampled_from([f'"{cell}"x', f'"{cell}', f'"a""{cell}"', f'"1\n{cell}"']))


@st.composite
def bodies(draw: st.DrawFn, dialect: Dialect, names: list[str]) -> Body:
    """A table and how it is sent: by length or in chunks, packed or not, whole or cut off."""
    text = draw(tables(dialect, names))
    content = text.encode()
    headers = []
    if not draw(st.integers(0, 4)):
        content = gzip.compress(content, 1, mtime=0)
        headers.append("Content-Encoding: gzip")
    if draw(st.booleans()):
        headers.append(f"Content-Length: {len(content)}")
        sent = content
    else:
        headers.append("Transfer-Encoding: chunked")
        sent = _chunked(content, draw(st.lists(st.integers(1, 700), min_size=1, max_size=8)))
    whole = not sent or draw(st.integers(0, 9)) > 0
    if not whole:
        sent = sent[: math.floor(len(sent) * draw(st.floats(0, 1, exclude_max=True)))]
    return Body(text=text, headers=tuple(headers), sent=sent, whole=whole)


def _chunked(content: bytes, sizes: list[int]) -> bytes:
    """In chunks of these sizes in turn."""
    sent, at, number = [], 0, 0
    while at < len(content):
        part = content[at : at + sizes[number % len(sizes)]]
        sent.append(b"%x\r\n%b\r\n" % (len(part), part))
        at, number = at + len(part), number + 1
    return b"".join([*sent, b"0\r\n\r\n"])
