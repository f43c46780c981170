import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.local_aws.account_process import REGION, AccountProcess, policy

Clients = Callable[..., Any]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountProcess]:
    """A local account in a process of its own."""
    process = AccountProcess(tmp_path_factory.mktemp("account"))
    process.start()
    process.make_role()
    yield process
    process.end()


@pytest.fixture
def acting(account: AccountProcess) -> Clients:
    """Gives clients of a new role that has these statements, under a session `one`."""

    def clients(*statements: Any, service: str, **more: Any) -> Any:
        iam, name = account.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}}
        role = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"}),
            **more,
        )["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return client_of(account, role, service)

    return clients


def client_of(account: AccountProcess, role: str, service: str) -> Any:
    """A client that acts under a session of a role."""
    told = account.client("sts").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=account.url,
        aws_access_key_id=told["AccessKeyId"],
        aws_secret_access_key=told["SecretAccessKey"],
        aws_session_token=told["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )
