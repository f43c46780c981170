"""The training data: CSV files with a header, every column a number, read without surprises.

Nothing is guessed and no row is dropped: the first cell that is not a number ends the training,
named by file, line, column and value. An empty cell is "no value" (NaN), as are the spellings that
the scoring side takes for it.
"""

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from container.settings import MISSING_TOKENS
from container.training.errors import TrainingError

Floats = NDArray[np.float64]

_MISSING = frozenset(MISSING_TOKENS) | {""}
_SHOWN = 80
# LightGBM refuses these in a feature's name, since its model file is no place for them
# (https://lightgbm.readthedocs.io/en/v4.7.0/FAQ.html: special JSON characters).
_FORBIDDEN = '",:[]{}'

# "negative values will be treated as missing", "all values should be less than Int32.MaxValue"
# (https://lightgbm.readthedocs.io/en/v4.7.0/Parameters.html#categorical_feature).
_MOST_CATEGORY = 2**31 - 2


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of a channel: `matrix` (rows, features), `target` (rows,); NaN is no value."""

    features: tuple[str, ...]
    matrix: Floats
    target: Floats


def read_table(path: Path, *, target: str, categorical: Sequence[str] = ()) -> Table:
    """Read one CSV file, or every file below a folder in the order of their names.

    Raises TrainingError for whatever is not a table of numbers with that target, and with whole
    numbers in the categorical columns.
    """
    files = _files(path)
    header = _header(files[0])
    _check_names(files[0], header, target)
    categories = _categories(files[0], header, target, categorical)
    values = array("d")
    for file in files:
        _append(file, header, target, categories, values)
    rows = np.frombuffer(values, dtype=np.float64).reshape(-1, len(header))
    if not len(rows):
        raise TrainingError(f"{path} holds a header and no rows.")
    position = header.index(target)
    return Table(
        features=tuple(name for name in header if name != target),
        matrix=np.delete(rows, position, axis=1),
        target=rows[:, position].copy(),
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("[!.]*") if file.is_file())
    if not found:
        raise TrainingError(
            f"{path} holds no file. Give a CSV file, or a folder (channel) with CSV files."
        )
    return found


def _records(file: Path, stream: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file with the line each ends in; blank lines at the end are none."""
    reader = csv.reader(stream, strict=True)
    blank = 0
    try:
        for row in reader:
            if not row:
                blank = blank or reader.line_num
                continue
            if blank:
                raise TrainingError(f"{file}, line {blank}: a blank line. Remove it.")
            yield reader.line_num, row
    except csv.Error as error:
        raise TrainingError(f"{file}, line {reader.line_num}: no CSV: {error}.") from error
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{file} is not UTF-8 text ({error.reason}). Give plain CSV, not compressed."
        ) from error


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        first = next(_records(file, stream), None)
    if first is None:
        raise TrainingError(f"{file} is empty. It must start with a line of column names.")
    return _names(first[1])


def _names(row: list[str]) -> list[str]:
    """Trimmed as the scoring side does it: other blanks than these are a part of the name."""
    return [name.strip(" \t") for name in row]


def _check_names(file: Path, header: list[str], target: str) -> None:
    if all(_number(name) is not None for name in header):
        raise TrainingError(
            f"{file}: the first line holds only numbers ({_shown(','.join(header))}). Every file "
            "must start with a line of column names."
        )
    if target not in header:
        raise TrainingError(
            f"{file}: no column {target!r}, which is the target. The columns are "
            f"{_shown(', '.join(header), 400)}.{_other_separator(header)}"
        )
    if len(header) == 1:
        raise TrainingError(f"{file}: no column but the target {target!r}; it needs features.")
    model_names = [name.replace(" ", "_") for name in header]  # as LightGBM stores them
    for position, name in enumerate(header, start=1):
        where = f"{file}, header, column {position}"
        if not name:
            raise TrainingError(f"{where}: it has no name. Name it or remove it.")
        if name != target and any(character in _FORBIDDEN for character in name):
            raise TrainingError(
                f"{where}: {_shown(name)}: LightGBM takes no name with one of {_FORBIDDEN}. "
                "Rename it."
            )
        if model_names.index(model_names[position - 1]) != position - 1:
            raise TrainingError(
                f"{where}: {_shown(name)}: there is a column of this name before it (spaces and "
                "underscores are the same). Rename or remove one."
            )


