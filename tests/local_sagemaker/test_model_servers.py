"""Model servers that cannot be started, and what ends with a job."""

import io
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from autolote.local.sagemaker import Programs

from .account import BUCKET, ROLE, Account, alive, model_server, wait_for
from .test_transform import noted


def outside() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../escaped"))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "artifact", "words"),
    [
        ("outside", outside, "'../../escaped' would be extracted to"),
        ("no-archive", lambda: b"model", "Failed to extract model data archive"),
    ],
)
def test_a_model_archive_that_is_not_safe_is_not_unpacked(
    account: Account, name: str, artifact: Callable[[], bytes], words: str
) -> None:
    account.put(f"{name}/model.tar.gz", artifact())
    container = {"Image": "r/x-scoring", "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz"}
    account.sagemaker.create_model(
        ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE
    )
    account.put(f"{name}/in/a.csv", "1\n")
    job = account.transform(name)
    assert job["TransformJobStatus"] == "Failed"
    assert words in job["FailureReason"]
    wait_for((account.home / "work/transform-job" / name).exists, lambda there: not there)
    assert not list(account.home.rglob("escaped"))


def test_a_server_that_is_never_healthy_fails_the_job(s3_url: str, tmp_path: Path) -> None:
    """/ping answers 503 for ever: the job waits its time, then fails and leaves no process."""
    account = Account(
        tmp_path,
        s3_url,
        programs=Programs(model_server=model_server, ping_seconds=1),
    )
    name = "unhealthy"
    account.model(name, MODE="unhealthy", NOTES=str(tmp_path / "notes"))
    account.put(f"{name}/in/a.csv", "1\n")
    job = account.transform(name)
    assert "It did not within 1 s." in job["FailureReason"]
    (start,) = noted(tmp_path / "notes", "environment")
    wait_for(lambda: alive(start["pid"]), lambda running: not running)
    account.close()


def test_an_image_that_nothing_here_can_run_is_named(s3_url: str, tmp_path: Path) -> None:
    account = Account(tmp_path, s3_url, programs=Programs())
    account.sagemaker.create_model(
        ModelName="foreign",
        PrimaryContainer={"Image": "111122223333.dkr.ecr.sa-east-1.amazonaws.com/xgboost:1.7-1"},
        ExecutionRoleArn=ROLE,
    )
    account.put("foreign/in/a.csv", "1\n")
    reason = account.transform("foreign")["FailureReason"]
    assert "cannot run image 111122223333.dkr.ecr.sa-east-1.amazonaws.com/xgboost:1.7-1" in reason
    assert "'autolote-local-automl'" in reason
    account.close()


def test_a_job_that_is_stopped_stores_nothing_more(account: Account, notes: Path) -> None:
    """Stopping, then Stopped; the request in flight is not waited for, its object has no output,
    and the model server is gone."""
    name = "stopped"
    account.model(name, SLEEP="30", NOTES=str(notes))
    account.put(f"{name}/in/a.csv", "1\n")
    account.start(name)
    wait_for(lambda: notes.exists() and noted(notes), bool)
    began = time.monotonic()
    account.sagemaker.stop_transform_job(TransformJobName=name)
    status = account.sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"]
    assert status in ("Stopping", "Stopped")
    job = account.finish(name)
    assert time.monotonic() - began < 8
    assert job["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in job
    assert account.keys(f"{name}/out") == []
    pid = noted(notes, "environment")[0]["pid"]
    wait_for(lambda: alive(pid), lambda running: not running)
    with pytest.raises(ClientError, match="the transform job is in status Stopped"):
        account.sagemaker.stop_transform_job(TransformJobName=name)
