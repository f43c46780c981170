"""The golden check: whether predictions found are the predictions expected, value by value.

Rows are counted first, since one lost row shifts all that follow it; then columns; then every value
of every column is compared. A deviation is |found - expected|. NaN equals NaN and an infinity
equals itself; either against anything else deviates by infinity.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from rules.tolerance import Tolerance, percent

Row = Sequence[float]

WORST = 10
"""How many of the worst values are kept."""


class RaggedError(ValueError):
    """One of the two tables has rows of different lengths; the message names table and row."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """How the values of one output column, numbered from 1, deviate over all `values` rows."""

    number: int
    values: int
    within: int
    mean_deviation: float
    max_deviation: float

    @property
    def share(self) -> float:
        """The part of the values within the tolerance."""
        return self.within / self.values


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One value that deviates. `row` and `column` count from 1."""

    missed: bool
    deviation: float
    row: int
    column: int
    expected: float
    found: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison found; `columns` and `worst` are empty when rows or columns do not match.

    Attributes:
        width_expected, width_found: columns of each table; 0 for one without rows.
        worst: the values that deviate most, those outside the tolerance first.
    """

    tolerance: Tolerance
    rows_expected: int
    rows_found: int
    width_expected: int
    width_found: int
    columns: tuple[Column, ...] = ()
    worst: tuple[Pair, ...] = ()

    @property
    def misses(self) -> tuple[str, ...]:
        """Why the check fails, a sentence each; empty when it passes."""
        if self.rows_expected != self.rows_found:
            return (f"expected {self.rows_expected:,} rows, found {self.rows_found:,}",)
        if not self.rows_expected:
            return ("there is no row to compare",)
        if self.width_expected != self.width_found:
            return (f"expected {self.width_expected} output columns, found {self.width_found}",)
        return tuple(text for column in self.columns for text in self._misses(column))

    @property
    def passed(self) -> bool:
        """Whether nothing is amiss."""
        return not self.misses

    def _misses(self, column: Column) -> Iterator[str]:
        name, limit = f"column {column.number}", self.tolerance.max_deviation
        if column.share < self.tolerance.share:
            yield (
                f"{name}: {column.within:,} of {column.values:,} values are within the tolerance "
                f"({percent(column.share)}); {percent(self.tolerance.share)} must be"
            )
        if limit is not None and not column.max_deviation <= limit:
            yield f"{name}: a value deviates by {column.max_deviation:g}; {limit:g} is the most"

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it: what is not finite is a text (`nan`, `inf`, `-inf`)."""
        told = {
            "passed": self.passed,
            "misses": list(self.misses),
            "tolerance": vars(self.tolerance),
            "rows_expected": self.rows_expected,
            "rows_found": self.rows_found,
            "columns_expected": self.width_expected,
            "columns_found": self.width_found,
            "columns": [{**vars(column), "share": column.share} for column in self.columns],
            "worst": [vars(pair) for pair in self.worst],
        }
        finite: dict[str, Any] = _finite(told)
        return finite


def compare(
    expected: Iterable[Row], found: Iterable[Row], *, tolerance: Tolerance, worst: int = WORST
) -> Comparison:
    """Compare two tables of predictions in one pass and constant memory.

    Args:
        expected: the rows that must come out, as numbers; all of one length.
        found: the rows that came out.
        tolerance: how far they may be apart.
        worst: how many of the worst values to keep.

    Raises:
        RaggedError: a row has another length than the first of its table.
    """
    left, right = _even(expected, "expected"), _even(found, "found")
    sums: list[_Sum] = []
    kept: list[tuple[bool, float, int, int, float, float]] = []
    rows_left = rows_right = width_left = width_right = 0
    for wanted, came in zip_longest(left, right):
        rows_left, rows_right = rows_left + (wanted is not None), rows_right + (came is not None)
        if wanted is None or came is None:
            width_left, width_right = (
                width_left or len(wanted or ()),
                width_right or len(came or ()),
            )
            continue  # only counted on
        if rows_left == 1:
            width_left, width_right = len(wanted), len(came)
            sums = [_Sum() for _ in range(width_left)] if width_left == width_right else []
        for at, total in enumerate(sums):
            deviation = _deviation(wanted[at], came[at])
            within = tolerance.allows(deviation, wanted[at])
            total.add(deviation, within)
            if deviation:
                # Of equal ones the first row is the worse: its number is negated.
                entry = (not within, deviation, -rows_left, -at, wanted[at], came[at])
                (heapq.heappush if len(kept) < worst else heapq.heappushpop)(kept, entry)
    same = rows_left == rows_right
    return Comparison(
        tolerance=tolerance,
        rows_expected=rows_left,
        rows_found=rows_right,
        width_expected=width_left,
        width_found=width_right,
        columns=tuple(s.column(at) for at, s in enumerate(sums, start=1)) if same else (),
        worst=tuple(map(_pair, sorted(kept, reverse=True))) if same else (),
    )


class _Sum:
    """One column's deviations so far."""

    def __init__(self) -> None:
        self._values = self._within = 0
        self._total = self._largest = 0.0

    def add(self, deviation: float, within: bool) -> None:
        self._values += 1
        self._within += within
        if deviation:
            self._total += deviation
            self._largest = max(self._largest, deviation)

    def column(self, number: int) -> Column:
        return Column(
            number=number,
            values=self._values,
            within=self._within,
            mean_deviation=self._total / self._values,
            max_deviation=self._largest,
        )


def _even(rows: Iterable[Row], table: str) -> Iterator[Row]:
    width = None
    for number, row in enumerate(rows, start=1):
        width = len(row) if width is None else width
        if len(row) != width:
            raise RaggedError(
                f"the {table} predictions have {len(row)} columns in row {number}, "
                f"but {width} in row 1"
            )
        yield row


def _deviation(expected: float, found: float) -> float:
    if expected == found:  # an infinity too
        return 0.0
    distance = abs(found - expected)
    if not math.isnan(distance):
        return distance
    return 0.0 if math.isnan(expected) and math.isnan(found) else math.inf


def _pair(entry: tuple[bool, float, int, int, float, float]) -> Pair:
    missed, deviation, row, at, expected, found = entry
    return Pair(
        missed=missed,
        deviation=deviation,
        row=-row,
        column=1 - at,
        expected=expected,
        found=found,
    )


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
