"""State PublishManifest: lineage, metrics, rows, seconds and cost, written last."""

from datetime import timedelta
from typing import Any

import pytest
from rules import names
from steps import prepare_input, publish_manifest, verify_output
from steps.environment import Environment

from tests.steps.conftest import BUCKET, Bucket, Stub
from tests.steps.runs import GOOD, HOME, MODEL, OUTPUT, RUN, scored, table, validate
from tests.steps.sagemaker import CANDIDATE, NOW, automl_job

MANIFEST = f"{HOME}/runs/{RUN}/manifest.json"
CONTRACT = {
    "schema_version", "status", "execution_arn", "run_id", "project_id", "experiment_id",
    "environment", "trigger", "request", "started_at", "finished_at", "rows_in", "rows_out",
    "jobs", "model", "metrics", "leaderboard", "gate", "input", "output", "verification",
    "seconds", "estimated_cost", "warnings",
}  # fmt: skip
GATE = {"required": True, "passed": True, "metric": "RMSE", "bound": "at most 3", "value": 2.5}


def finished(trained: Bucket) -> dict[str, Any]:
    """The state of a run for both halves, after VerifyOutput."""
    told = scored(trained, GOOD)
    told["scoring"] |= {
        "job_name": "transform",
        "job_arn": "arn:transform",
        "status": "Completed",
        "seconds": 360.0,
        "instance_type": "ml.m5.xlarge",
        "instance_count": 2,
    }
    told["model"] |= {
        "model_name": "model",
        "model_arn": "arn:model",
        "kind": "automl",
        "problem_type": "Regression",
    }
    return {
        **told,
        "verification": verify_output.handler(told, None),
        "gate": GATE,
        "training": {
            "job_name": "automl",
            "job_arn": "arn:automl",
            "status": "Completed",
            "candidate": {"name": "best", "metrics": {"RMSE": 2.5}},
        },
    }


def ready(stub: Stub, **job: Any) -> None:
    told = {
        "CreationTime": NOW - timedelta(seconds=1800),
        "EndTime": NOW,
        "BestCandidate": CANDIDATE,
        **job,
    }
    stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job("Completed", **told))
    worse = {
        **CANDIDATE,
        "CandidateName": "worse",
        "FinalAutoMLJobObjectiveMetric": {"MetricName": "RMSE", "Value": 9.0},
    }
    stub("sagemaker").add_response(
        "list_candidates_for_auto_ml_job",
        {"Candidates": [worse], "NextToken": "more"},
    )
    stub("sagemaker").add_response("list_candidates_for_auto_ml_job", {"Candidates": [CANDIDATE]})


def test_the_manifest_says_what_was_done_proved_and_spent(
    trained: Bucket,
    stub: Stub,
) -> None:
    state = finished(trained)
    ready(stub)
    told = publish_manifest.handler(state, None)
    manifest = trained.json(MANIFEST)
    assert told["uri"] == f"s3://{BUCKET}/{MANIFEST}"
    assert set(manifest) >= CONTRACT
    assert manifest["status"] == "SUCCEEDED"
    assert (manifest["rows_in"], manifest["rows_out"]) == (3, 3)
    assert [line["candidate"] for line in manifest["leaderboard"]] == ["best", "worse"]
    assert [job["kind"] for job in manifest["jobs"]] == ["automl", "transform"]
    assert manifest["seconds"]["training"] == 1800
    assert manifest["seconds"]["scoring"] == 360
    cost = manifest["estimated_cost"]
    # Half an hour of one ml.m5.12xlarge, and a tenth of one of two ml.m5.xlarge, in sa-east-1.
    assert (cost["training"], cost["scoring"]) == (2.2032, 0.0734)
    assert cost["total"] <= cost["worst_case"]
    assert manifest["model"]["features"] == ["a", "b"]
    assert manifest["input"]["objects"][0]["version_id"]
    assert [item["uri"] for item in manifest["output"]["objects"]] == [
        f"s3://{BUCKET}/{OUTPUT}{name}" for name in GOOD
    ]
    assert manifest["output"]["columns"] == ["id", "predicted_label", "probability"]
    assert manifest["warnings"] == []
    assert "Rows scored and verified: 3." in told["summary"]


