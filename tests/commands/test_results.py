"""Predictions are compared with the truth row by row, or not at all."""

from pathlib import Path

import pytest

from autolote.results import TruthError, compare


def files(folder: Path, predictions: str, truth: str) -> dict[str, Path]:
    (folder / "predictions.csv").write_text(predictions)
    (folder / "truth.csv").write_text(truth)
    return {"predictions": folder / "predictions.csv", "truth": folder / "truth.csv"}


def test_labels_give_an_accuracy(tmp_path: Path) -> None:
    """3 and 3.0 are the same label, "no" and "yes" are not."""
    given = files(
        tmp_path,
        "id,predicted_label,probability\na,3,0.9\nb,yes,0.8\nc,no,0.7\nd,1,0.5\n",
        "id,label\na,3.0\nb,yes\nc,yes\nd,1\n",
    )
    held_out = compare(**given, id_columns=("id",))
    assert (held_out.rows, held_out.metrics) == (4, {"accuracy": 0.75})


def test_numbers_give_rmse_and_r2(tmp_path: Path) -> None:
    """Without ids, rows are matched by position."""
    given = files(tmp_path, "prediction\n1\n2\n3\n", "value\n1\n2\n5\n")
    metrics = compare(**given, id_columns=()).metrics
    assert metrics["RMSE"] == pytest.approx((4 / 3) ** 0.5)
    assert metrics["R2"] == pytest.approx(1 - 4 / (26 / 3))


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ("id,label\na,1\n", "ends before line 3"),
        ("id,label\na,1\nb,2\nc,3\n", "ends before line 4"),
        ("id,label\nb,1\na,2\n", r"about \['b'\], not \['a'\]"),
        ("id\na\nb\n", "2 are needed"),
        ("id,age,label\na,30,1\nb,40,2\n", "2 are needed"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(tmp_path: Path, truth: str, reason: str) -> None:
    """Other rows, another order or a missing column: named, not averaged over."""
    given = files(tmp_path, "id,predicted_label\na,1\nb,2\n", truth)
    with pytest.raises(TruthError, match=reason):
        compare(**given, id_columns=("id",))


def test_an_empty_truth_is_refused(tmp_path: Path) -> None:
    """A header alone says nothing about anything."""
    given = files(tmp_path, "predicted_label\n", "label\n")
    with pytest.raises(TruthError, match="no rows"):
        compare(**given, id_columns=())
