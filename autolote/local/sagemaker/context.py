"""What every operation and every job of the endpoint works with."""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .errors import ValidationError
from .images import Find, model_server, training_program
from .jobs import Jobs
from .permissions import JobRole, Permissions
from .store import Store

# Run times are asked for in account seconds. Below 3 real seconds nothing can be trained.
_LEAST_SECONDS = 3.0
_PROJECT = Path(__file__).resolve().parents[3]
_S3_CONFIG = Config(
    s3={"addressing_style": "path"},
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)
# What a process of ours inherits. Never the AWS_* variables or the AWS files of whoever runs the
# account: a container on AWS has the credentials of its role or none.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The commands behind the stand-ins, and how long a model server may take to be ready.

    `model_server` and `training_program` give the command for a container image; they raise
    JobFailedError for an image that nothing here can run.
    """

    automl_worker: tuple[str, ...] = (sys.executable, "-m", "autolote.local.automl.worker")
    model_server: Callable[[str], tuple[str, ...]] = model_server
    training_program: Callable[[str], tuple[str, ...]] = training_program
    ping_seconds: float = 60.0


def programs(find: Find) -> Programs:
    """The usual ones, with the scoring image's files as `find` tells."""
    return Programs(
        model_server=partial(model_server, find=find),
        training_program=partial(training_program, find=find),
    )


@dataclass(frozen=True, kw_only=True)
class Context:
    """One account in one region, its records and its running jobs.

    `speed` divides the run times that a request allows an AutoML or a training job, and the time
    that a domain and what is in it take to come and go. `client` gives a boto3 client of another
    service of the account, with which SageMaker acts for itself.
    """

    home: Path
    region: str
    account: str
    endpoint_url: str
    speed: float
    permissions: Permissions
    sign_in: Callable[[str, str, Mapping[str, str]], Mapping[str, str]]
    publish: Callable[[Mapping[str, Any]], None]
    client: Callable[[str], Any]
    programs: Programs = field(default_factory=Programs)
    jobs: Jobs = field(default_factory=Jobs)
    sign_ins: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)
    _stores: dict[str, Store] = field(default_factory=dict, repr=False)
    _clients: dict[tuple[str, str | None], Any] = field(default_factory=dict, repr=False)
    _session: boto3.Session = field(default_factory=boto3.Session, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def store(self, kind: str) -> Store:
        """The records of a kind of resource; a kind is named as in its ARN: `transform-job`."""
        with self._lock:
            if kind not in self._stores:
                self._stores[kind] = Store(self.home / "records" / kind)
            return self._stores[kind]

    def work(self, kind: str, name: str) -> Path:
        """The folder a job works in. It outlives the process, and goes when the job has ended."""
        return self.home / "work" / kind / name

    def forget_work(self, kind: str, name: str) -> None:
        """Remove the folder of a job that has ended."""
        shutil.rmtree(self.work(kind, name), ignore_errors=True)

    def logs(self, kind: str, name: str) -> Path:
        """The folder of a job's logs, made if needed. Stands for its CloudWatch log group."""
        folder = self.home / "logs" / kind / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def real_seconds(self, seconds: float) -> float:
        """How long a run time that a request allows is here; enough to train something."""
        return max(seconds / self.speed, _LEAST_SECONDS)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def role_environment(self, role_arn: str, source_arn: str) -> Mapping[str, str]:
        """The role's credentials as environment variables, for a job or model, its `source_arn`;
        ValidationException if SageMaker may not assume the role for it."""
        if role_arn.split(":")[4] != self.account:
            raise ValidationError(
                f"Role {role_arn} is not a role of account {self.account}: a job runs under a "
                "role of its own account. Give the ARN of one."
            )
        try:
            return self.permissions.credentials(role_arn, source_arn)
        except Exception as error:  # the account decides what it raises
            raise ValidationError(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
                f"principal 'sagemaker.amazonaws.com' to assume the role. ({error})"
            ) from error

    def job_role(self, role_arn: str, job_arn: str) -> JobRole:
        """The role of a job, for what it does besides reading and writing S3."""
        return JobRole(self.permissions, role_arn, job_arn)

    def s3(self, role_arn: str, source_arn: str) -> Any:
        """An S3 client that acts as the role, for a job or model."""
        keys = self.role_environment(role_arn, source_arn)
        identity = (keys["AWS_ACCESS_KEY_ID"], keys.get("AWS_SESSION_TOKEN"))
        with self._lock:  # a session makes one client at a time, and takes its time
            if identity not in self._clients:
                self._clients[identity] = self._session.client(
                    "s3",
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                    aws_session_token=keys.get("AWS_SESSION_TOKEN"),
                    config=_S3_CONFIG,
                )
            return self._clients[identity]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process of ours: enough to start Python with this project."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return inherited | {
            "PYTHONPATH": str(_PROJECT),
            "PYTHONUNBUFFERED": "1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
