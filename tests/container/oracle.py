"""What the CSV stage must make of a body, worked out slowly: Python's csv module and float()."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SPACES = " \t\n\r\v\f"
MISSING = frozenset(["NA", "N/A", "NaN", "nan", "NULL", "null", "None"])

csv.field_size_limit(1 << 20)


class RefusedError(Exception):
    """The body must be refused with this message."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the CSV is written, and the model's feature names (spaces as LightGBM stores them)."""

    names: Sequence[str]
    separator: str = ","
    decimal_comma: bool = False
    missing: frozenset[str] = MISSING
    has_header: bool = False
    placeholder: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """The values of all rows; `bad` says of each whether it is a placeholder of NaN."""

    values: list[list[float]]
    bad: list[bool]


def parse(body: bytes, dialect: Dialect) -> Table:
    """The rows of the body; raises RefusedError."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=dialect.separator, strict=True)
    records = _records(reader, body, dialect)
    if dialect.has_header:
        _check_header(next(records, None), dialect)
    values: list[list[float]] = []
    bad: list[bool] = []
    for number, row in enumerate(records, start=1):
        try:
            values.append(_row(row, number, dialect))
            bad.append(False)
        except RefusedError:
            if not dialect.placeholder:
                raise
            values.append([math.nan] * len(dialect.names))
            bad.append(True)
    if not values:
        raise RefusedError("the body holds no row; send at least one")
    return Table(values=values, bad=bad)


def _records(reader: Iterator[list[str]], body: bytes, dialect: Dialect) -> Iterator[list[str]]:
    """The records; a blank line is one empty cell."""
    number = 0 if dialect.has_header else 1
    while True:
        where = f"row {number}" if number else "the header"
        try:
            row = next(reader, None)
        except csv.Error as error:
            reason = "carriage return inside the row" if "new-line" in str(error) else str(error)
            raise RefusedError(f"{where}: {reason}") from error
        if row is None:
            return
        if any("\udc80" <= letter <= "\udcff" for cell in row for letter in cell):
            raise RefusedError(
                f"{where}: byte {_first_invalid(body)} is not UTF-8; save it as UTF-8"
            )
        if dialect.placeholder and any("\n" in cell for cell in row):
            raise RefusedError(
                f"{where}: a line feed inside quotes hides where rows end; with "
                "ON_BAD_ROW=placeholder each row is one line"
            )
        yield row or [""]
        number += 1


def _first_invalid(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    raise AssertionError("the body is UTF-8")


def _row(row: Sequence[str], number: int, dialect: Dialect) -> list[float]:
    names = dialect.names
    if len(row) != len(names):
        raise RefusedError(f"row {number}: {_wrong_columns(row, dialect)}")
    try:
        return [
            _cell(cell, f"row {number}, column {at} ({name})", dialect)
            for at, (cell, name) in enumerate(zip(row, names, strict=True), start=1)
        ]
    except RefusedError:
        if number == 1 and not dialect.has_header and _same_names(row, names):
            raise RefusedError(
                "row 1 is a header line; send the rows without it, or set HAS_HEADER=true if every "
                "request starts with one (SplitType None)"
            ) from None
        raise


def _wrong_columns(row: Sequence[str], dialect: Dialect) -> str:
    expected = len(dialect.names)
    fault = f"expected {expected} columns, found {len(row)}"
    if len(row) != 1:
        return fault
    if not row[0].strip(SPACES):
        return f"{fault} (a blank line)"
    for other, name in {";": ";", "|": "|", "\t": "tab", ",": ","}.items():
        if other != dialect.separator and len(row[0].strip(SPACES).split(other)) == expected:
            return f"{fault}; set CSV_SEPARATOR={name} if that stands between the cells"
    return fault


def _cell(cell: str, where: str, dialect: Dialect) -> float:
    text = cell.strip(SPACES)
    if not text or text in dialect.missing:
        return math.nan
    shown = text if len(text) <= 80 else text[:77] + "..."
    if dialect.decimal_comma:
        if "." in text:
            raise RefusedError(f"{where}: {shown!r} has a point, but DECIMAL_COMMA is true")
        text = text.replace(",", ".")
    try:
        # float() takes underscores, other scripts' digits and other spaces too
        if "_" in text or not text.isascii() or text != text.strip():
            raise ValueError
        return float(text)
    except ValueError:
        comma = "," in text
        hint = "; set DECIMAL_COMMA=true if a comma is the decimal sign" if comma else ""
        raise RefusedError(f"{where}: {shown!r} is not a number{hint}") from None


def _same_names(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the row is the header; LightGBM writes spaces in names as underscores."""
    return _feature_names(row) == list(names)


def _feature_names(row: Sequence[str]) -> list[str]:
    return [cell.strip(SPACES).replace(" ", "_") for cell in row]


def _check_header(row: Sequence[str] | None, dialect: Dialect) -> None:
    if row is None:
        return  # an empty body is refused for having no rows
    names, found = list(dialect.names), _feature_names(row)
    fault = "the first line is not the header that HAS_HEADER=true announces: "
    if len(row) != len(names):
        raise RefusedError(fault + _wrong_columns(row, dialect))
    if found == names:
        return
    unnamed = all(name == f"Column_{at}" for at, name in enumerate(names))
    if unnamed and sorted(found) != sorted(names):
        if _are_values(row, dialect):
            raise RefusedError(fault + "it holds numbers")
        return
    at = next(at for at, name in enumerate(names) if found[at] != name)
    cell = row[at].strip(SPACES)
    shown = cell if len(cell) <= 80 else cell[:77] + "..."
    raise RefusedError(f"{fault}column {at + 1} is {shown!r}, expected {names[at]}")


def _are_values(row: Sequence[str], dialect: Dialect) -> bool:
    try:
        for cell in row:
            _cell(cell, "", dialect)
    except RefusedError:
        return False
    return True
