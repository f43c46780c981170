"""However a request arrives and however often, it runs once; and what is aborted stops billing."""

import json
import time
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from autolote.deployment import deploy
from tests.e2e.conftest import PROD, Pipeline
from tests.local_sagemaker.account import wait_for

ROWS = 30
DESCRIBE = {
    "AutoML": ("describe_auto_ml_job_v2", "AutoMLJobName", "AutoMLJobStatus"),
    "Training": ("describe_training_job", "TrainingJobName", "TrainingJobStatus"),
    "Transform": ("describe_transform_job", "TransformJobName", "TransformJobStatus"),
}


@pytest.fixture(scope="module")
def model(pipeline: Pipeline) -> lightgbm.Booster:
    """A team's own LightGBM model, at its place in the bucket, and rows to score beside it."""
    rng = np.random.default_rng(11)
    features = rng.normal(size=(600, 3))
    target = (features[:, 0] + features[:, 1] > 0).astype(float)
    data = lightgbm.Dataset(features, target, feature_name=["a", "b", "c"])
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "seed": 1}, data, 20)
    storage, bucket = pipeline.client("s3"), pipeline.deployment.data_bucket
    for experiment in ("token", "object", "redelivered", "aborted-transform"):
        home = f"team/{experiment}"
        storage.put_object(
            Bucket=bucket, Key=f"{home}/model.txt", Body=booster.model_to_string().encode()
        )
        lines = [
            f"row-{n},{','.join(map(repr, row.tolist()))}" for n, row in enumerate(features[:ROWS])
        ]
        storage.put_object(
            Bucket=bucket, Key=f"{home}/data/rows.csv", Body="\n".join(lines).encode()
        )
    return booster


def score(experiment: str, **more: Any) -> dict[str, Any]:
    return {
        "project_id": "team",
        "experiment_id": experiment,
        "score": {"data": "data/rows.csv", "has_header": False, "id_columns": ["row"]},
    } | more


def test_a_teams_own_model_scores_exactly_as_lightgbm_does(
    pipeline: Pipeline, model: lightgbm.Booster
) -> None:
    """The request is sent three times with one token: one execution, whose predictions equal
    Booster.predict to the last bit, by the version of the model that it names, not the latest."""
    storage, bucket = pipeline.client("s3"), pipeline.deployment.data_bucket
    version = storage.head_object(Bucket=bucket, Key="team/token/model.txt")["VersionId"]
    storage.put_object(Bucket=bucket, Key="team/token/model.txt", Body=b"no longer a model")
    asked = score("token", token="monday", model={"version_id": version})
    for _ in range(3):
        pipeline.send(asked)
    execution = pipeline.wait("team-token")
    time.sleep(1.0)

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert len(pipeline.executions("team-token")) == 1
    manifest = pipeline.read(execution, "manifest.json")
    features = np.random.default_rng(11).normal(size=(600, 3))[:ROWS]
    rows = pipeline.predictions(manifest)
    assert [float(row[-1]) for row in rows] == model.predict(features).tolist()
    assert [row[0] for row in rows] == [f"row-{n}" for n in range(ROWS)]
    assert manifest["model"]["version_id"] == version


@pytest.mark.usefixtures("model")
def test_one_event_delivered_three_times_gives_one_execution(pipeline: Pipeline) -> None:
    """EventBridge delivers at least once; without a token, the event's id is what counts."""
    event = {
        "version": "0",
        "id": "6f1c2b9e-0000-4000-8000-000000000001",
        "source": "autolote",
        "detail-type": "RunRequested",
        "time": "2026-01-01T00:00:00Z",
        "detail": score("redelivered"),
    }
    answers = [
        pipeline.client("lambda").invoke(
            FunctionName=pipeline.deployment.starter_function, Payload=json.dumps(event).encode()
        )
        for _ in range(3)
    ]
    assert all("FunctionError" not in answer for answer in answers)
    assert pipeline.wait("team-redelivered")["status"] == "SUCCEEDED"
    assert len(pipeline.executions("team-redelivered")) == 1


@pytest.mark.usefixtures("model")
def test_a_request_dropped_into_the_bucket_runs_once_per_version(pipeline: Pipeline) -> None:
    """The object's version is the request: written again, it runs again."""
    storage, bucket = pipeline.client("s3"), pipeline.deployment.data_bucket
    body = json.dumps(score("object")).encode()
    storage.put_object(Bucket=bucket, Key="requests/weekly run.json", Body=body)
    first = pipeline.wait("team-object")
    assert first["status"] == "SUCCEEDED", first.get("cause")
    storage.put_object(Bucket=bucket, Key="requests/weekly run.json", Body=body)
    second = pipeline.wait("team-object", after=(first["name"],))
    assert second["status"] == "SUCCEEDED"
    assert len(pipeline.executions("team-object")) == 2


TABLE = {"data": "data/train.csv", "target": "y"}
LONG = {
    "hyperparameters": {"objective": "binary"},
    "max_rounds": 10_000,
    "early_stopping_rounds": 10_000,
    "spot": False,
}


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize(
    ("job", "parts"),
    [
        ("AutoML", {"train": {"method": "automl", "max_runtime_seconds": 3600, **TABLE}}),
        ("Training", {"train": {"method": "script", **LONG, **TABLE}}),
        ("Transform", {"score": {"data": "data/rows.csv", "strategy": "SingleRecord"}}),
    ],
)
def test_an_aborted_execution_stops_the_job_it_waited_for(
    pipeline: Pipeline, job: str, parts: dict[str, Any]
) -> None:
    """Nobody pays for a job whose run was aborted: the status-change event stops it."""
    asked = {"project_id": "team", "experiment_id": f"aborted-{job.lower()}", **parts}
    numbers = np.random.default_rng(5).normal(size=(20_000, 3)).tolist()
    rows = [f"{a!r},{b!r},{c!r}" for a, b, c in numbers]
    labelled = [f"{row},{int(a > b)}" for row, (a, b, _) in zip(rows, numbers, strict=True)]
    pipeline.upload(
        asked, train="\n".join(["a,b,c,y", *labelled[:3000]]), rows="\n".join(["a,b,c", *rows])
    )
    pipeline.send(asked)
    running = pipeline.until(f"WaitFor{job}", asked["experiment_id"])
    pipeline.client("stepfunctions").stop_execution(
        executionArn=running["executionArn"], cause="nobody wants it any more"
    )
    told = wait_for(lambda: pipeline.read_if_there(running, "failure.json"), bool, seconds=30)
    assert told["error"] == {"name": "States.ABORTED", "cause": "nobody wants it any more"}
    assert [(one["kind"], one["action"]) for one in told["jobs"]] == [(job.lower(), "stopped")]
    [name] = [one["name"] for one in told["jobs"]]
    describe, parameter, status = DESCRIBE[job]
    wait_for(
        lambda: getattr(pipeline.client("sagemaker"), describe)(**{parameter: name})[status],
        lambda found: found == "Stopped",
    )


def test_a_second_deployment_changes_nothing(pipeline: Pipeline, prod_assembly: Path) -> None:
    """The CDK command line finds no difference between the templates and what is deployed."""
    done = deploy(
        pipeline.account,
        environment=PROD.environment,
        log=pipeline.home / "deploy.log",
        app=prod_assembly,
    )
    assert len(done.stacks) == len(list(prod_assembly.glob("assembly-prod/*.template.json")))
    assert done.changed == ()
