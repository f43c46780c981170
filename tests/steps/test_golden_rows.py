"""Golden rows from the request to their job: the same functions as for the rows to score."""

from datetime import timedelta
from typing import Any

import pytest
from steps import describe_transform, errors, prepare_input, start_transform

from tests.steps.conftest import BUCKET, Bucket, Stub
from tests.steps.runs import HOME, MODEL, RUN, only, request, validate
from tests.steps.sagemaker import ARN, NOW, RUN_URI, transform_request
from tests.steps.training import golden_job, golden_name

ROWS, STORED = "golden/rows.csv", "golden/predictions.csv"


def asked(**golden: Any) -> dict[str, Any]:
    """A request that scores with a model.txt after golden rows."""
    told = {"data": ROWS, "predictions": STORED, **golden}
    score = {"data": "data/score/", "id_columns": ["id"], "instance_count": 2, "golden": told}
    return request(train=None, score=score)


@pytest.fixture
def stored(data: Bucket) -> Bucket:
    """The bucket with a model, rows to score, golden rows and their predictions."""
    data.put(f"{HOME}/model.txt", MODEL.format(names="a b"))
    data.put(f"{HOME}/{ROWS}", "a,b\r\n1,2\r\n3,4\r\n")
    data.put(f"{HOME}/{STORED}", "0.25\n0.75\n")
    return data


def state(stored: Bucket) -> dict[str, Any]:
    model = {"model_name": "model", "output_columns": ["prediction"]}
    return {"run": {"run_id": RUN}, "plan": validate(asked()), "model": model}


def golden(told: dict[str, Any]) -> dict[str, Any]:
    """What the states of the golden rows hand to a function."""
    return {"part": "golden", "state": told}


def test_the_plan_pins_the_rows_and_the_predictions(stored: Bucket) -> None:
    version = stored.put(f"{HOME}/{STORED}", "0.5\n0.5\n")
    told = validate(asked(absolute=1e-6))["score"]["golden"]
    assert told["uri"] == f"s3://{BUCKET}/{HOME}/{ROWS}"
    assert told["predictions"] == {
        "key": f"{HOME}/{STORED}",
        "version_id": version,
        "size": 8,
    }
    assert (told["absolute"], told["relative"], told["share"]) == (1e-6, 0, 1)
    assert told["max_runtime_seconds"] == 1800
    saved = stored.json(f"{HOME}/runs/{RUN}/plan.json")
    assert [item["key"] for item in saved["golden_objects"]] == [f"{HOME}/{ROWS}"]


WRONG = {
    "no rows": (ROWS, None, "score.golden.data", "does not exist"),
    "other columns": (ROWS, "a,c\n1,2\n", "score.golden.data", "expected 'b'"),
    "ids": (ROWS, "id,a,b\n1,2,3\n", "score.golden.data", "is 'id', expected 'a'"),
    "no predictions": (STORED, None, "score.golden.predictions", "does not exist or is empty"),
    "a header": (STORED, "prediction\n0.5\n", "score.golden.predictions", "'prediction'"),
    "text": (STORED, "0.5\nno\n", "score.golden.predictions", "line 2"),
}


@pytest.mark.parametrize(("name", "body", "field", "words"), WRONG.values(), ids=WRONG.keys())
def test_golden_rows_that_cannot_be_compared_are_refused_before_anything_starts(
    stored: Bucket, name: str, body: str | None, field: str, words: str
) -> None:
    key = f"{HOME}/{name}"
    if body is None:
        stored.client.delete_object(Bucket=BUCKET, Key=key)
    else:
        stored.put(key, body)
    told = only(asked())
    assert told["field"] == field
    assert words in told["rule"]


def test_a_golden_row_is_not_taken_for_a_header(stored: Bucket) -> None:
    stored.put(f"{HOME}/model.txt", MODEL.format(names="Column_0 Column_1"))
    stored.put(f"{HOME}/{ROWS}", "1,2\n3,4\n")
    told = only(asked())
    assert told["field"] == "score.golden.data"
    assert "only numbers in its first line" in told["rule"]


@pytest.mark.parametrize("field", ["data", "predictions"])
def test_golden_rows_are_one_object(stored: Bucket, field: str) -> None:
    told = only(asked(**{field: "golden/"}))
    assert (told["field"], told["rule"][:18]) == (f"score.golden.{field}", "must be one object")


def test_the_golden_rows_are_prepared_apart_from_the_rows_to_score(stored: Bucket) -> None:
    told = state(stored)
    prepared = prepare_input.handler(golden(told), None)
    prefix = f"{HOME}/runs/{RUN}/golden/input/"
    assert prepared["uri"] == f"s3://{BUCKET}/{prefix}"
    assert stored.get(f"{prefix}00000-rows.csv") == b"1,2\n3,4\n"
    assert prepare_input.handler(told, None)["objects"] == 3


def test_the_golden_job_scores_them_with_the_same_model_on_one_instance(
    stored: Bucket, stub: Stub
) -> None:
    expected = {
        **transform_request(),
        "TransformJobName": golden_name(),
        "MaxConcurrentTransforms": 1,
    }
    del expected["DataProcessing"]
    expected["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = f"{RUN_URI}golden/input/"
    expected["TransformOutput"]["S3OutputPath"] = f"{RUN_URI}golden/predictions/"
    expected["TransformResources"]["InstanceCount"] = 1
    arn = f"{ARN}transform-job/{golden_name()}"
    stub("sagemaker").add_response("create_transform_job", {"TransformJobArn": arn}, expected)
    told = start_transform.handler(golden(state(stored)), None)
    assert (told["job_name"], told["limit_seconds"]) == (golden_name(), 1800)
    assert told["output_uri"] == f"{RUN_URI}golden/predictions/"


def test_the_golden_job_is_looked_at_where_it_stands_in_the_state(
    stored: Bucket, stub: Stub
) -> None:
    job = {"job_name": golden_name(), "started_at": 0, "limit_seconds": 1800}
    told = golden({**state(stored), "golden": job})
    times = {"TransformStartTime": NOW - timedelta(seconds=30), "TransformEndTime": NOW}
    done = golden_job(TransformJobStatus="Completed", **times)
    name = {"TransformJobName": golden_name()}
    stub("sagemaker").add_response("describe_transform_job", done, name)
    assert describe_transform.handler(told, None)["seconds"] == 30
    stub("sagemaker").add_response("describe_transform_job", golden_job(), name)
    with pytest.raises(errors.TransformTimedOut, match="the limit of a golden job, 1,800"):
        describe_transform.handler(told, None)
