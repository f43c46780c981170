"""Containers of a transform job: what they are told, how they are chained, how many there are."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .account import BUCKET, KEYS, REGION, ROLE, Account
from .test_transform import noted, rows


@pytest.mark.parametrize(
    ("asked", "payloads", "in_flight"),
    [({}, 6, 2), ({"BatchStrategy": "MultiRecord", "MaxConcurrentTransforms": 1}, 1, 1)],
)
def test_the_request_decides_then_the_container_then_the_default(
    account: Account, notes: Path, asked: dict[str, Any], payloads: int, in_flight: int
) -> None:
    """/execution-parameters names SINGLE_RECORD and 2; what the request sets comes first."""
    name = f"settings-{len(asked)}"
    offered = {"MaxConcurrentTransforms": 2, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 1}
    account.model(name, NOTES=str(notes), PARAMETERS=json.dumps(offered), SLEEP="0.05")
    account.put(f"{name}/in/a.csv", rows(6))
    account.transform(name, **asked)
    calls = noted(notes)
    assert len(calls) == payloads
    assert max(call["in_flight"] for call in calls) == in_flight
    log = (account.home / "logs/transform-job" / name / "data-log").read_text()
    strategy = asked.get("BatchStrategy", "SingleRecord")
    assert f"MaxConcurrentTransforms={in_flight}, MaxPayloadInMB=1, BatchStrategy={strategy}" in log


def test_the_container_is_told_of_the_job(account: Account, notes: Path) -> None:
    """The role's credentials, the account's address, the model's files; SAGEMAKER_* variables
    only for what the user set; the job's Environment over the model's; nothing of our own."""
    name = "environment"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        info = tarfile.TarInfo("code/model.txt")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"tree"))
    account.put(f"{name}/model.tar.gz", archive.getvalue())
    account.sagemaker.create_model(
        ModelName=name,
        PrimaryContainer={
            "Image": "registry/team-scoring:1",
            "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
            "Environment": {"NOTES": str(notes), "ONE": "model", "TWO": "model"},
        },
        ExecutionRoleArn=ROLE,
    )
    account.put(f"{name}/in/a.csv", "1\n")
    account.transform(name, Environment={"TWO": "job"}, MaxPayloadInMB=2)
    (start,) = noted(notes, "environment")
    told = start["environment"]
    assert start["files"] == ["code", "model.txt"]
    expected = {
        "ONE": "model",
        "TWO": "job",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
        "AWS_REGION": REGION,
    }
    assert {key: told[key] for key in (expected | KEYS)} == expected | KEYS
    assert told["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert "SAGEMAKER_BATCH_STRATEGY" not in told
    assert "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS" not in told
    assert "PYTEST_CURRENT_TEST" not in told
    (call,) = noted(notes)
    assert (call["content_type"], call["accept"]) == ("text/csv", "text/csv")


def test_a_container_without_network_has_no_credentials(account: Account, notes: Path) -> None:
    name = "isolated"
    account.sagemaker.create_model(
        ModelName=name,
        PrimaryContainer={"Image": "r/x-scoring", "Environment": {"NOTES": str(notes)}},
        ExecutionRoleArn=ROLE,
        EnableNetworkIsolation=True,
    )
    account.put(f"{name}/in/a.csv", "1\n")
    account.transform(name)
    told = noted(notes, "environment")[0]["environment"]
    assert not {*KEYS, "AWS_ENDPOINT_URL"} & told.keys()


def test_the_containers_of_a_pipeline_are_chained(account: Account, notes: Path) -> None:
    """Each is sent what the one before it answered, with that answer's content type; Accept is
    for the last one."""
    name = "pipeline"
    image = "registry/team-scoring:1"
    account.sagemaker.create_model(
        ModelName=name,
        Containers=[
            {"Image": image, "Environment": {"SUFFIX": ",one"}},
            {"Image": image, "Environment": {"SUFFIX": ",two", "NOTES": str(notes)}},
        ],
        ExecutionRoleArn=ROLE,
    )
    account.put(f"{name}/in/a.csv", "1\n")
    account.transform(name)
    assert account.text(f"{name}/out/a.csv.out") == "1,one,two\n"
    assert noted(notes)[0]["accept"] == "text/csv"


def test_whole_objects_go_to_instances_in_turn(account: Account, notes: Path) -> None:
    """Three instances, five objects: two model servers are really started and share the work."""
    name = "instances"
    account.model(name, NOTES=str(notes))
    for number in range(5):
        account.put(f"{name}/in/{number}.csv", f"{number}\n")
    account.transform(name, TransformResources={"InstanceType": "ml.m5.xlarge", "InstanceCount": 3})
    assert len({start["pid"] for start in noted(notes, "environment")}) == 2
    assert len(account.keys(f"{name}/out/")) == 5
