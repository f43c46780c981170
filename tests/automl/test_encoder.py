"""Columns are decided once from the training data; the same cell is encoded the same ever after."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolote.local.automl import encoder
from autolote.local.automl.columns import MAX_LEVELS, Column, fit_column
from tests.automl.tables import HEADER, table

MANY = [str(number / 7) for number in range(100)]

# training cells -> the type that is decided
TYPES: dict[str, tuple[Sequence[str], str]] = {
    "numbers": (["1", "2.5", "-3e2", " 4 "] * 20, "numeric"),
    "numbers, some missing": (["1", "2", "", "NA", "null"] * 20, "numeric"),
    "numbers and a rare word": ([*MANY, "unknown"], "numeric"),
    "numbers and many words": ([*MANY, *["unknown"] * 20], "categorical"),
    "codes with leading zeros": (["01", "1", "02", "10"] * 20, "categorical"),
    "words": (["red", "green", "blue"] * 20, "categorical"),
    "truth values": (["true", "False", "TRUE", ""] * 20, "boolean"),
    "yes and no": (["yes", "no"] * 20, "boolean"),
    "yes, no and maybe": (["yes", "no", "maybe"] * 20, "categorical"),
    "ISO dates": (["2024-01-31", "2023-12-01"] * 20, "datetime"),
    "timestamps": (["2024-01-31 10:00:00", "2023-12-01T08:30Z"] * 20, "datetime"),
    "dates by day": (["31/01/2024", "01/12/2023"] * 20, "datetime"),
    "dates and a rare zero date": ([*["2024-01-31", "2023-12-01"] * 20, "0000-00-00"], "datetime"),
    "sentences": ([f"the {n} brown dogs barked at cat {n % 7}" for n in range(400)], "text"),
    "identifiers": ([f"customer-{n}" for n in range(100)], "drop"),
    "one value": (["BRL"] * 50, "drop"),
    "nothing": (["", "NA"] * 50, "drop"),
    "one value or missing": (["BRL", ""] * 50, "categorical"),
    "one number or missing": (["1", ""] * 50, "numeric"),
}


@pytest.mark.parametrize(("cells", "kind"), TYPES.values(), ids=TYPES)
def test_the_type_of_a_column_follows_from_its_training_cells(
    cells: Sequence[str], kind: str
) -> None:
    assert fit_column("x", cells).type == kind


def test_counting_numbers_are_dropped_only_under_the_name_of_an_identifier() -> None:
    cells = [str(number) for number in range(100)]
    for name in ("id", "customer_id", "ID", "Unnamed: 0", "row"):
        assert fit_column(name, cells) == Column(name=name, type="drop", reason="identifier")
    for name in ("age", "paid", "valid"):
        assert fit_column(name, cells).type == "numeric"


def test_the_order_of_day_and_month_is_decided_by_the_whole_column() -> None:
    assert fit_column("x", ["01/02/2024", "13/02/2024"] * 9).order == "day-first"
    assert fit_column("x", ["01/02/2024", "02/13/2024"] * 9).order == "month-first"
    assert fit_column("x", ["01/02/2024", "03/04/2024"] * 9).order == "day-first"


def encode(column: Column, *cells: str) -> list[float]:
    return encoder.transform([column], [cells])[:, 0].tolist()


def test_one_and_1_0_are_one_number_but_two_levels_and_01_is_a_third() -> None:
    assert encode(fit_column("x", MANY), "1", "1.0", " 1 ", "1e0", "01") == [1] * 5
    levels = fit_column("x", [*["1"] * 9, *["1.0"] * 8, *["01"] * 7, "a"])
    assert encode(levels, "1", "1.0", "01", "a") == [0, 1, 2, 3]


def test_missing_and_unseen_levels_are_both_nan() -> None:
    column = fit_column("x", ["red", "green", "red"] * 20)
    assert encode(column, "red", " green ")[:2] == [0, 1]
    assert np.isnan(encode(column, "", "NA", "violet", "Red")).all()


def test_only_the_most_frequent_levels_are_kept() -> None:
    cells = [f"level {n}" for n in range(300) for _ in range(1 + (n < MAX_LEVELS))]
    column = fit_column("x", cells)
    assert len(column.levels) == MAX_LEVELS
    assert not np.isnan(encode(column, "level 0", "level 254")).any()
    assert np.isnan(encode(column, "level 299")).all()


def test_truth_values_ignore_case() -> None:
    column = fit_column("x", ["yes", "No", "YES", ""] * 9)
    assert encode(column, "YES", "no", "Yes") == [1, 0, 1]
    assert np.isnan(encode(column, "NA")).all()


def test_text_becomes_its_length_and_its_frequent_words() -> None:
    cells = [f"dog number {n} barked" if n % 2 else f"cat number {n} slept" for n in range(400)]
    column = fit_column("note", cells)
    matrix = encoder.transform([column], [("Dog barked twice", "")])
    names = [feature.name for feature in encoder.features([column])]
    assert matrix.shape == (2, len(names)) == (2, 2 + len(column.terms))
    assert column.terms[:5] == ("barked", "cat", "dog", "slept")[:5]
    assert matrix[0].tolist() == [16, 3, 1, 0, 1, 0]
    assert np.isnan(matrix[1]).all()


@pytest.mark.parametrize(
    ("cells", "bad", "expected"),
    [
        (MANY, "abc", "row 2, column 'x': 'abc' is not a number"),
        (["yes", "no"] * 9, "perhaps", "row 2, column 'x': 'perhaps' is not 'yes' or 'no'"),
        (["2024-01-31"] * 9 + ["2023-01-31"], "31/01/2024", "is not a date written year-first"),
    ],
)
def test_a_cell_its_column_cannot_hold_is_named_with_row_and_column(
    cells: Sequence[str], bad: str, expected: str
) -> None:
    column = fit_column("x", cells)
    with pytest.raises(encoder.CellError, match="leave the cell empty") as raised:
        encoder.transform([column], [(cells[0], bad)])
    assert expected in str(raised.value)


def test_a_stray_word_of_the_training_data_stays_missing_but_a_new_one_is_refused() -> None:
    column = fit_column("x", [*MANY, "unknown"])
    assert np.isnan(encode(column, "unknown")).all()
    with pytest.raises(encoder.CellError, match="'unheard of' is not a number"):
        encode(column, "unheard of")


def test_the_encoding_survives_json() -> None:
    lines = table("words")
    cells = list(zip(*lines[1:], strict=True))[:-1]
    columns = encoder.fit(HEADER, cells)
    copies = [Column.from_json(json.loads(json.dumps(column.to_json()))) for column in columns]
    assert tuple(copies) == columns
    first, second = encoder.transform(columns, cells), encoder.transform(copies, cells)
    assert np.array_equal(first, second, equal_nan=True)
    assert first.shape[1] == len(encoder.features(columns))
    kinds = {column.name: column.type for column in columns}
    assert kinds == {
        "id": "drop",
        "age": "numeric",
        "income": "numeric",
        "city": "categorical",
        "branch": "categorical",
        "since": "datetime",
        "member": "boolean",
        "note": "text",
        "currency": "drop",
    }


def test_a_row_is_encoded_alone_as_in_the_whole_file() -> None:
    cells = list(zip(*table("words")[1:], strict=True))[:-1]
    columns = encoder.fit(HEADER, cells)
    whole = encoder.transform(columns, cells)
    for row in range(0, 600, 37):
        alone = encoder.transform(columns, [column[row : row + 1] for column in cells])
        assert np.array_equal(alone[0], whole[row], equal_nan=True)


CELL = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", "NA", "01", "1", "1.0", " 2", "1e3", "inf", "true", "No", "2024-01-31"]),
    st.floats(allow_nan=False).map(repr),
)


@given(st.lists(CELL, min_size=1, max_size=30), st.data())
def test_any_batch_of_training_cells_is_encoded_as_in_training(
    cells: list[str], data: st.DataObject
) -> None:
    """Whatever the type, each training cell can be read again, alone or in any other company."""
    column = fit_column("x", cells)
    whole = encoder.transform([column], [cells])
    batch = data.draw(st.lists(st.integers(0, len(cells) - 1), min_size=1, max_size=5))
    part = encoder.transform([column], [[cells[row] for row in batch]])
    assert np.array_equal(part, whole[batch], equal_nan=True)


def test_names_of_features_are_distinct_and_legal_for_lightgbm() -> None:
    columns = [Column(name=name, type="numeric") for name in ("a b", "a,b", 'a"b', "a:b", "é")]
    names = [feature.name for feature in encoder.features(columns)]
    assert names == ["a_b_0", "a_b_1", "a_b_2", "a_b_3", "é_4"]
