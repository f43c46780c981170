"""What a finished job leaves behind, from the real worker process on data of every kind."""

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autolote.local.automl import training
from autolote.local.automl.artifact import Predictor
from autolote.local.automl.metrics import OBJECTIVES, better, leaderboard
from autolote.local.automl.problem import TrainingError
from autolote.local.automl.table import parse_records
from tests.automl.jobs import Job
from tests.automl.tables import CITIES, HEADER, inputs, table

TYPES = {
    "binary": ("BinaryClassification", "F1"),
    "multiclass": ("MulticlassClassification", "BalancedAccuracy"),
    "regression": ("Regression", "MSE"),
}


@pytest.fixture(params=TYPES)
def job(request: pytest.FixtureRequest) -> Job:
    """Each of the three finished jobs in turn."""
    finished: Job = request.getfixturevalue(request.param)
    return finished


def test_the_problem_type_and_objective_are_told(
    binary: Job, multiclass: Job, regression: Job
) -> None:
    for finished, expected in zip((binary, multiclass, regression), TYPES.values(), strict=True):
        result = finished.result()
        assert (result["problem_type"], result["objective"]) == expected
        assert result["stopped_by"] == "MaxCandidates"
        assert result["rows"] == 600


def test_the_leaderboard_has_every_candidate_the_best_first(job: Job) -> None:
    result = job.result()
    lines = result["candidates"]
    trials = [line for line in lines if line["label"] != "WeightedEnsemble"]
    assert len(trials) == 3
    assert len(lines) - len(trials) <= 1
    values = [better(result["objective"], line["value"]) for line in lines]
    assert values == sorted(values, reverse=True)
    for line in lines:
        assert line["value"] == line["metrics"][result["objective"]]
        assert set(OBJECTIVES[result["problem_type"]]) <= set(line["metrics"])
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,19}", line["name"])
        assert line["seconds"] > 0
    assert len({line["name"] for line in lines}) == len(lines)


def test_progress_reports_stages_in_order_and_every_candidate_once(job: Job) -> None:
    events = job.progress()
    assert [event["stage"] for event in events if "stage" in event] == [
        "AnalyzingData",
        "TrainingModels",
        "GeneratingExplainabilityReport",
        "GeneratingModelInsightsReport",
    ]
    reported = [event["candidate"] for event in events if "candidate" in event]
    names = [candidate["name"] for candidate in reported]
    assert sorted(names) == sorted(line["name"] for line in job.result()["candidates"])
    by_name = {line["name"]: line for line in job.result()["candidates"]}
    for candidate in reported:
        assert candidate == {key: by_name[candidate["name"]][key] for key in candidate}


def test_the_models_are_good_on_rows_no_model_has_seen(job: Job, tmp_path: Path) -> None:
    """Scores of fresh rows come near the leaderboard's, so its held-out rows were held out."""
    result = job.result()
    kind = {"BinaryClassification": "digits", "Regression": "number"}
    lines = table(kind.get(result["problem_type"], "words"), seed=99)
    best = result["candidates"][0]
    predictor = Predictor(job.unpack(best, tmp_path), threads=1)
    predicted = predictor.predict(parse_records(inputs(lines).encode(), names=HEADER))
    classes = predictor.description.classes
    target = [line[-1] for line in lines[1:]]
    truth = np.array([classes.index(cell) if classes else float(cell) for cell in target])
    fresh = leaderboard(result["problem_type"], truth.astype(float), predicted, np.ones(600))
    loss = "RMSE" if result["problem_type"] == "Regression" else "LogLoss"
    assert fresh[loss] == pytest.approx(best["metrics"][loss], rel=0.25)


def test_the_model_artifact_is_plain_text_and_json(job: Job, tmp_path: Path) -> None:
    for line in job.result()["candidates"]:
        folder = job.unpack(line, tmp_path / line["name"])
        spec = json.loads((folder / "model.json").read_text())
        files = {file.name for file in folder.iterdir()}
        assert files == {"model.json", *(member["file"] for member in spec["members"])}
        assert "model.txt" in files
        assert sum(member["weight"] for member in spec["members"]) == pytest.approx(1)
        for member in spec["members"]:
            assert (folder / member["file"]).read_text().startswith("tree\n")


def test_explainability_is_gain_per_original_column_and_says_so(job: Job) -> None:
    for line in job.result()["candidates"]:
        report = job.artifact(line, "explainability")
        gain = report["explanations"]["gain"]
        assert "gain" in report["method"]
        assert "not a SHAP value" in report["note"]
        assert set(gain) == set(HEADER)
        assert sum(gain.values()) == pytest.approx(1)
        assert list(gain.values()) == sorted(gain.values(), reverse=True)
        assert gain["id"] == gain["currency"] == 0
        assert gain["city"] + gain["note"] > 0.1


