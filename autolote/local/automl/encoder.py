"""From cells as written to a float64 matrix for LightGBM: the same code trains and serves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autolote.local.automl.cells import DATE_PARTS, MISSING, date_parts, number
from autolote.local.automl.columns import Column, fit_column, words

Matrix = NDArray[np.float64]
NAN = float("nan")
_NOT_A_WORD = re.compile(r"\W")


class CellError(ValueError):
    """A cell that its column cannot hold; `row` counts from 1."""

    def __init__(self, *, row: int, column: str, value: str, expected: str) -> None:
        shown = value if len(value) <= 80 else value[:77] + "..."
        super().__init__(
            f"row {row}, column {column!r}: {shown!r} is not {expected}; "
            "leave the cell empty when the value is missing"
        )


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the encoded matrix and the input column it comes from."""

    name: str
    column: str
    categorical: bool = False


def fit(names: Sequence[str], cells: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Decide the encoding of every column; `cells[i]` are the cells of column `names[i]`."""
    return tuple(fit_column(name, column) for name, column in zip(names, cells, strict=True))


def features(columns: Sequence[Column]) -> tuple[Feature, ...]:
    """The columns of the matrix that `transform` returns; their names are legal in LightGBM."""
    return tuple(feature for at, column in enumerate(columns) for feature in _features(at, column))


def _features(at: int, column: Column) -> Iterator[Feature]:
    # LightGBM refuses JSON's special characters in names; the position keeps them distinct.
    stem = f"{_NOT_A_WORD.sub('_', column.name)}_{at}"
    if column.type in ("numeric", "boolean"):
        yield Feature(name=stem, column=column.name)
    elif column.type == "categorical":
        yield Feature(name=stem, column=column.name, categorical=True)
    elif column.type == "datetime":
        for part in DATE_PARTS:
            yield Feature(name=f"{stem}_{part}", column=column.name)
    elif column.type == "text":
        for part in ("characters", "words", *(f"term{i}" for i in range(len(column.terms)))):
            yield Feature(name=f"{stem}_{part}", column=column.name)


def transform(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> Matrix:
    """Encode the cells, given column by column in the order of `columns`.

    An unseen level of a categorical column counts as missing (NaN). A cell that a numeric, boolean
    or date column cannot hold raises CellError.
    """
    rows = len(cells[0]) if cells else 0
    encoded = [
        _encode(column, column_cells) for column, column_cells in zip(columns, cells, strict=True)
    ]
    kept = [part.reshape(rows, -1) for part in encoded if part is not None]
    return np.hstack(kept) if kept else np.empty((rows, 0))


def _encode(column: Column, cells: Sequence[str]) -> Matrix | None:
    if column.type == "numeric":
        return _numbers(column, cells)
    if column.type == "categorical":
        codes = {level: float(code) for code, level in enumerate(column.levels)}
        return np.array([codes.get(cell.strip(), NAN) for cell in cells])
    if column.type == "boolean":
        return _booleans(column, cells)
    if column.type == "datetime":
        return _dates(column, cells)
    if column.type == "text":
        return _texts(column, cells)
    return None


def _numbers(column: Column, cells: Sequence[str]) -> Matrix:
    missing = MISSING.union(column.missing)
    joined = "".join(cells)
    if "_" not in joined and joined.isascii():  # then float() takes exactly what number() takes
        try:
            return np.array([NAN if cell in missing else float(cell) for cell in cells])
        except ValueError:
            pass
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        value = NAN if cell.strip() in missing else number(cell)
        if value is None:
            raise CellError(row=at + 1, column=column.name, value=cell, expected="a number")
        values[at] = value
    return values


def _booleans(column: Column, cells: Sequence[str]) -> Matrix:
    true, false = column.levels
    codes = {true: 1.0, false: 0.0}
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        text = cell.strip()
        value = NAN if text in MISSING else codes.get(text.lower())
        if value is None:
            expected = f"{true!r} or {false!r}"
            raise CellError(row=at + 1, column=column.name, value=cell, expected=expected)
        values[at] = value
    return values


def _dates(column: Column, cells: Sequence[str]) -> Matrix:
    missing = MISSING.union(column.missing)
    absent = (NAN,) * len(DATE_PARTS)
    values = np.empty((len(cells), len(DATE_PARTS)))
    for at, cell in enumerate(cells):
        parts = absent if cell.strip() in missing else date_parts(cell, column.order)
        if parts is None:
            expected = f"a date written {column.order}"
            raise CellError(row=at + 1, column=column.name, value=cell, expected=expected)
        values[at] = parts
    return values


def _texts(column: Column, cells: Sequence[str]) -> Matrix:
    at_term = {term: at + 2 for at, term in enumerate(column.terms)}
    values = np.zeros((len(cells), len(column.terms) + 2))
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text in MISSING:
            values[row] = NAN
            continue
        found = words(text)
        values[row, :2] = len(text), len(found)
        for word in found:
            if word in at_term:
                values[row, at_term[word]] = 1.0
    return values
