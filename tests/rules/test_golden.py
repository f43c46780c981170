"""The golden check: rows are counted first, nothing that differs passes, the worst are named."""

import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.golden import Comparison, RaggedError, compare
from rules.predictions import PredictionError, numbers
from rules.tolerance import Tolerance, ToleranceError

NAN, INF = math.nan, math.inf
EXACT = Tolerance()
Rows = Sequence[Sequence[float]]


def column(*values: float) -> Rows:
    return [[value] for value in values]


def loose(**given: float) -> Tolerance:
    return Tolerance(**given)


# expected, found, tolerance -> what is amiss; nothing when it passes
CASES: dict[str, tuple[Rows, Rows, Tolerance, str]] = {
    "the same": (column(0.5, 1e-7), column(0.5, 1e-7), EXACT, ""),
    "NaN equals NaN": (column(NAN), column(NAN), EXACT, ""),
    "infinities equal themselves": (column(INF, -INF), column(INF, -INF), EXACT, ""),
    "zero and minus zero are equal": (column(0.0), column(-0.0), EXACT, ""),
    "one ulp is a miss by default": (
        column(1.0),
        column(math.nextafter(1.0, 2.0)),
        EXACT,
        "column 1: 0 of 1 values are within the tolerance (0 %); 100 % must be",
    ),
    "a lost row": (column(1, 2, 3), column(1, 2), EXACT, "expected 3 rows, found 2"),
    "a row too many": (column(1), column(1, 1), EXACT, "expected 1 rows, found 2"),
    "a lost row, and another width": ([[1, 2], [3, 4]], [[1]], EXACT, "expected 2 rows, found 1"),
    "nothing against nothing": ([], [], EXACT, "there is no row to compare"),
    "nothing against something": ([], column(1), EXACT, "expected 0 rows, found 1"),
    "a lost column": ([[1, 2]], [[1]], EXACT, "expected 2 output columns, found 1"),
    "NaN for a number": (column(1), column(NAN), loose(absolute=1e300), "0 of 1 values"),
    "a number for NaN": (column(NAN), column(1), loose(absolute=1e300), "0 of 1 values"),
    "infinity for a number": (column(1), column(INF), loose(absolute=1e300), "0 of 1 values"),
    "a number for infinity": (column(INF), column(1e300), loose(relative=0.9), "0 of 1 values"),
    "the other infinity": (column(INF), column(-INF), loose(relative=0.9), "0 of 1 values"),
    "only the second column is off": (
        [[1, 2], [1, 2]],
        [[1, 2], [1, 3]],
        EXACT,
        "column 2: 1 of 2 values are within the tolerance (50 %)",
    ),
    "as far as absolute allows": (column(1), column(1.25), loose(absolute=0.25), ""),
    "farther than absolute allows": (column(1), column(1.26), loose(absolute=0.25), "0 of 1"),
    "as far as relative allows": (column(-1000), column(-1001), loose(relative=0.001), ""),
    "relative is of the expected value": (column(1), column(2), loose(relative=0.5), "0 of 1"),
    "absolute alone does not scale": (column(1000), column(1000.01), loose(absolute=1e-5), "0 of"),
    "both add up": (column(10), column(12), loose(absolute=1, relative=0.1), ""),
    "a share that is reached": (
        column(*[1.0] * 9999, 1.0),
        column(*[1.0] * 9999, 1.5),
        loose(absolute=1e-5, share=0.9999, max_deviation=1),
        "",
    ),
    "a share that is missed": (
        column(*[1.0] * 10000),
        column(*[1.0] * 9998, 1.5, 1.5),
        loose(absolute=1e-5, share=0.9999, max_deviation=1),
        "column 1: 9,998 of 10,000 values are within the tolerance (99.98 %); 99.99 % must be",
    ),
    "a share that is reached with one value far off": (
        column(*[1.0] * 10000),
        column(*[1.0] * 9999, 7.0),
        loose(absolute=1e-5, share=0.9999, max_deviation=1),
        "column 1: a value deviates by 6; 1 is the most",
    ),
    "a NaN within the share is beyond every maximum": (
        column(*[1.0] * 10000),
        column(*[1.0] * 9999, NAN),
        loose(absolute=1e-5, share=0.9999, max_deviation=1e300),
        "column 1: a value deviates by inf",
    ),
}


@pytest.mark.parametrize(("expected", "found", "tolerance", "miss"), CASES.values(), ids=CASES)
def test_what_passes_and_what_does_not(
    expected: Rows, found: Rows, tolerance: Tolerance, miss: str
) -> None:
    comparison = compare(expected, found, tolerance=tolerance)
    assert comparison.passed == (not miss)
    assert len(comparison.misses) == (1 if miss else 0)
    assert miss in "".join(comparison.misses)
    json.dumps(comparison.as_dict(), allow_nan=False)


