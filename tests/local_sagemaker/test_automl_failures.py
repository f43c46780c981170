"""AutoML jobs that cannot be done: Failed, with a reason."""

import json
from typing import Any

import pytest

from .account import BUCKET, Account, automl_request
from .test_automl import channel, table, tabular, train


@pytest.mark.parametrize(
    ("name", "content", "changes", "words"),
    [
        ("few-rows", table(count=499), {}, "499 rows; at least 500 are needed"),
        ("no-target", table("z"), {}, "Target attribute name y does not exist in header"),
        (
            "not-gzip",
            table(),
            {
                "AutoMLJobInputDataConfig": [
                    channel("S3Prefix", "not-gzip/train.csv", CompressionType="Gzip")
                ]
            },
            f"s3://{BUCKET}/not-gzip/train.csv is not gzip, or broken",
        ),
        (
            "worker-crash",
            table("crash"),
            tabular(TargetAttributeName="crash"),
            "AlgorithmError: the AutoML worker ended with exit code 1. Last log lines: the worker "
            "lost its way",
        ),
        (
            "no-features",
            table(),
            tabular(FeatureSpecificationS3Uri=f"s3://{BUCKET}/no-features/none.json"),
            "ClientError: An error occurred (NoSuchKey)",
        ),
        (
            "feature-types",
            table(),
            tabular(FeatureSpecificationS3Uri=f"s3://{BUCKET}/feature-types/train.csv"),
            "train.csv is not JSON",
        ),
        (
            "no-bucket",
            table(),
            {"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket/x"}},
            "NoSuchBucket",
        ),
    ],
)
def test_a_job_that_cannot_be_done_fails_with_its_reason(
    account: Account, name: str, content: str, changes: dict[str, Any], words: str
) -> None:
    account.put(f"{name}/train.csv", content)
    account.sagemaker.create_auto_ml_job_v2(**automl_request(name, **changes))
    job = account.finish_automl(name)
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Failed", "Failed")
    assert words in job["FailureReason"]
    assert "EndTime" in job


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"FeatureDataTypes": {"x": "numeric"}}, "the local account supports"),
        ({"FeatureAttributeNames": ["x", "x"]}, "must be unique"),
        ({"FeatureAttributeNames": ["y"]}, "must not include the target column y"),
    ],
)
def test_a_feature_specification_that_cannot_be_used_fails_the_job(
    account: Account, names: dict[str, Any], words: str
) -> None:
    name = f"features-{len(words)}"
    account.put(f"{name}/features.json", json.dumps(names))
    uri = f"s3://{BUCKET}/{name}/features.json"
    job = train(account, name, **tabular(FeatureSpecificationS3Uri=uri))
    assert words in job["FailureReason"]
