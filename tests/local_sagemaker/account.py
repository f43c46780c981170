"""A SageMaker endpoint over real HTTP, with a real S3 beside it, for one test module."""

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from autolote.local.sagemaker import Programs, SageMaker
from autolote.local.sagemaker.images import training_program as real_training_program

REGION = "sa-east-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scoring"
BUCKET = "data-bucket"
HERE = Path(__file__).parent
KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}


def client(service: str, url: str) -> Any:
    """A plain boto3 client; it sends what it is given, so that the server must refuse it."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


class EverythingAllowed:
    """Permissions of an account whose roles may do everything, if there is a role."""

    def credentials(self, role_arn: str, source_arn: str) -> Mapping[str, str]:
        if role_arn.endswith("/nobody"):
            raise LookupError("no such role")
        return KEYS

    def require(self, role_arn: str, source_arn: str, **call: Any) -> None:
        pass

    def lend_key(self, role_arn: str, source_arn: str, *, key: str) -> None:
        pass

    def missing(self, *, subnets: Sequence[str], groups: Sequence[str]) -> Sequence[str]:
        return ()


def sign_in(role: str, source_arn: str, keys: Mapping[str, str]) -> Mapping[str, str]:
    """The same keys for everybody, with what they were asked for."""
    return {
        **KEYS,
        "role": role,
        "for": source_arn,
        **keys,
    }


def model_server(image: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / "model_server.py"), "serve")


def training_program(image: str) -> tuple[str, ...]:
    """The real program for our own images, training_script.py for the image `script`."""
    if image == "script":
        return (sys.executable, str(HERE / "training_script.py"), "train")
    return real_training_program(image)


PROGRAMS = Programs(
    model_server=model_server,
    training_program=training_program,
    automl_worker=(sys.executable, str(HERE / "automl_script.py")),
    ping_seconds=5,
)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: Any) -> None:
        pass


class Account:
    """The service, its clients, and the events that it published."""

    def __init__(
        self, home: Path, s3_url: str, *, programs: Programs = PROGRAMS, speed: float = 60
    ) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.home = home
        self.s3 = client("s3", s3_url)
        self._s3_url = s3_url
        self.service = SageMaker(
            home=home,
            region=REGION,
            account=ACCOUNT,
            endpoint_url=s3_url,
            speed=speed,
            permissions=EverythingAllowed(),
            sign_in=sign_in,
            publish=self.events.append,
            client=self.client,
            programs=programs,
        )
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            "127.0.0.1", 0, self.service.application, threaded=True, request_handler=_Quiet
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.sagemaker = client("sagemaker", self.url)

    def client(self, service: str) -> Any:
        """A client of another service of the account."""
        return client(service, self._s3_url)

    def close(self) -> None:
        self.service.close()
        self._server.shutdown()
        self._server.server_close()

    def put(self, key: str, body: bytes | str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def text(self, key: str) -> str:
        return str(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())

    def keys(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def model(self, name: str, **environment: str) -> None:
        """A model served by model_server.py, told by its environment how to behave."""
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer={"Image": "registry/team-scoring:1", "Environment": environment},
            ExecutionRoleArn=ROLE,
        )

    def start(self, name: str, **changes: Any) -> None:
        self.sagemaker.create_transform_job(**transform_request(name, **changes))

    def transform(self, name: str, **changes: Any) -> Any:
        """Run a transform job to its end; DescribeTransformJob's answer."""
        self.start(name, **changes)
        return self.finish(name)

    def finish(self, name: str, *, seconds: float = 20) -> Any:
        return wait_for(
            lambda: self.sagemaker.describe_transform_job(TransformJobName=name),
            lambda job: job["TransformJobStatus"] in ("Completed", "Failed", "Stopped"),
            seconds=seconds,
        )

    def finish_automl(self, name: str, *, seconds: float = 20) -> Any:
        return wait_for(
            lambda: self.sagemaker.describe_auto_ml_job_v2(AutoMLJobName=name),
            lambda job: job["AutoMLJobStatus"] in ("Completed", "Failed", "Stopped"),
            seconds=seconds,
        )

    def train(self, name: str, **changes: Any) -> Any:
        """Run a training job to its end; DescribeTrainingJob's answer."""
        self.sagemaker.create_training_job(**training_request(name, **changes))
        return self.finish_training(name)

    def finish_training(self, name: str, *, seconds: float = 30) -> Any:
        return wait_for(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=name),
            lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
            seconds=seconds,
        )


def wait_for(read: Any, done: Any, *, seconds: float = 20) -> Any:
    """Poll until `done` of what was read; the last value fails the test if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = read()
        if done(value):
            return value
        time.sleep(0.03)
    raise AssertionError(f"still {value!r} after {seconds} s")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody waited for counts as running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def transform_request(name: str, **changes: Any) -> dict[str, Any]:
    """A legal CreateTransformJob of model `name` over `name/in/`; CSV by lines."""
    request: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": name,
        "TransformInput": source(f"{name}/in/"),
        "TransformOutput": {
            "S3OutputPath": f"s3://{BUCKET}/{name}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    }
    return request | changes


def source(key: str, **changes: Any) -> dict[str, Any]:
    s3 = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{key}"}
    return {
        "DataSource": {"S3DataSource": s3},
        "ContentType": "text/csv",
        "SplitType": "Line",
    } | changes


def automl_request(name: str, **changes: Any) -> dict[str, Any]:
    """A legal CreateAutoMLJobV2 over `name/train.csv`, target y."""
    s3 = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{name}/train.csv"}
    request: dict[str, Any] = {
        "AutoMLJobName": name,
        "AutoMLJobInputDataConfig": [{"DataSource": {"S3DataSource": s3}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{name}/automl/"},
        "AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "y"}},
        "RoleArn": ROLE,
    }
    return request | changes


def channel(name: str, key: str, **changes: Any) -> dict[str, Any]:
    s3 = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{key}"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": s3}, **changes}


def training_request(name: str, **changes: Any) -> dict[str, Any]:
    """A legal CreateTrainingJob over `training/`, done by training_script.py."""
    request: dict[str, Any] = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "script", "TrainingInputMode": "File"},
        "InputDataConfig": [channel("train", "training/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    return request | changes


def spot(name: str, **changes: Any) -> dict[str, Any]:
    """What makes a training_request one of managed spot training with checkpoints."""
    return {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints/{name}"},
    } | changes
