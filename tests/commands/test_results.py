"""Predictions are compared with the truth row by row, or not at all."""

from pathlib import Path

import pytest

from autolote.results import TruthError, clear, compare


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


def test_the_label_is_compared_wherever_it_was_asked_for(tmp_path: Path) -> None:
    """`score.output` may put other columns before it; one id is even called as the label is."""
    given = files(
        tmp_path,
        "predicted_label,labels,predicted_label\na,\"['no', 'yes']\",yes\nb,\"['no', 'yes']\",no\n",
        "predicted_label,label\na,yes\nb,yes\n",
    )
    held_out = compare(**given, id_columns=("predicted_label",))
    assert (held_out.rows, held_out.metrics) == (2, {"accuracy": 0.5})


def test_codes_are_other_labels_than_their_numbers(tmp_path: Path) -> None:
    """A model that lost a leading zero has not predicted the label."""
    given = files(tmp_path, "predicted_label\n01\n1\n010\n0\n", "label\n01\n01\n10\n0.0\n")
    assert compare(**given, id_columns=()).metrics == {"accuracy": 0.5}


@pytest.mark.parametrize(
    ("predictions", "reason"),
    [
        ("id,probability\na,0.9\n", r"holds probability.*add predicted_label"),
        ("id,prediction_0,prediction_1\na,0.9,0.1\n", r"holds prediction_0, prediction_1"),
        ("id,prediction\na,0.9\n", r"row 1 has 'yes'.*add predicted_label"),
    ],
)
def test_predictions_without_labels_are_not_compared_with_labels(
    tmp_path: Path, predictions: str, reason: str
) -> None:
    """What would be compared is not there: said in words, with the way out."""
    given = files(tmp_path, predictions, "id,label\na,yes\n")
    with pytest.raises(TruthError, match=reason):
        compare(**given, id_columns=("id",))


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


def test_what_an_earlier_run_left_does_not_pass_for_this_ones(tmp_path: Path) -> None:
    """A run that fails leaves no predictions, not the last ones; other files stay."""
    out = tmp_path / "out"
    clear(out)
    for name in ("manifest.json", "predictions.csv", "notes.txt"):
        (out / name).write_text("")
    clear(out)
    assert [path.name for path in out.iterdir()] == ["notes.txt"]
