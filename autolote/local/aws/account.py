"""Who we are: the one account of this process, and clients of it that act under a role."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.sts.models import sts_backends

from autolote.local.iam.authorizer import Authorizer

_NO_RETRY = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=10,
    read_timeout=960,  # a Lambda function may take 900 seconds
    max_pool_connections=20,
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account this process is.

    `speed` is how many account seconds pass in one real second of waiting (retry delays, Wait
    states, schedules). It never touches a timestamp or a time-out.
    """

    home: Path
    region: str
    account_id: str
    endpoint_url: str
    speed: float
    authorizer: Authorizer
    _clients: dict[tuple[str, str | None], Any] = field(default_factory=dict, repr=False)
    _credentials: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def credentials(self, role_arn: str, session: str = "autolote") -> Mapping[str, str]:
        """Credentials of an STS session of a role, as environment variables.

        One session per role and session name: they do not expire here, and a new one for every
        call would only make the request log harder to read.
        """
        with self._lock:
            key = (role_arn, session)
            if key not in self._credentials:
                account = role_arn.split(":")[4]
                made = sts_backends[account]["aws"].assume_role(
                    self.region, session, role_arn, "", 3600, ""
                )
                self._credentials[key] = {
                    "AWS_ACCESS_KEY_ID": made.access_key_id,
                    "AWS_SECRET_ACCESS_KEY": made.secret_access_key,
                    "AWS_SESSION_TOKEN": made.session_token,
                }
            return self._credentials[key]

    def client(self, service: str, role_arn: str | None = None, session: str = "autolote") -> Any:
        """A boto3 client of this account, under a role's session; without one, under its root."""
        with self._lock:
            key = (service, f"{role_arn}/{session}" if role_arn else None)
            if key not in self._clients:
                held = self.credentials(role_arn, session) if role_arn else {}
                self._clients[key] = boto3.client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=held.get("AWS_ACCESS_KEY_ID", "local"),
                    aws_secret_access_key=held.get("AWS_SECRET_ACCESS_KEY", "local"),
                    aws_session_token=held.get("AWS_SESSION_TOKEN"),
                    config=_NO_RETRY,
                )
            return self._clients[key]


def principal(access_key_id: str, account_id: str) -> str:
    """The role ARN (or root) behind an access key, for the request log."""
    session = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
    return session.role_arn if session else f"arn:aws:iam::{account_id}:root"


def request_id() -> str:
    """A fresh request id in AWS's form."""
    return str(uuid.uuid4())
