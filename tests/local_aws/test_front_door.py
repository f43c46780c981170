"""One address for every service, and a log of who called what."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autolote.local.environment import client_environment
from tests.local_aws.account_process import REGION, ROOT, AccountProcess


def last_call(account: AccountProcess, operation: str) -> dict[str, Any]:
    lines = (account.home / "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in lines]
    found: dict[str, Any] = [call for call in calls if call["operation"] == operation][-1]
    return found


def test_the_ready_file_says_where_and_what_the_account_is(account: AccountProcess) -> None:
    told = json.loads((account.home / "endpoint.json").read_text())
    assert told["url"].startswith("http://127.0.0.1:")
    assert account.process is not None
    assert told["pid"] == account.process.pid
    assert (told["region"], told["account"], told["speed"]) == (REGION, "123456789012", 600)


@pytest.mark.parametrize(
    ("service", "operation", "logged"),
    [
        ("s3", "list_buckets", "ListBuckets"),
        ("sqs", "list_queues", "ListQueues"),
        ("iam", "list_roles", "ListRoles"),
        ("lambda", "list_functions", "ListFunctions"),
        ("scheduler", "list_schedules", "ListSchedules"),
        ("stepfunctions", "list_state_machines", "ListStateMachines"),
        ("cloudformation", "list_stacks", "ListStacks"),
        ("sagemaker", "list_transform_jobs", "ListTransformJobs"),
        ("sts", "get_caller_identity", "GetCallerIdentity"),
    ],
)
def test_every_protocol_is_answered_and_logged_by_its_operation(
    account: AccountProcess, service: str, operation: str, logged: str
) -> None:
    getattr(account.client(service), operation)()
    call = last_call(account, logged)
    assert (call["status"], call["error"]) == (200, None)
    assert call["principal"] == "arn:aws:iam::123456789012:root"
    assert call["ms"] > 0


def test_a_refused_call_is_logged_with_its_error_code(account: AccountProcess) -> None:
    with pytest.raises(ClientError):
        account.client("cloudformation").describe_stacks(StackName="missing")
    call = last_call(account, "DescribeStacks")
    assert (call["status"], call["error"]) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("service", "operation"),
    [("cloudtrail", "lookup_events"), ("cloudformation", "list_types")],
)
def test_what_the_account_cannot_do_is_said_as_an_error_of_the_service(
    account: AccountProcess, service: str, operation: str
) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        getattr(account.client(service), operation)()


def test_a_client_with_the_environment_of_the_account_reaches_it(account: AccountProcess) -> None:
    environment = client_environment(url=account.url, region=REGION)
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "123456789012"


@pytest.mark.parametrize(
    ("option", "says"),
    [(["--account", "12"], "give 12 digits"), (["--speed", "0"], "not above 0")],
)
def test_a_wrong_option_is_refused_by_name(tmp_path: Any, option: list[str], says: str) -> None:
    command = [sys.executable, "-m", "autolote.local", "--home", str(tmp_path), *option]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert option[0] in done.stderr
    assert says in done.stderr


def test_the_account_rests_when_nobody_asks(account: AccountProcess) -> None:
    assert account.process is not None
    time.sleep(1)  # what earlier tests left to be written

    def ticks() -> int:
        assert account.process is not None
        fields = Path(f"/proc/{account.process.pid}/stat").read_text("ascii").split()
        return int(fields[13]) + int(fields[14])

    before = ticks()
    time.sleep(1)
    assert (ticks() - before) / os.sysconf("SC_CLK_TCK") < 0.3
