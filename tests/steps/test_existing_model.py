"""State ValidateRequest, for a request that scores with a model that exists."""

import json
from typing import Any

import pytest
from rules import names

from tests.steps.conftest import BUCKET, Bucket
from tests.steps.runs import HOME, MODEL, only, request, validate


def scoring(**changes: Any) -> dict[str, Any]:
    return request(train=None, **changes)


def test_the_newest_model_txt_scores_and_its_version_is_pinned(data: Bucket) -> None:
    first = data.put(f"{HOME}/model.txt", MODEL.format(names="a b"))
    plan = validate(scoring())
    assert plan["how"] == "existing"
    assert plan["model"]["version_id"] == first
    assert plan["model"]["problem_type"] == "BinaryClassification"
    second = data.put(f"{HOME}/model.txt", MODEL.format(names="a c"))
    assert second != first
    assert "expected 'c'" in only(scoring())["rule"]
    assert validate(scoring(model={"version_id": first}))["model"]["version_id"] == first


def test_a_model_without_names_is_compared_by_number_and_that_is_said(data: Bucket) -> None:
    data.put(f"{HOME}/model.txt", MODEL.format(names="Column_0 Column_1"))
    assert "no column names" in validate(scoring())["warnings"][0]
    asked = scoring(score={"data": "data/score/", "id_columns": []})
    assert "0 id columns and 2 columns" in only(asked)["rule"]


NUMBERED = MODEL.format(names="Column_0 Column_1")


@pytest.mark.parametrize(
    ("rows", "rule", "fix"),
    [
        ("1,2,3\n2,3,4\n", "has only numbers in its first line", "score.has_header to false"),
        ("1,-2e3,NA\n2,3,4\n", "has only numbers in its first line", "score.has_header to false"),
        ("r1,2,3\nr2,3,4\n", "does not begin with the id", "set score.has_header to false"),
        ("x,a,b\n1,2,3\n", "does not begin with the id columns", "Put id first."),
        ("id,Column_1,Column_0\n1,2,3\n", "the same columns in another order", "id, Column_0, C"),
    ],
)
def test_a_model_without_names_is_given_no_row_as_its_header_and_no_other_order(
    data: Bucket, rows: str, rule: str, fix: str
) -> None:
    data.put(f"{HOME}/model.txt", NUMBERED)
    data.put(f"{HOME}/data/score/part-0.csv", rows)
    told = only(scoring())
    assert rule in told["rule"]
    assert fix in told["fix"]


@pytest.mark.parametrize("header", ["id,Column_0,Column_1", "id,a,b", "id,0,1"])
def test_a_model_without_names_takes_any_header(data: Bucket, header: str) -> None:
    data.put(f"{HOME}/model.txt", NUMBERED)
    data.put(f"{HOME}/data/score/part-0.csv", f"{header}\n1,2,3\n")
    assert validate(scoring())["score"]["objects"] == 3


def test_a_header_among_rows_is_found_whatever_the_model_is_called_by(data: Bucket) -> None:
    data.put(f"{HOME}/model.txt", NUMBERED)
    data.put(f"{HOME}/data/rows.csv", "Column_0,Column_1\n1,2\n")
    asked = scoring(score={"data": "data/rows.csv", "has_header": False})
    assert "begins with a header line" in only(asked)["rule"]