def test_each_column_has_its_share_its_mean_and_its_largest_deviation() -> None:
    comparison = compare(
        [[1, 10], [2, 10], [3, 10], [4, 10]],
        [[1, 10], [2.5, 10], [3, 8], [4, 10.5]],
        tolerance=Tolerance(absolute=1),
    )
    first, second = comparison.columns
    assert (first.share, first.mean_deviation, first.max_deviation) == (1, 0.125, 0.5)
    assert (second.share, second.mean_deviation, second.max_deviation) == (0.75, 0.625, 2)
    assert (first.number, second.number, second.within) == (1, 2, 3)


def test_the_worst_values_come_first_misses_before_large_deviations_that_are_allowed() -> None:
    comparison = compare(
        column(1000, 1, 1, 1, NAN),
        column(1005, 2, 1, 2, 0),
        tolerance=Tolerance(relative=0.01),
        worst=4,
    )
    found = [(pair.row, pair.deviation, pair.missed) for pair in comparison.worst]
    assert found == [(5, INF, True), (2, 1, True), (4, 1, True), (1, 5, False)]
    assert (comparison.worst[1].expected, comparison.worst[1].found) == (1, 2)
    assert comparison.as_dict()["worst"][0]["deviation"] == "inf"


def test_no_more_than_the_asked_worst_values_are_kept() -> None:
    comparison = compare(column(*range(1000)), column(*range(1, 1001)), tolerance=EXACT, worst=3)
    assert [pair.row for pair in comparison.worst] == [1, 2, 3]


def test_where_rows_were_lost_nothing_is_said_about_values() -> None:
    comparison = compare(column(1, 2, 3), column(9, 9), tolerance=EXACT)
    assert (comparison.columns, comparison.worst) == ((), ())


def test_a_ragged_table_is_named_with_its_row() -> None:
    with pytest.raises(RaggedError, match="the found predictions have 1 columns in row 2, but 2"):
        compare([[1, 2], [3, 4]], [[1, 2], [3]], tolerance=EXACT)


numbers_of_all_kinds = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.lists(st.tuples(numbers_of_all_kinds, numbers_of_all_kinds), min_size=1))
def test_exact_means_what_it_says(pairs: list[tuple[float, float]]) -> None:
    def same(a: float, b: float) -> bool:
        return a == b or (math.isnan(a) and math.isnan(b))

    comparison: Comparison = compare(
        [[a] for a, _ in pairs], [[b] for _, b in pairs], tolerance=EXACT
    )
    assert comparison.passed == all(same(a, b) for a, b in pairs)
    assert comparison.columns[0].within == sum(same(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"absolute": -1}, "absolute is -1; it must be 0 or more"),
        ({"absolute": NAN}, "absolute is nan"),
        ({"absolute": INF}, "absolute is inf"),
        ({"relative": 1}, "relative is 1; it must be from 0 to below 1"),
        ({"share": 0}, "share is 0; it must be above 0 and at most 1"),
        ({"share": 1.1}, "share is 1.1"),
        ({"share": 0.9999}, "share is 0.9999: below 1 it needs max_deviation"),
        ({"share": 0.9999, "max_deviation": -1}, "max_deviation is -1; it must be 0 or more"),
    ],
)
def test_a_tolerance_without_sense_is_refused(given: dict[str, float], named: str) -> None:
    with pytest.raises(ToleranceError) as raised:
        Tolerance(**given)
    assert named in str(raised.value)


# lines, leading id columns -> numbers
LINES: dict[str, tuple[list[bytes], int, list[list[float]]]] = {
    "one column": ([b"0.5", b"1e-07"], 0, [[0.5], [1e-7]]),
    "several columns": ([b"0.2,0.8"], 0, [[0.2, 0.8]]),
    "carriage returns and blank lines": ([b"1\r", b"\r", b"", b"2"], 0, [[1], [2]]),
    "infinities": ([b"inf,-inf"], 0, [[INF, -INF]]),
    "lists in quoted cells": (
        [b"1,0.9,\"[0.1, 0.9]\",\"['0', '1']\""],
        0,
        [[1, 0.9, 0.1, 0.9, 0, 1]],
    ),
    "ids before the predictions": ([b'"a,b",7,0.5'], 2, [[0.5]]),
}


@pytest.mark.parametrize(("lines", "ids", "expected"), LINES.values(), ids=LINES)
def test_the_lines_of_a_container_are_read_back(
    lines: list[bytes], ids: int, expected: list[list[float]]
) -> None:
    assert list(numbers(lines, ids=ids)) == expected


@pytest.mark.parametrize(
    ("lines", "ids", "named"),
    [
        ([b"1", b"yes"], 0, "line 2 is 'yes', which is not numbers separated by commas"),
        ([b"ERROR"], 0, "line 1 is 'ERROR'"),
        ([b"7"], 1, "line 1 is '7', which is not ids and numbers"),
        ([b"\xff"], 0, "line 1"),
        ([b'"1'], 0, "line 1"),
    ],
)
def test_a_line_without_numbers_is_named(lines: list[bytes], ids: int, named: str) -> None:
    with pytest.raises(PredictionError) as raised:
        list(numbers(lines, ids=ids))
    assert named in str(raised.value)
