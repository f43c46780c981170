"""The output columns: LightGBM's own, or Autopilot's keys in their ENSEMBLING meaning."""

import numpy as np
import pytest

from container.output import plan
from container.predict import Scorer
from container.settings import Settings
from container.table import Dialect, TableError, parse

BINARY = np.array([0.2, 0.5, 0.9])
CLASSES = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]])
KEYS = ("predicted_label", "probability", "probabilities", "labels")


def text(kind: str, predicted: np.ndarray, *keys: str, threshold: float | None = None) -> str:
    chosen = plan(kind=kind, objective=kind, keys=keys, threshold=threshold)
    return chosen.to_csv(predicted).decode()


def test_without_keys_the_columns_are_those_of_booster_predict() -> None:
    assert text("binary", BINARY) == "0.2\n0.5\n0.9\n"
    assert text("multiclass", CLASSES) == "0.2,0.5,0.3\n0.4,0.4,0.2\n"
    assert text("number", BINARY * 10) == "2.0\n5.0\n9.0\n"


def test_the_probability_of_a_binary_model_is_that_of_the_predicted_label() -> None:
    assert text("binary", BINARY, "predicted_label", "probability") == "0,0.8\n1,0.5\n1,0.9\n"


def test_the_threshold_itself_is_a_one() -> None:
    assert text("binary", BINARY, threshold=0.9) == "0\n0\n1\n"
    assert text("binary", BINARY, threshold=0.0) == "1\n1\n1\n"
    assert text("binary", BINARY, "predicted_label", threshold=0.1) == "1\n1\n1\n"


def test_the_first_of_equally_probable_classes_is_predicted() -> None:
    assert text("multiclass", CLASSES, "predicted_label", "probability") == "1,0.5\n0,0.4\n"


def test_lists_are_quoted_cells_in_autopilots_format() -> None:
    assert text("binary", BINARY[2:], *KEYS) == (
        "1,0.9,\"[0.09999999999999998, 0.9]\",\"['0', '1']\"\n"
    )


def test_keys_come_in_the_order_they_were_asked_for() -> None:
    assert text("binary", BINARY[:1], "probability", "predicted_label") == "0.8,0\n"


def test_small_numbers_are_not_rounded_away() -> None:
    values = np.array([5e-324, 1e-7, 1 / 3, 1e22])
    assert [float(line) for line in text("number", values).split()] == values.tolist()


def test_more_rows_than_a_block_come_back_complete_and_in_order() -> None:
    values = np.arange(20_000, dtype=float)
    assert text("number", values) == "".join(f"{value}.0\n" for value in range(20_000))


@pytest.mark.parametrize("kind", ["multiclass", "number"])
def test_a_threshold_is_refused_where_there_is_no_positive_class(kind: str) -> None:
    with pytest.raises(ValueError, match=r"PREDICTION_THRESHOLD=0\.5 needs a binary model"):
        plan(kind=kind, objective="regression", keys=(), threshold=0.5)


def test_a_regression_has_a_number_and_no_probability() -> None:
    assert text("number", BINARY, "predicted_label") == "0.2\n0.5\n0.9\n"
    with pytest.raises(ValueError, match="only predicted_label is possible"):
        plan(kind="number", objective="regression", keys=KEYS, threshold=None)


def test_a_decimal_comma_and_another_separator_are_read_when_announced() -> None:
    dialect = Dialect(names=["a", "b"], separator=";", decimal_comma=True, missing=frozenset({""}))
    assert parse(b"3,14;-1,5e3\n;2\n", dialect)[0].tolist() == [3.14, -1500]
    with pytest.raises(TableError, match=r"row 1, column 2 \(b\): '1\.000' has a point"):
        parse(b"1;1.000\n", dialect)


def test_own_missing_tokens_replace_the_usual_ones() -> None:
    dialect = Dialect(names=["a"], missing=frozenset({"", "-"}))
    assert np.isnan(parse(b"-\n\n", dialect)).all()
    with pytest.raises(TableError, match=r"row 1, column 1 \(a\): 'NA' is not a number"):
        parse(b"NA\n", dialect)


def test_a_blank_line_is_a_missing_value_for_a_model_of_one_feature() -> None:
    values = parse(b"1\n\n3\n", Dialect(names=["a"]))
    assert values.shape == (3, 1)
    assert np.isnan(values[1, 0])


def test_an_announced_header_is_checked_and_taken_off_every_request() -> None:
    dialect = Dialect(names=["age", "years_here"], has_header=True)
    assert parse(b"age,years here\n1,2\n", dialect).tolist() == [[1, 2]]
    for body in (b"1,2\n3,4\n", b"years here,age\n1,2\n", b"age\n1\n"):
        with pytest.raises(TableError, match="expected age, years_here"):
            parse(body, dialect)
    for body in (b"age,years here\n", b""):
        with pytest.raises(TableError, match="holds no row"):
            parse(body, dialect)


def test_a_header_for_a_model_without_feature_names_only_needs_their_number() -> None:
    dialect = Dialect(names=["Column_0", "Column_1"], has_header=True)
    assert parse(b"x,y\n1,2\n", dialect).tolist() == [[1, 2]]


def test_a_lost_row_is_never_answered() -> None:
    class Short:
        header = type("Header", (), {"kind": "number", "objective": "x", "feature_names": ("a",)})

        def predict(self, matrix: np.ndarray) -> np.ndarray:
            return matrix[1:, 0]

    scorer = Scorer(Short(), Settings.load({}))  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="2 rows, but 1 predictions"):
        scorer.score(b"1\n2\n")