@pytest.mark.parametrize("filling", [0, 300_000])
def test_a_model_with_pandas_categories_is_refused_however_long_it_is(
    data: Bucket, filling: int
) -> None:
    """Rows of a CSV would be scored with other numbers, and nothing would tell."""
    model = MODEL.format(names="a b") + "leaf_value=0\n" * (filling // 13) + "\n"
    for harmless in ("", "pandas_categorical:null\n", "pandas_categorical:[[0, 1, 2]]\n"):
        data.put(f"{HOME}/model.txt", model + harmless)
        assert validate(scoring())["how"] == "existing"
    old = data.put(f"{HOME}/model.txt", f"{model}pandas_categorical:[[10, 20]]\n")
    told = only(scoring())
    assert (told["field"], "the categories [[10, 20]]" in told["rule"]) == ("model", True)
    assert "cat.codes" in told["fix"]
    data.put(f"{HOME}/model.txt", model)
    assert "[[10, 20]]" in only(scoring(model={"version_id": old}))["rule"]
    values = ", ".join(str(value) for value in range(30_000))
    data.put(f"{HOME}/model.txt", f"{model}pandas_categorical:[[{values}, 7]]\n")
    assert len(only(scoring())["rule"]) < 300


@pytest.mark.parametrize(
    ("classes", "columns"), [(1, "prediction"), (3, "prediction_0, prediction_1, prediction_2")]
)
def test_a_model_with_a_custom_objective_writes_its_outputs_as_they_are(
    data: Bucket, classes: int, columns: str
) -> None:
    text = MODEL.format(names="a b").replace("objective=binary sigmoid:1\n", "")
    data.put(f"{HOME}/model.txt", text.replace("num_class=1", f"num_class={classes}"))
    model = validate(scoring())["model"]
    assert (model["problem_type"], model["classes"]) == ("Regression", classes)
    told = only(scoring(score={"data": "data/score/", "id_columns": ["id"], "output": ["labels"]}))
    assert told["field"] == "score.output"
    assert "custom objective" in told["rule"]
    assert told["rule"].endswith(f"as they are: {columns}")


def test_a_model_that_is_missing_or_no_model_is_refused(data: Bucket) -> None:
    assert only(scoring())["rule"] == "does not exist or is empty"
    data.put(f"{HOME}/model.txt", "hello\n")
    assert "not a LightGBM model" in only(scoring())["rule"]
    assert only(scoring(model={"version_id": "abc"}))["field"] == "model.version_id"


def test_the_model_of_an_earlier_training_job_scores_as_long_as_it_is_there(data: Bucket) -> None:
    """Without `output` it writes what LightGBM predicts, a column for each class."""
    run = names.run_id(project_id="digits", experiment_id="first", token="earlier")
    key = f"{HOME}/runs/{run}/training/job/output/model.tar.gz"
    model = {
        "kind": "script",
        "training_job_name": "job",
        "model_uri": f"s3://{BUCKET}/{key}",
        "problem_type": "MulticlassClassification",
        "classes": 3,
        "target": "y",
        "features": ["a", "b"],
        "output_columns": ["prediction_0", "prediction_1", "prediction_2"],
    }
    asked = scoring(model={"run_id": run})
    data.put(f"{HOME}/runs/{run}/manifest.json", json.dumps({"model": model}))
    assert "is no longer there" in only(asked)["rule"]
    data.put(key, b"archive")
    plan = validate(asked)
    assert plan["model"]["model_uri"] == model["model_uri"]
    assert plan["model"]["classes"] == 3
    data.put(f"{HOME}/runs/{run}/manifest.json", json.dumps({"model": {**model, "classes": 30}}))
    assert "30 columns this model writes" in only(asked)["rule"]


def test_a_run_that_trained_nothing_has_no_model(data: Bucket) -> None:
    run = names.run_id(project_id="digits", experiment_id="first", token="scored")
    told = {"model": {"kind": "model.txt"}}
    data.put(f"{HOME}/runs/{run}/manifest.json", json.dumps(told))
    assert only(scoring(model={"run_id": run}))["rule"] == "trained no model"


def test_the_automl_model_of_an_earlier_run_scores_the_columns_it_was_trained_on(
    data: Bucket,
) -> None:
    model = {
        "kind": "automl",
        "automl_job_name": "job",
        "candidate": "best",
        "problem_type": "Regression",
        "target": "y",
        "features": ["a", "b"],
    }
    run = names.run_id(project_id="digits", experiment_id="first", token="earlier")
    asked = scoring(model={"run_id": run})
    assert "is no run of this experiment" in only(asked)["rule"]
    data.put(f"{HOME}/runs/{run}/manifest.json", json.dumps({"model": model}))
    assert validate(asked)["model"]["automl_job_name"] == "job"
    told = scoring(
        model={"run_id": run},
        score={"data": "data/score/", "id_columns": ["id"], "output": ["labels"]},
    )
    assert only(told)["field"] == "score.output"