def test_an_automl_model_can_be_found_again_through_the_manifest(
    trained: Bucket,
    stub: Stub,
) -> None:
    ready(stub)
    publish_manifest.handler(finished(trained), None)
    asked = {
        "project_id": "digits",
        "experiment_id": "first",
        "model": {"run_id": RUN},
        "score": {"data": "data/score/", "id_columns": ["id"]},
    }
    assert validate(asked)["model"]["automl_job_name"] == "automl"


def test_what_should_be_known_is_among_the_warnings(
    trained: Bucket,
    stub: Stub,
) -> None:
    state = finished(trained)
    ready(
        stub,
        AutoMLJobSecondaryStatus="MaxAutoMLJobRuntimeReached",
        PartialFailureReasons=[{"PartialFailureMessage": "one candidate failed"}],
    )
    trained.put(f"{HOME}/data/train.csv", table(700))
    publish_manifest.handler(state, None)
    warnings = " | ".join(trained.json(MANIFEST)["warnings"])
    assert "stopped at train.max_runtime_seconds" in warnings
    assert "one candidate failed" in warnings
    assert "changed after it was validated" in warnings


def test_a_failed_write_leaves_no_manifest_and_trying_again_writes_it(
    trained: Bucket,
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = finished(trained)
    ready(stub)
    with monkeypatch.context() as broken:
        broken.setattr("steps.storage.write_json", _refuse)
        with pytest.raises(ConnectionError):
            publish_manifest.handler(state, None)
    assert MANIFEST not in trained.keys(HOME)
    ready(stub)
    publish_manifest.handler(state, None)
    assert trained.json(MANIFEST)["rows_out"] == 3


def _refuse(*_args: object, **_named: object) -> str:
    raise ConnectionError


def test_training_alone_has_no_rows_and_no_output(
    trained: Bucket,
    stub: Stub,
) -> None:
    asked = {
        "project_id": "digits",
        "experiment_id": "first",
        "train": {"data": "data/train.csv", "target": "y"},
    }
    plan = validate(asked)
    state = {
        name: value for name, value in finished(trained).items() if name in ("training", "model")
    }
    ready(stub)
    told = publish_manifest.handler({**state, "plan": plan, "request": asked, "gate": GATE}, None)
    manifest = trained.json(MANIFEST)
    assert (manifest["rows_in"], manifest["rows_out"]) == (None, None)
    assert (manifest["output"], manifest["input"], manifest["verification"]) == (None, None, None)
    assert "Rows scored" not in told["summary"]


def test_scoring_alone_asks_sagemaker_for_nothing(bucket: Bucket, env: Environment) -> None:
    version = bucket.put(f"{HOME}/model.txt", MODEL.format(names="a b"))
    bucket.put(f"{HOME}/data/score/a.csv", "id,a,b\n1,2,x\n")
    asked = {
        "project_id": "digits",
        "experiment_id": "first",
        "score": {"data": "data/score/", "id_columns": ["id"], "output": ["probability"]},
    }
    plan = validate(asked)
    state = {"plan": plan, "request": asked}
    target = f"s3://{BUCKET}/{OUTPUT}"
    state["input"] = prepare_input.handler(state, None)
    bucket.put(f"{OUTPUT}{names.object_name(index=0, key='a.csv')}.out", "1,0.5\n")
    state["model"] = {"kind": "model.txt", "output_columns": ["probability"]}
    state["scoring"] = {
        "job_name": "t", "job_arn": "arn", "status": "Completed", "seconds": 10.0,
        "instance_type": "ml.m5.xlarge", "instance_count": 1, "output_uri": target,
    }  # fmt: skip
    state["verification"] = verify_output.handler(state, None)
    publish_manifest.handler(state, None)
    manifest = bucket.json(MANIFEST)
    assert manifest["model"]["version_id"] == version
    assert (manifest["leaderboard"], manifest["gate"], manifest["rows_out"]) == ([], None, 1)
