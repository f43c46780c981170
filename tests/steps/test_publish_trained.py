"""State PublishManifest, for a run that trained by script and compared golden rows."""

from typing import Any

import pytest
from rules import cost
from steps import publish_manifest

from tests.steps.conftest import BUCKET, Bucket
from tests.steps.runs import HOME, MODEL, RUN, request, validate
from tests.steps.test_validate_script import put, rows, script
from tests.steps.training import MODEL_URI, training_name

MANIFEST = f"{HOME}/runs/{RUN}/manifest.json"
PRICE = cost.price(instance_type="ml.m5.2xlarge", region="sa-east-1")


def trained(data: Bucket, **train: Any) -> dict[str, Any]:
    """The state of a run that trained, was interrupted once, and scored nothing."""
    put(data, rows(40))
    asked = script(validation="data/validation.csv", **train)
    put(data, rows(10), "validation")
    name = training_name()
    return {
        "request": asked,
        "plan": validate(asked),
        "gate": {"required": False, "passed": True},
        "model": {
            "model_name": "model",
            "kind": "script",
            "problem_type": "BinaryClassification",
            "classes": 1,
            "output_columns": ["prediction"],
        },
        "training": {
            "job_name": name,
            "job_arn": "arn:training",
            "status": "Completed",
            "instance_type": "ml.m5.2xlarge",
            "instance_count": 1,
            "model_uri": MODEL_URI,
            "candidate": {
                "name": name,
                "objective": "auc",
                "value": 0.88,
                "metrics": {"auc": 0.88, "train:auc": 0.95},
            },
            "seconds": 900.0,
            "billable_seconds": 360.0,
            "spot": True,
            "interruptions": 1,
            "spot_saving_percent": 60.0,
        },
    }


def test_the_manifest_tells_the_job_its_metrics_and_what_is_billed(data: Bucket) -> None:
    """SageMaker is asked for nothing: the state has it all."""
    told = publish_manifest.handler(trained(data), None)
    manifest = data.json(MANIFEST)
    [job] = manifest["jobs"]
    assert (job["kind"], job["name"], job["seconds"]) == ("training", training_name(), 900)
    assert (job["billable_seconds"], job["spot"], job["interruptions"]) == (360, True, 1)
    assert job["spot_saving_percent"] == 60
    assert manifest["metrics"] == {"auc": 0.88, "train:auc": 0.95}
    assert [line["value"] for line in manifest["leaderboard"]] == [0.88]
    assert manifest["seconds"]["training"] == 900
    estimated = manifest["estimated_cost"]
    assert estimated["training"] == pytest.approx(0.1 * PRICE, abs=1e-4)
    assert estimated["total"] <= estimated["worst_case"]
    assert "Autopilot" not in estimated["note"]
    assert manifest["training_data"]["objects"][0]["key"] == f"{HOME}/data/numbers.csv"
    assert manifest["validation_data"]["objects"][0]["key"] == f"{HOME}/data/validation.csv"
    assert manifest["warnings"] == []
    assert "Trained on spot instances: 60 % saved, 1 interruption(s)." in told["summary"]
    assert "auc 0.88" in told["summary"]


@pytest.mark.parametrize("name", ["numbers", "validation"])
def test_data_that_changed_meanwhile_is_among_the_warnings(data: Bucket, name: str) -> None:
    """A training job takes no version ids."""
    state = trained(data)
    put(data, rows(41), name)
    publish_manifest.handler(state, None)
    assert "changed after it was validated" in data.json(MANIFEST)["warnings"][0]


def test_the_model_can_be_found_again_through_the_manifest(data: Bucket) -> None:
    publish_manifest.handler(trained(data), None)
    data.put(MODEL_URI.removeprefix(f"s3://{BUCKET}/"), b"archive")
    plan = validate(request(train=None, model={"run_id": RUN}))
    assert plan["model"] == {
        "kind": "script",
        "run_id": RUN,
        "training_job_name": training_name(),
        "model_uri": MODEL_URI,
        "problem_type": "BinaryClassification",
        "classes": 1,
        "target": "y",
    }


def test_golden_rows_are_told_with_their_tolerance_and_their_cost(data: Bucket) -> None:
    data.put(f"{HOME}/model.txt", MODEL.format(names="a b"))
    data.put(f"{HOME}/golden/rows.csv", "a,b\n1,2\n")
    data.put(f"{HOME}/golden/predictions.csv", "0.5\n")
    golden = {"data": "golden/rows.csv", "predictions": "golden/predictions.csv", "absolute": 0.1}
    asked = request(
        train=None, score={"data": "data/score/", "golden": golden, "id_columns": ["id"]}
    )
    job = {
        "job_arn": "arn",
        "status": "Completed",
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
    }
    state = {
        "request": asked,
        "plan": validate(asked),
        "model": {"kind": "model.txt", "output_columns": ["prediction"]},
        "golden": {
            **job, "job_name": "golden", "seconds": 36.0, "output_uri": "s3://b/golden/",
            "rows": 1, "columns": 1, "share": 1.0, "mean_deviation": 0.05, "max_deviation": 0.05,
        },
        "scoring": {
            **job, "job_name": "transform", "seconds": 72.0,
            "output_uri": f"s3://{BUCKET}/{HOME}/runs/{RUN}/predictions/",
        },
    }  # fmt: skip
    told = publish_manifest.handler(state, None)
    manifest = data.json(MANIFEST)
    assert [job["kind"] for job in manifest["jobs"]] == ["golden transform", "transform"]
    assert manifest["golden"]["tolerance"]["absolute"] == 0.1
    assert (manifest["golden"]["rows"], manifest["golden"]["max_deviation"]) == (1, 0.05)
    assert manifest["golden"]["predictions"]["version_id"]
    estimated = manifest["estimated_cost"]
    assert (estimated["golden"], estimated["scoring"]) == (0.0037, 0.0073)
    assert "Golden rows that match: 1." in told["summary"]
