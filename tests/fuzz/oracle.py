"""What a request must be answered, worked out slowly: Python's csv, float() and Booster.predict.

Only what both readers agree to call CSV is asked: the texts come from `bodies`.
"""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"])


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a container of these tests was told that the CSV is written."""

    name: str
    separator: str = ","
    decimal_comma: bool = False
    has_header: bool = False
    placeholder: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """The container's environment variables."""
        return {
            "CSV_SEPARATOR": "tab" if self.separator == "\t" else self.separator,
            "DECIMAL_COMMA": str(self.decimal_comma).lower(),
            "HAS_HEADER": str(self.has_header).lower(),
            "ON_BAD_ROW": "placeholder" if self.placeholder else "refuse",
        }


class RefusedError(Exception):
    """The body must be refused; `row` and `column` (from 1) are what the message must name."""

    def __init__(self, row: int | None = None, column: int | None = None) -> None:
        super().__init__(f"row {row}, column {column}")
        self.row = row
        self.column = column


def answer(text: str, dialect: Dialect, model: lightgbm.Booster) -> str:
    """The text of a 200; raises RefusedError."""
    rows = _records(text, dialect)
    names = model.feature_name()
    if dialect.has_header:
        header = next(rows, None)
        if header is not None and not _is_header(header, names):
            raise RefusedError()
    values: list[list[float]] = []
    bad = set()
    for number, row in enumerate(rows, start=1):
        try:
            values.append(_values(row, number, dialect, names))
        except RefusedError:
            if not dialect.placeholder:
                raise
            bad.add(len(values))
            values.append([math.nan] * len(names))
    if not values:
        raise RefusedError()
    predicted = model.predict(np.array(values)).reshape(len(values), -1).tolist()
    lines = [
        "ERROR" if number in bad else ",".join(map(repr, row))
        for number, row in enumerate(predicted)
    ]
    return "\n".join(lines) + "\n"


def _records(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """The records; a blank line is one empty cell. Raises RefusedError for broken quoting, and for
    rows of several lines where placeholders are wanted."""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="\n")
    count = 0
    try:
        for row in csv.reader(lines, delimiter=dialect.separator, strict=True):
            count += 1
            if dialect.placeholder and any("\n" in cell for cell in row):
                raise RefusedError(count)
            yield row or [""]
    except csv.Error as error:
        raise RefusedError(count + 1) from error


def _is_header(row: Sequence[str], names: Sequence[str]) -> bool:
    return [cell.strip(" \t\n\r\v\f").replace(" ", "_") for cell in row] == list(names)


def _values(row: list[str], number: int, dialect: Dialect, names: Sequence[str]) -> list[float]:
    if len(row) != len(names) or (number == 1 and _is_header(row, names)):
        raise RefusedError(number)
    return [_value(cell, number, at, dialect) for at, cell in enumerate(row, start=1)]


def _value(cell: str, row: int, column: int, dialect: Dialect) -> float:
    text = cell.strip(" \t\n\r\v\f")
    if text in MISSING:
        return math.nan
    if dialect.decimal_comma:
        if "." in text:
            raise RefusedError(row, column)
        text = text.replace(",", ".")
    if not text.isascii() or "_" in text or text != text.strip():
        raise RefusedError(row, column)
    try:
        return float(text)
    except ValueError:
        raise RefusedError(row, column) from None
