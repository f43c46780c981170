"""What steps do when things go wrong around them: each is called again with what it was given."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import lightgbm
import numpy as np
import pytest

from tests.e2e import tables
from tests.e2e.conftest import Pipeline


def request(experiment: str, **parts: Any) -> dict[str, Any]:
    return {"project_id": "replays", "experiment_id": experiment, **parts}


@pytest.fixture(scope="module")
def ended(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """By the way they trained: two runs that have ended, one with scoring."""
    rows = [
        {"a": row["age"] or "40", "b": row["visits"], "value": row["value"]}
        for row in tables.customers(600, seed=31)
    ]
    names = ["a", "b", "value"]
    score = {"data": "data/score.csv", "has_header": True}
    runs = {
        "automl": request(
            "automl",
            train={
                "method": "automl",
                "data": "data/train.csv",
                "target": "value",
                "max_runtime_seconds": 240,
            },
        ),
        "script": request(
            "script",
            train={
                "method": "script",
                "data": "data/train.csv",
                "target": "value",
                "hyperparameters": {"objective": "regression"},
            },
            score=score,
        ),
    }
    for asked in runs.values():
        pipeline.upload(
            asked,
            train=tables.to_csv(rows, names),
            score=tables.to_csv(rows[:20], names[:2]),
        )
        pipeline.send(asked)
    return {how: pipeline.wait(f"replays-{how}") for how in runs}


@pytest.mark.parametrize(
    ("state", "how"),
    [("StartAutoML", "automl"), ("StartTraining", "script"), ("StartTransform", "script")],
)
def test_a_start_whose_answer_was_lost_finds_the_job_it_had_started(
    pipeline: Pipeline, ended: dict[str, dict[str, Any]], state: str, how: str
) -> None:
    """Called again with the same state, it answers with the same job and starts no other."""
    execution = ended[how]
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    before, after = pipeline.passed(execution, state)
    place = "scoring" if state == "StartTransform" else "training"
    again = pipeline.call(state, before)
    assert again["job_arn"] == after[place]["job_arn"]


def test_a_snapshot_that_breaks_off_leaves_no_parts_behind(pipeline: Pipeline) -> None:
    """The version that was validated is gone when it is to be copied in ranges: the step fails,
    and the upload it had begun is given up."""
    storage, bucket = pipeline.client("s3"), pipeline.deployment.data_bucket
    asked = request("broken", score={"data": "data/score.csv", "has_header": True})
    rng = np.random.default_rng(7)
    features = rng.normal(size=(150_000, 2))
    data = lightgbm.Dataset(features[:500], features[:500].sum(axis=1))
    model = lightgbm.train({"objective": "regression", "verbosity": -1}, data, 2)
    storage.put_object(
        Bucket=bucket, Key="replays/broken/model.txt", Body=model.model_to_string().encode()
    )
    lines = [f"{a!r},{b!r}" for a, b in features.tolist()]
    pipeline.upload(asked, score="\n".join(["a,b", *lines]))  # more than S3's smallest part
    pipeline.send(asked)
    execution = pipeline.wait("replays-broken")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    before, _ = pipeline.passed(execution, "PrepareInput")
    key = "replays/broken/data/score.csv"
    [version] = storage.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    storage.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])

    with pytest.raises(AssertionError, match="NoSuchVersion"):
        pipeline.call("PrepareInput", before)
    assert "Uploads" not in storage.list_multipart_uploads(Bucket=bucket)


@pytest.fixture
def broken_source(pipeline: Pipeline) -> Iterator[dict[str, Any]]:
    """The build's source is an archive without a buildspec, until the test is over."""
    [project] = pipeline.client("codebuild").batch_get_projects(
        names=[f"{pipeline.prefix}-scoring-image"]
    )["projects"]
    bucket, _, key = project["source"]["location"].partition("/")
    storage = pipeline.client("s3")
    whole = storage.get_object(Bucket=bucket, Key=key)["Body"].read()
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    storage.put_object(Bucket=bucket, Key=key, Body=empty.getvalue())
    yield project
    storage.put_object(Bucket=bucket, Key=key, Body=whole)


def test_a_build_that_fails_tells_the_deployment_what_its_log_says(
    pipeline: Pipeline, broken_source: dict[str, Any]
) -> None:
    """CloudFormation is answered with the phase that failed and the end of the build's log."""
    told: list[dict[str, Any]] = []

    class CloudFormation(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), CloudFormation)
    threading.Thread(target=server.handle_request, daemon=True).start()
    event = {
        "RequestType": "Update",
        "RequestId": "a-build-that-fails",
        "StackId": "stack",
        "LogicalResourceId": "Image",
        "PhysicalResourceId": "image",
        "ResponseURL": f"http://127.0.0.1:{server.server_port}/",
        "ResourceProperties": {
            "Project": broken_source["name"],
            "Repository": f"{pipeline.prefix}-scoring",
            "ImageTag": "not-built-yet",
        },
    }
    pipeline.call("BuildImage", event)
    server.server_close()
    assert (told[0]["Status"], "buildspec.yml" in told[0]["Reason"]) == ("FAILED", True), told
