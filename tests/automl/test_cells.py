"""What a single cell is, whatever stands around it."""

import math

import pytest

from autolote.local.automl.cells import date_parts, have_codes, is_missing, number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1.0),
        ("1.0", 1.0),
        (" 2.5 ", 2.5),
        ("-1e-3", -0.001),
        ("1E5", 100000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7.0),
        ("inf", math.inf),
        ("0.10000000000000001", 0.1),
        ("1_000", None),
        ("1 000", None),
        ("1,5", None),
        ("0x10", None),
        ("\u0661", None),
        ("abc", None),
        ("", None),
    ],
)
def test_numbers_are_plain_decimals_and_nothing_else(cell: str, value: float | None) -> None:
    assert number(cell) == value


@pytest.mark.parametrize("cell", ["", "  ", "NA", " NaN ", "null", "None", "N/A", "<NA>"])
def test_the_missing_tokens_of_pandas_are_missing(cell: str) -> None:
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["0", "none", "-", "?", "NAN1", "missing"])
def test_other_words_are_values(cell: str) -> None:
    assert not is_missing(cell)


@pytest.mark.parametrize(
    ("cell", "code"), [("01", True), (" 007 ", True), ("0", False), ("0.5", False), ("10", False)]
)
def test_leading_zeros_make_a_code(cell: str, code: bool) -> None:
    assert have_codes(["1", cell, "2"]) is code


# epoch, year, month, day, weekday (Monday is 0), hour
DATES = [
    ("1970-01-01", "year-first", (0, 1970, 1, 1, 3, 0)),
    ("2024/2/29", "year-first", (1709164800, 2024, 2, 29, 3, 0)),
    ("2024-02-29T12:30:00Z", "year-first", (1709209800, 2024, 2, 29, 3, 12.5)),
    ("2024-02-29 12:30:00.25-03:00", "year-first", (1709220600, 2024, 2, 29, 3, 12.5)),
    ("29/02/2024", "day-first", (1709164800, 2024, 2, 29, 3, 0)),
    (" 02.01.2024 06:00", "day-first", (1704175200, 2024, 1, 2, 1, 6)),
    ("02/01/2024", "month-first", (1706745600, 2024, 2, 1, 3, 0)),
]


@pytest.mark.parametrize(("cell", "order", "parts"), DATES)
def test_dates_become_their_parts(cell: str, order: str, parts: tuple[float, ...]) -> None:
    assert date_parts(cell, order) == parts


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("2023-02-29", "year-first"),
        ("2024-13-01", "year-first"),
        ("2024-01-01 24:00", "year-first"),
        ("0000-00-00", "year-first"),
        ("2024-01", "year-first"),
        ("today", "year-first"),
        ("29/02/2024", "month-first"),
        ("2024-01-01", "day-first"),
    ],
)
def test_what_is_no_date_in_the_calendar_is_none(cell: str, order: str) -> None:
    assert date_parts(cell, order) is None