def test_insights_hold_the_metrics_and_where_the_model_errs(job: Job) -> None:
    result = job.result()
    for line in result["candidates"]:
        report = job.artifact(line, "insights")
        assert report["metrics"] == line["metrics"]
        assert report["rows"] == 600
        assert "out of fold" in report["held_out"]
        if result["problem_type"] == "Regression":
            assert report["residual_percentiles"]["0"] < 0 < report["residual_percentiles"]["100"]
        else:
            counts = np.array(report["confusion_matrix"]["counts"])
            assert counts.sum() == 600
            assert np.trace(counts) / 600 == pytest.approx(line["metrics"]["Accuracy"])


# what is wrong -> request, CSV, what the reason names
GOOD = table("digits")


def changed(column: str, cell: str, *, lines: list[list[str]] = GOOD) -> list[list[str]]:
    """The table with one column overwritten."""
    at = lines[0].index(column)
    return [lines[0], *([*line[:at], cell, *line[at + 1 :]] for line in lines[1:])]


FAILURES: dict[str, tuple[dict[str, Any], Any, str]] = {
    "no such target": ({"target": "price"}, GOOD, "Target attribute name price does not exist"),
    "few rows": ({}, GOOD[:500], "Insufficient number of rows in the training dataset: 499."),
    "only missing targets": ({}, changed("y", "NA"), "No row of the input dataset has a value"),
    "one class": ({}, changed("y", "1"), "Target attribute y has a single value"),
    "words for a regression": (
        {"problem_type": "Regression", "target": "city", "objective": "MSE"},
        GOOD,
        "which is not a number",
    ),
    "a ragged row": (
        {},
        [*GOOD, ["1", "2"]],
        "line 602: expected 10 columns, as the header has, found 2",
    ),
    "a repeated column": ({}, [["id"] * 10, *GOOD[1:]], "more than once: ['id']"),
    "an unknown feature": ({"feature_names": ["age", "size"]}, GOOD, "['size'] are not input"),
    "the target as a feature": ({"feature_names": ["y"]}, GOOD, "['y'] are not input columns"),
    "no such weight": ({"sample_weight_column": "w"}, GOOD, "name w does not exist in header"),
    "nothing to learn from": (
        {"feature_names": ["id", "currency"]},
        GOOD,
        "id (identifier), currency (constant)",
    ),
    "an empty file": ({}, "", "is empty: a header line and data rows are needed"),
}


@pytest.mark.parametrize(("request_", "lines", "named"), FAILURES.values(), ids=FAILURES)
def test_a_job_that_cannot_succeed_fails_with_a_reason(
    tmp_path: Path, request_: dict[str, Any], lines: Any, named: str
) -> None:
    job = Job(tmp_path, lines, **request_)
    with pytest.raises(TrainingError) as raised:
        training.run(job.folder, started=time.monotonic())
    assert named in str(raised.value)


def test_the_process_writes_the_reason_and_exits_with_1(tmp_path: Path) -> None:
    reason = Job(tmp_path, GOOD, target="price").fail()
    assert reason == "Target attribute name price does not exist in header of input dataset."


def test_what_nobody_foresaw_is_a_failure_too(tmp_path: Path) -> None:
    job = Job(tmp_path, GOOD, budget_seconds="soon")
    assert job.fail().startswith("InternalServerError: ValueError")


def test_rows_without_target_are_left_out_and_a_validation_channel_is_what_counts(
    tmp_path: Path,
) -> None:
    lines = table("number")
    for line in lines[1:51]:
        line[-1] = " NA "
    job = Job(tmp_path, lines, max_candidates=1, objective="R2", problem_type="Regression")
    validation = table("number", rows=80, seed=8)
    order = [9, *range(9)]  # the columns may come in another order
    job.add(
        "validation", "\n".join(",".join(_quoted(line[at]) for at in order) for line in validation)
    )
    result = job.succeed()
    assert result["rows"] == 550
    report = job.artifact(result["candidates"][0], "insights")
    assert (report["rows"], report["held_out"]) == (80, "the rows held out for validation")


def test_only_the_features_and_weights_asked_for_are_used(tmp_path: Path) -> None:
    lines = table("digits")
    weighted = [
        [*line, "weight" if not at else ("-1", "", "2", "0.5")[at % 4]]
        for at, line in enumerate(lines)
    ]
    job = Job(
        tmp_path,
        weighted,
        feature_names=["city", "age"],
        sample_weight_column="weight",
        max_candidates=1,
    )
    result = job.succeed()
    assert result["rows"] == 300  # half of the weights are invalid
    best = result["candidates"][0]
    assert set(job.artifact(best, "explainability")["explanations"]["gain"]) == {"age", "city"}
    predictor = Predictor(job.unpack(best, tmp_path / "model"), threads=1)
    assert predictor.names == ("age", "city")


def test_several_files_with_the_same_header_are_one_dataset(tmp_path: Path) -> None:
    lines = table("digits")
    job = Job(tmp_path, lines[:300], max_candidates=1)
    job.add(
        "training",
        "\n".join(",".join(map(_quoted, line)) for line in [lines[0], *lines[300:]]),
        "1.csv",
    )
    assert job.succeed()["rows"] == 600


def _quoted(cell: str) -> str:
    return f'"{cell}"' if cell in CITIES else cell
