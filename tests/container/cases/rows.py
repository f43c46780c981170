"""Bodies that are scored, and bodies that are refused for what they hold."""

import gzip
from collections.abc import Mapping

from .kinds import GZIP, ROW, Case

HEADER = {"HAS_HEADER": "true"}
SEMICOLON = {"CSV_SEPARATOR": ";"}
COMMA = {"CSV_SEPARATOR": ";", "DECIMAL_COMMA": "true"}
PLACEHOLDER = {"ON_BAD_ROW": "placeholder"}


def read(what: str, body: bytes, rows: int = 1, **other: Mapping[str, str]) -> Case:
    """A body that is scored."""
    return Case(what=what, body=body, rows=rows, **other)  # type: ignore[arg-type]


def bad(what: str, body: bytes, message: str, **other: Mapping[str, str]) -> Case:
    """A body that is refused."""
    return Case(what=what, body=body, status=400, message=message, **other)  # type: ignore[arg-type]


READ = (
    read("one row", ROW),
    read("no line feed at the end", b"1,2,3,4\n5,6,7,8", 2),
    read("lines that end with CR LF", b"1,2,3,4\r\n5,6,7,8\r\n", 2),
    read("a byte order mark", b"\xef\xbb\xbf1,2,3,4\n"),
    read("missing values: empty cells, NA, NaN, null ...", b",NA,nan,\nNULL,null,None,N/A\n", 2),
    read("a row of empty cells", b",,,\n"),
    read("quoted numbers", b'"1","2",3,"4"\n'),
    read("spaces and tabs around numbers", b" 1 ,2,\t3, 4\n"),
    read("exponents and infinities", b"1e3,-2.5E-7,inf,-Infinity\n"),
    read("signs and bare points", b"+1,-.5,5.,-0\n"),
    read("a header, announced", b"age,income,debt,years here\n1,2,3,4\n", variables=HEADER),
    read("semicolons, announced", b"1;2;3;4\n", variables=SEMICOLON),
    read("decimal commas, announced", b"3,14;2;-1,5e3;4\n", variables=COMMA),
    read(
        "bad rows between good ones, where placeholders are wanted",
        b"1,2,3,4\n1,x,3,4\n1,2\n5,6,7,8\n",
        4,
        variables=PLACEHOLDER,
    ),
    read("a body packed with gzip", gzip.compress(ROW * 3), 3, headers=GZIP),
    read("gzip members in a row", gzip.compress(ROW) + gzip.compress(ROW), 2, headers=GZIP),
)

HINT = (
    "send the rows without it, or set HAS_HEADER=true if every request starts with one (SplitType "
    "None)"
)
ANNOUNCED = "the first line is not the header that HAS_HEADER=true announces:"
COLUMNS = "row 2: expected 4 columns, found"

REFUSED = (
    bad("an empty body", b"", "the body holds no row; send at least one"),
    bad("a header", b"age,income,debt,years here\n1,2,3,4\n", f"row 1 is a header line; {HINT}"),
    bad(
        "no header, but one announced",
        b"1,2,3,4\n5,6,7,8\n",
        f"{ANNOUNCED} column 1 is '1', expected age",
        variables=HEADER,
    ),
    bad(
        "another header",
        b"age,debt,income,years here\n",
        f"{ANNOUNCED} column 2 is 'debt', expected income",
        variables=HEADER,
    ),
    bad(
        "a header of fewer columns",
        b"age,debt\n1,2\n",
        f"{ANNOUNCED} expected 4 columns, found 2",
        variables=HEADER,
    ),
    bad(
        "an announced header and no row",
        b"age,income,debt,years here\n",
        "the body holds no row; send at least one",
        variables=HEADER,
    ),
    bad(
        "text for a number",
        b"1,2,3,4\n1,x,3,4\n",
        "row 2, column 2 (income): 'x' is not a number",
    ),
    bad(
        "semicolons",
        b"1;2;3;4\n",
        "row 1: expected 4 columns, found 1; set CSV_SEPARATOR=; if that stands between the cells",
    ),
    bad(
        "tabs",
        b"1\t2\t3\t4\n",
        "row 1: expected 4 columns, found 1; set CSV_SEPARATOR=tab if that stands between the "
        "cells",
    ),
    bad(
        "a decimal comma",
        b'"3,14",2,3,4\n',
        "row 1, column 1 (age): '3,14' is not a number; set DECIMAL_COMMA=true if a comma is the "
        "decimal sign",
    ),
    bad(
        "a decimal point, but commas announced",
        b"3.14;2;3;4\n",
        "row 1, column 1 (age): '3.14' has a point, but DECIMAL_COMMA is true",
        variables=COMMA,
    ),
    bad("a column missing in a row", b"1,2,3,4\n1,2,3\n", f"{COLUMNS} 3"),
    bad("a column too many in a row", b"1,2,3,4\n1,2,3,4,5\n", f"{COLUMNS} 5"),
    bad("a blank line", b"1,2,3,4\n\n1,2,3,4\n", f"{COLUMNS} 1 (a blank line)"),
    bad("empty cells, but too few", b"1,2,3,4\n,,\n", f"{COLUMNS} 3"),
    bad("a blank line at the end", b"1,2,3,4\n\n", f"{COLUMNS} 1 (a blank line)"),
    bad(
        "a line feed inside quotes",
        b'1,"2\n",3,4\n1,"2\n3",3,4\n',
        "row 2, column 2 (income): '2\\n3' is not a number",
    ),
    bad("an open quote", b'1,2,3,4\n1,"2,3,4\n', "row 2: unexpected end of data"),
    bad(
        "an open quote, where placeholders are wanted: it hides where the rows end",
        b'1,2,3,4\n1,"2,3,4\n',
        "row 2: unexpected end of data",
        variables=PLACEHOLDER,
    ),
    bad(
        "a line feed inside quotes, where placeholders are wanted: it hides where the rows end",
        b'1,2,3,4\n1,"2,3,4\n5,6,7",8\n1,2,3,4\n',
        "row 2: a line feed inside quotes hides where rows end; with ON_BAD_ROW=placeholder each "
        "row is one line",
        variables=PLACEHOLDER,
    ),
    bad("text after a quote", b'1,"2"3,3,4\n', "row 1: ',' expected after '\"'"),
    bad("a bare carriage return", b"1,2,3,4\r5,6\n", "row 1: carriage return inside the row"),
    bad("a NUL", b"1,2,\x003,4\n", "row 1, column 3 (debt): '\\x003' is not a number"),
    bad("an underscore", b"1_000,2,3,4\n", "row 1, column 1 (age): '1_000' is not a number"),
    bad(
        "digits of another script",
        "\u0661,2,3,4\n".encode(),
        "row 1, column 1 (age): '\u0661' is not a number",
    ),
    bad("hexadecimal digits", b"0x10,2,3,4\n", "row 1, column 1 (age): '0x10' is not a number"),
    bad(
        "Latin-1 text",
        b"1,2,3,4\n\xe9,2,3,4\n",
        "row 2: byte 8 is not UTF-8; save it as UTF-8",
    ),
    bad("UTF-16", "1,2\n".encode("utf-16"), "row 1: byte 0 is not UTF-8; save it as UTF-8"),
    bad(
        "gzip that is damaged",
        gzip.compress(ROW)[:-8] + bytes(8),
        "the gzip body is damaged: ...",
        headers=GZIP,
    ),
    bad("gzip that is cut off", gzip.compress(ROW)[:-3], "the gzip body was cut off", headers=GZIP),
    bad("no gzip at all", ROW, "the gzip body is damaged: ...", headers=GZIP),
)
