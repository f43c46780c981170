"""An environment as the pipeline stack gives it to the functions, and a bucket as it makes it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.s3.models import s3_backends
from moto.stepfunctions.models import stepfunctions_backends
from steps import aws, environment

REGION = "sa-east-1"
BUCKET = "data-bucket"
KEY_ARN = f"arn:aws:kms:{REGION}:123456789012:key/11111111-2222-3333-4444-555555555555"
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:autolote-test"

SETTINGS = {
    "projects": [],
    "instances": {
        "transform_default": "ml.m5.xlarge",
        "transform_allowed": ["ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge"],
        "training_default": "ml.m5.2xlarge",
        "training_allowed": ["ml.m5.xlarge", "ml.m5.2xlarge"],
        "automl_assumed": "ml.m5.12xlarge",
    },
    "limits": {
        "max_automl_runtime_seconds": 14400,
        "max_candidates": 50,
        "max_training_runtime_seconds": 7200,
        "max_training_wait_seconds": 10800,
        "max_transform_runtime_seconds": 7200,
        "max_instance_count": 4,
        "max_run_cost_usd": 100.0,
        "max_score_gb": 1.0,
    },
    "tags": {"owner": "data-platform", "cost_center": "ml"},
    "network": None,
}
VARIABLES = {
    "ENVIRONMENT": "test",
    "PREFIX": "autolote-test",
    "DATA_BUCKET": BUCKET,
    "KEY_ARN": KEY_ARN,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AUTOML_ROLE_ARN": "arn:aws:iam::123456789012:role/automl",
    "TRAINING_ROLE_ARN": "arn:aws:iam::123456789012:role/training",
    "SCORING_ROLE_ARN": "arn:aws:iam::123456789012:role/scoring",
    "SCORING_IMAGE": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/autolote-test-scoring:1",
    "STATE_MACHINE_ARN": MACHINE,
}


@pytest.fixture
def settings() -> dict[str, Any]:
    """The settings of the environment; a test may change its copy before it asks for `env`."""
    copy: dict[str, Any] = json.loads(json.dumps(SETTINGS))
    return copy


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> Iterator[None]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SETTINGS", json.dumps(settings))
    environment.current.cache_clear()
    yield
    environment.current.cache_clear()


@pytest.fixture(scope="package", autouse=True)
def account() -> Iterator[None]:
    """One moto account for all tests here, so that clients, which are slow to make, can stay."""
    with mock_aws():
        yield
    aws.client.cache_clear()


@pytest.fixture
def env(variables: None) -> environment.Environment:
    return environment.current()


class Bucket:
    """The data bucket, in moto's S3."""

    def __init__(self) -> None:
        self.client = aws.client("s3")
        self.client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.client.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )

    def put(self, key: str, body: bytes | str) -> str:
        """Write an object; returns its version id."""
        body = body.encode() if isinstance(body, str) else body
        version: str = self.client.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        return version

    def get(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def json(self, key: str) -> Any:
        return json.loads(self.get(key))

    def keys(self, prefix: str = "") -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]


@pytest.fixture
def bucket(variables: None) -> Iterator[Bucket]:
    """An empty versioned bucket; the S3 calls of the handlers go to it."""
    yield Bucket()
    for backends in (s3_backends, stepfunctions_backends):
        for in_account in backends.values():
            in_account.reset()


@pytest.fixture
def trained(bucket: Bucket) -> Bucket:
    """The bucket with training data, and nothing to score yet."""
    rows = "".join(f"{i},x{i},{i % 3}\n" for i in range(600))
    bucket.put("digits/first/data/train.csv", f"a,b,y\n{rows}")
    return bucket


@pytest.fixture
def data(trained: Bucket) -> Bucket:
    """The bucket with training data and three objects to score."""
    for part in range(3):
        rows = "".join(f"r{part}-{i},{i},x\n" for i in range(5))
        trained.put(f"digits/first/data/score/part-{part}.csv", f"id,a,b\n{rows}")
    return trained


Stub = Callable[[str], Stubber]


@pytest.fixture
def stub(variables: None) -> Iterator[Stub]:
    """Answers of one service, in order; every call is checked against the service model."""
    stubbers: dict[str, Stubber] = {}

    def stubbed(service: str) -> Stubber:
        if service not in stubbers:
            stubbers[service] = Stubber(aws.client(service))
            stubbers[service].activate()
        return stubbers[service]

    yield stubbed
    for stubber in stubbers.values():
        stubber.deactivate()
        stubber.assert_no_pending_responses()
