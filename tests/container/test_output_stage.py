"""The output stage: numbers as repr() writes them, and the columns of LightGBM or Autopilot."""

import csv
import io
import math
import random
import struct
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.container import stages

BINARY = [[0.2], [0.5], [0.9]]
CLASSES = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]
KEYS = ("predicted_label", "probability", "probabilities", "labels")


def numbers() -> Iterator[float]:
    """Any bits, probabilities, whole numbers, few digits, powers and what stands beside them."""
    chance = random.Random(7)
    for _ in range(20_000):
        yield struct.unpack("d", chance.randbytes(8))[0]
        yield chance.random()
        yield float(chance.randrange(10 ** chance.randrange(1, 19)))
        yield chance.randrange(10**6) / 10 ** chance.randrange(25)
    tens = (float(f"1e{exponent}") for exponent in range(-324, 309))
    for power in (*tens, *(math.ldexp(1, exponent) for exponent in range(-1074, 1024))):
        yield power
        yield -math.nextafter(power, 0)
        yield math.nextafter(power, math.inf)
    yield from (0.0, -0.0, math.inf, -math.inf, math.nan, sys.float_info.max, sys.float_info.min)


def test_every_number_is_written_as_repr_writes_it() -> None:
    wrong = [value for value in numbers() if stages.number_text(value) != repr(value)]
    assert wrong == []


@settings(max_examples=1000, deadline=None)
@given(st.floats())
def test_a_number_and_its_opposite_are_written_as_repr_writes_them(value: float) -> None:
    assert stages.number_text(value) == repr(value)
    assert stages.number_text(-value) == repr(-value)


def test_without_keys_the_columns_are_those_of_booster_predict() -> None:
    assert stages.lines(BINARY, objective="binary") == "0.2\n0.5\n0.9\n"
    assert stages.lines(CLASSES, objective="multiclass") == "0.2,0.5,0.3\n0.4,0.4,0.2\n"
    assert stages.lines([[2.0], [math.nan]], objective="regression") == "2.0\nnan\n"


def test_the_probability_of_a_binary_model_is_that_of_the_predicted_label() -> None:
    assert stages.lines(BINARY, objective="binary", keys=KEYS[:2]) == "0,0.8\n1,0.5\n1,0.9\n"


def test_the_threshold_itself_is_a_one() -> None:
    assert stages.lines(BINARY, objective="binary", threshold=0.9) == "0\n0\n1\n"
    assert stages.lines(BINARY, objective="binary", threshold=0.0) == "1\n1\n1\n"
    assert stages.lines(BINARY, objective="binary", keys=KEYS[:1], threshold=0.1) == "1\n1\n1\n"


def test_the_first_of_equally_probable_classes_is_predicted() -> None:
    assert stages.lines(CLASSES, objective="multiclass", keys=KEYS[:2]) == "1,0.5\n0,0.4\n"


def test_lists_are_quoted_cells_in_autopilots_format() -> None:
    assert stages.lines([[0.9]], objective="binary", keys=KEYS) == (
        "1,0.9,\"[0.09999999999999998, 0.9]\",\"['0', '1']\"\n"
    )
    text = stages.lines(CLASSES, objective="multiclass", keys=KEYS[::-1])
    for row, classes in zip(csv.reader(io.StringIO(text)), CLASSES, strict=True):
        assert row[:2] == [str(["0", "1", "2"]), str(classes)]


def test_keys_come_in_the_order_they_were_asked_for() -> None:
    assert stages.lines(BINARY[:1], objective="binary", keys=KEYS[1::-1]) == "0.8,0\n"


def test_a_bad_row_is_an_error_in_every_column() -> None:
    assert stages.lines(BINARY, objective="binary", bad=[1]) == "0.2\nERROR\n0.9\n"
    text = stages.lines(CLASSES, objective="multiclass", bad=[0])
    assert text == "ERROR,ERROR,ERROR\n0.4,0.4,0.2\n"
    text = stages.lines(CLASSES, objective="multiclass", keys=KEYS[:2], bad=[0, 1])
    assert text == "ERROR,ERROR\n" * 2


def test_many_rows_come_out_complete_and_in_order() -> None:
    values = [[float(row)] for row in range(100_000)]
    bad = range(0, 100_000, 63)
    expected = [f"{row}.0" if row % 63 else "ERROR" for row in range(100_000)]
    assert stages.lines(values, objective="regression", bad=bad).split() == expected


def test_a_thousand_classes_fit_in_a_line() -> None:
    classes = [-1.7976931348623157e308] * 1000
    text = stages.lines([classes] * 3, objective="multiclass", keys=KEYS)
    assert [row[2] for row in csv.reader(io.StringIO(text))] == [str(classes)] * 3


@pytest.mark.parametrize("objective", ["multiclass", "regression"])
def test_a_threshold_is_refused_where_there_is_no_positive_class(objective: str) -> None:
    message = rf"PREDICTION_THRESHOLD=0\.5 needs a binary model.* this one is '{objective}'"
    with pytest.raises(ValueError, match=message):
        stages.lines(CLASSES, objective=f"{objective} num_class:3", threshold=0.5)


def test_a_regression_has_a_number_and_no_probability() -> None:
    assert stages.lines(BINARY, objective="regression", keys=KEYS[:1]) == "0.2\n0.5\n0.9\n"
    with pytest.raises(ValueError, match="only predicted_label is possible"):
        stages.lines(BINARY, objective="regression", keys=KEYS)