def _other_separator(header: list[str]) -> str:
    """What else may be between the columns, if there seems to be only one of them."""
    found = [mark for mark in ";|\t" if mark in header[0]]
    if len(header) > 1 or not found:
        return ""
    name = {"\t": "tabs"}.get(found[0], repr(found[0]))
    return f" They seem to be separated by {name}: write the file with commas."


def _categories(
    file: Path, header: list[str], target: str, categorical: Sequence[str]
) -> tuple[int, ...]:
    """Where the categorical columns are in a row, counted from 0."""
    for name in categorical:
        if name not in header or name == target:
            raise TrainingError(
                f"categorical_feature: {file} has no feature {name!r}. Give column names with "
                "commas between them."
            )
    return tuple(header.index(name) for name in categorical)


def _append(
    file: Path,
    header: list[str],
    target: str,
    categories: tuple[int, ...],
    values: "array[float]",
) -> None:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        records = _records(file, stream)
        _, names = next(records, (0, []))
        if _names(names) != header:
            raise TrainingError(
                f"{file}: its columns are {_shown(', '.join(names), 400)}, those of the first file "
                f"{_shown(', '.join(header), 400)}. All files need the same columns in the same "
                "order."
            )
        width, position = len(header), header.index(target)
        for line, row in records:
            if len(row) != width:
                raise TrainingError(
                    f"{file}, line {line}: expected {width} columns, found {len(row)}."
                )
            numbers = _numbers(row)
            if numbers is None:
                raise _not_a_number(file, line, row, header)
            if not math.isfinite(numbers[position]):
                raise TrainingError(
                    f"{file}, line {line}, column {position + 1} ({target}): "
                    f"{_shown(row[position])}: the target needs a finite number in every row. "
                    "Fill it in or remove the row."
                )
            for column in categories:
                if not _is_category(numbers[column]):
                    raise TrainingError(
                        f"{file}, line {line}, column {column + 1} ({header[column]}): "
                        f"{_shown(row[column])}: a column of categorical_feature needs whole "
                        f"numbers from 0 to {_MOST_CATEGORY}, or no value: LightGBM would cut "
                        "others off or take them for missing. Number the categories."
                    )
            values.extend(numbers)


def _is_category(value: float) -> bool:
    return math.isnan(value) or (0 <= value <= _MOST_CATEGORY and value.is_integer())


def _numbers(row: list[str]) -> list[float] | None:
    """The row as numbers; None if some cell is none. float() also takes 1_000, which is none."""
    text = "".join(row)
    if "_" not in text and text.isascii():
        try:
            return [math.nan if cell in _MISSING else float(cell) for cell in row]
        except ValueError:
            pass  # perhaps a missing value with spaces around it
    numbers = [_number(cell) for cell in row]
    return None if None in numbers else [value for value in numbers if value is not None]


def _number(cell: str) -> float | None:
    text = cell.strip()
    if text in _MISSING:
        return math.nan
    try:
        return float(text) if "_" not in text and text.isascii() else None
    except ValueError:
        return None


def _not_a_number(file: Path, line: int, row: list[str], header: list[str]) -> TrainingError:
    column = next(index for index, cell in enumerate(row) if _number(cell) is None)
    return TrainingError(
        f"{file}, line {line}, column {column + 1} ({header[column]}): {_shown(row[column])} is "
        "not a number. Every column must be numeric: encode it, or remove the column."
    )


def _shown(text: str, most: int = _SHOWN) -> str:
    return repr(text if len(text) <= most else text[:most] + "...")
