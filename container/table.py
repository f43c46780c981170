"""From a request's CSV to a float64 matrix: every row and cell exactly as written, or an error.

RFC 4180 quoting, LF or CRLF, an optional byte order mark. No row is skipped, no cell becomes a
number it does not show: a missing value is NaN, anything else that is not a number is refused.
"""

import csv
import io
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

csv.field_size_limit(1 << 20)


class TableError(ValueError):
    """The body cannot be read; the message names the first bad row (from 1) and its column."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the CSV is written, and the model's feature names (spaces as LightGBM stores them)."""

    names: Sequence[str]
    separator: str = ","
    decimal_comma: bool = False
    missing: frozenset[str] = frozenset([""])
    has_header: bool = False


def parse(body: bytes, dialect: Dialect) -> Floats:
    """The rows of the body as a matrix of rows x features; raises TableError.

    Records end at a line feed, as SageMaker's SplitType Line has it; a blank line is a row, of one
    missing value for a model of one feature and otherwise with too few columns.
    """
    text = _decode(body)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=dialect.separator, strict=True)
    rows = _records(reader)
    if dialect.has_header:
        _take_header(next(rows, []), dialect.names)
    # float() takes these beyond what other CSV readers call a number
    doubtful = dialect.decimal_comma or "_" in text or not text.isascii()
    width, missing, nan = len(dialect.names), dialect.missing, math.nan
    values, count = array("d"), 0
    for row in rows:
        count += 1
        try:
            if doubtful or len(row) != width:
                raise ValueError
            values.fromlist([nan if cell in missing else float(cell) for cell in row])
        except ValueError:
            values.fromlist(_careful(row, count, dialect))
    if not count:
        raise TableError("the body holds no row; send at least one")
    return np.frombuffer(values, dtype=np.float64).reshape(count, width)


def _decode(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise TableError(f"row {row}: byte {error.start} is not UTF-8; save it as UTF-8") from error
    return text


def _records(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The records; a blank line is one empty cell."""
    count = 0
    try:
        for row in reader:
            count += 1
            yield row or [""]
    except csv.Error as error:
        reason = "carriage return inside the row" if "new-line" in str(error) else str(error)
        raise TableError(f"row {count + 1}: {reason}") from error


def _careful(row: Sequence[str], number: int, dialect: Dialect) -> list[float]:
    """The cells of a row that is not plainly numbers; raises TableError for the first bad one."""
    names = dialect.names
    if len(row) != len(names):
        blank = " (a blank line)" if not any(row) else ""
        raise TableError(f"row {number}: expected {len(names)} columns, found {len(row)}{blank}")
    if number == 1 and not dialect.has_header and _same_names(row, names):
        raise TableError(
            "row 1 is a header line; send the rows without it, or set HAS_HEADER=true if every "
            "request starts with one (SplitType None)"
        )
    return [
        _cell(cell, f"row {number}, column {at} ({name})", dialect)
        for at, (cell, name) in enumerate(zip(row, names, strict=True), start=1)
    ]


def _cell(cell: str, where: str, dialect: Dialect) -> float:
    text = cell.strip()
    if text in dialect.missing:
        return math.nan
    shown = text if len(text) <= 80 else text[:77] + "..."
    if dialect.decimal_comma:
        if "." in text:
            raise TableError(f"{where}: {shown!r} has a point, but DECIMAL_COMMA is true")
        text = text.replace(",", ".")
    try:
        if "_" in text or not text.isascii():
            raise ValueError
        return float(text)
    except ValueError:
        hint = "; set DECIMAL_COMMA=true if a comma is the decimal sign" if "," in text else ""
        raise TableError(f"{where}: {shown!r} is not a number{hint}") from None


def _same_names(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the row is the header; LightGBM writes spaces in names as underscores."""
    return ["_".join(cell.split()) for cell in row] == list(names)


def _take_header(row: Sequence[str], names: Sequence[str]) -> None:
    if not row:
        return  # an empty body is refused for having no rows
    unnamed = all(name == f"Column_{at}" for at, name in enumerate(names))
    if len(row) != len(names) or not (unnamed or _same_names(row, names)):
        raise TableError(
            "the first line is not the header that HAS_HEADER=true announces; expected "
            + ", ".join(names)
        )
