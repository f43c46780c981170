"""What goes wrong in a transform job, and what is left of it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from .account import BUCKET, Account, source
from .test_transform import noted

IMPATIENT = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}


def test_an_unavailable_server_is_asked_again(account: Account, notes: Path) -> None:
    """503 twice and then an answer: Completed, after two retries."""
    name = "retried"
    account.model(name, FAIL_FIRST="503x2", NOTES=str(notes))
    account.put(f"{name}/in/a.csv", "1\n")
    assert account.transform(name)["TransformJobStatus"] == "Completed"
    assert [call["invocation"] for call in noted(notes)] == [1, 2, 3]


def test_retries_end(account: Account, notes: Path) -> None:
    """InvocationsMaxRetries retries, then the object has failed."""
    name = "exhausted"
    account.model(name, FAIL_FIRST="503x9", NOTES=str(notes))
    account.put(f"{name}/in/a.csv", "1\n")
    job = account.transform(name, ModelClientConfig={"InvocationsMaxRetries": 1})
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        f"AlgorithmError: See job logs for more information. {BUCKET}/{name}/in/a.csv: Bad HTTP "
        "status received from algorithm: 503: fault to order"
    )
    assert len(noted(notes)) == 2


def test_a_bad_record_costs_its_object_only(account: Account, notes: Path) -> None:
    """A 4xx answer is not asked again; that object has no output, the others have theirs, and the
    job is Failed to prompt investigation."""
    name = "bad-record"
    account.model(name, MODE="refuse-bad", NOTES=str(notes))
    for key, content in {"a": "1\n", "b": "2\nbad\n", "c": "3\n"}.items():
        account.put(f"{name}/in/{key}.csv", content)
    job = account.transform(name, BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == (
        "ClientError: See job logs for more information. "
        f"{BUCKET}/{name}/in/b.csv: 400: a bad record"
    )
    assert account.keys(f"{name}/out") == [f"{name}/out/a.csv.out", f"{name}/out/c.csv.out"]
    assert len(noted(notes)) == 4
    log = (account.home / "logs/transform-job" / name / "data-log").read_text()
    assert f"[sagemaker logs]: {BUCKET}/{name}/in/b.csv: ClientError: 400: a bad record" in log


@pytest.mark.parametrize(
    ("name", "environment", "changes", "words"),
    [
        (
            "slow",
            {"SLEEP": "5"},
            {"ModelClientConfig": IMPATIENT},
            "AlgorithmError: See job logs for more information. data-bucket/slow/in/a.csv: Unable "
            "to get response from algorithm (TimeoutError('timed out'))",
        ),
        (
            "truncated",
            {"MODE": "truncate"},
            {"ModelClientConfig": IMPATIENT},
            "Unable to get response from algorithm (IncompleteRead(9 bytes read, 991 more",
        ),
        (
            "row-dropped",
            {"MODE": "drop-a-row"},
            {"DataProcessing": {"JoinSource": "Input"}},
            "ClientError: See job logs for more information. data-bucket/row-dropped/in/a.csv: the "
            "model answered 1 records to 2: they cannot be joined",
        ),
        (
            "out-of-range",
            {},
            {"DataProcessing": {"OutputFilter": "$[7]"}},
            "a.csv: $[7] does not fit the record: list index out of range",
        ),
        (
            "crashed",
            {"MODE": "crash"},
            {},
            "AlgorithmError: The model server ended with exit code 3",
        ),
        (
            "not-started",
            {"MODE": "no-start"},
            {},
            "AlgorithmError: Model container failed to respond to ping. Please ensure /ping "
            "endpoint is implemented and responds with an HTTP 200 status code. The model server "
            "ended with exit code 1: the model cannot be loaded",
        ),
    ],
)
def test_a_model_that_does_not_answer_as_it_should_fails_the_job(
    account: Account, name: str, environment: dict[str, str], changes: dict[str, Any], words: str
) -> None:
    """Failed, with AWS's sentence and what happened; nothing is stored."""
    account.model(name, **environment)
    account.put(f"{name}/in/a.csv", "1\n2\n")
    job = account.transform(name, **changes)
    assert job["TransformJobStatus"] == "Failed"
    assert words in job["FailureReason"]
    assert account.keys(f"{name}/out") == []


def test_a_row_that_the_model_drops_is_not_noticed_without_a_join(account: Account) -> None:
    """SageMaker does not count rows then: whoever needs the rows must."""
    name = "drop-unnoticed"
    account.model(name, MODE="drop-a-row")
    account.put(f"{name}/in/a.csv", "1\n2\n")
    assert account.transform(name)["TransformJobStatus"] == "Completed"
    assert account.text(f"{name}/out/a.csv.out") == "1,p\n"


@pytest.mark.parametrize(
    ("name", "content", "changes", "words"),
    [
        (
            "too-large",
            b"x" * 1024 * 1024 + b"\n",
            {"MaxPayloadInMB": 1},
            "Too much data for max payload size: a record is larger than 1048576 bytes",
        ),
        (
            "not-gzip",
            b"1\n",
            {"TransformInput": source("not-gzip/in/", CompressionType="Gzip")},
            "not gzip, or broken",
        ),
        (
            "cut-gzip",
            gzip.compress(b"1\n" * 1000, mtime=0)[:-4],
            {"TransformInput": source("cut-gzip/in/", CompressionType="Gzip")},
            "not gzip, or broken",
        ),
        (
            "newline-in-field",
            b'1,"a\nb"\n',
            {"DataProcessing": {"JoinSource": "Input"}},
            "ClientError: See job logs for more information",
        ),
    ],
)
def test_an_object_that_cannot_be_split_fails(
    account: Account, name: str, content: bytes, changes: dict[str, Any], words: str
) -> None:
    account.model(name)
    account.put(f"{name}/in/a.csv", content)
    job = account.transform(name, **changes)
    assert job["TransformJobStatus"] == "Failed"
    assert words in job["FailureReason"]
    assert account.keys(f"{name}/out") == []


def test_an_object_that_is_gone_fails_and_the_others_do_not(account: Account) -> None:
    """A manifest may name what is not there."""
    name = "gone"
    account.model(name)
    account.put(f"{name}/here.csv", "1\n")
    listed = [{"prefix": f"s3://{BUCKET}/{name}/"}, "nowhere.csv", "here.csv"]
    account.put(f"{name}/the.manifest", json.dumps(listed))
    s3 = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/{name}/the.manifest"}
    job = account.transform(name, TransformInput=source("", DataSource={"S3DataSource": s3}))
    assert f"{BUCKET}/{name}/nowhere.csv: An error occurred (NoSuchKey)" in job["FailureReason"]
    assert account.keys(f"{name}/out") == [f"{name}/out/here.csv.out"]


def test_a_job_goes_on_when_its_model_is_deleted(account: Account) -> None:
    name = "model-deleted"
    account.model(name, SLEEP="0.3")
    account.put(f"{name}/in/a.csv", "1\n")
    account.start(name)
    account.sagemaker.delete_model(ModelName=name)
    assert account.finish(name)["TransformJobStatus"] == "Completed"
