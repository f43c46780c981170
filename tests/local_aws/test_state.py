"""The account may be killed at any moment: what was finished is there again, the rest goes on."""

import json
import os
import pickle
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import (
    ROLE,
    AccountProcess,
    eventually,
    machine,
    messages,
    python_function,
)

KEY_POLICY = {"Version": "2012-10-17", "Statement": []}
SCHEDULE = {
    "ScheduleExpression": "cron(0 0 1 1 ? *)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": {"Fn::GetAtt": ["Q", "Arn"]}, "RoleArn": ROLE},
}
SIGNING_KEY = {"KeyPolicy": KEY_POLICY, "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
# Fails until the file is there: the second attempt is made by the account that was started again.
PATIENT = """
import os
def handler(event, context):
    if not os.path.exists(event["after"]):
        raise ValueError("not yet")
    open(event["then"], "w").close()
"""
RESOURCES: dict[str, Any] = {
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
    "Signing": {"Type": "AWS::KMS::Key", "Properties": SIGNING_KEY},
    "B": {"Type": "AWS::S3::Bucket"},
    "Q": {"Type": "AWS::SQS::Queue"},
    "T": {"Type": "AWS::SNS::Topic"},
    "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "bus"}},
    "S": {"Type": "AWS::Scheduler::Schedule", "Properties": SCHEDULE},
    "L": {"Type": "AWS::Logs::LogGroup"},
    "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}},
    "E": {"Type": "AWS::ECR::Repository"},
    "F": python_function(PATIENT),
    "Quick": machine({"D": {"Type": "Pass", "End": True}}, "D"),
    "Slow": machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}}, "W"),
}
BIG, SMALL = os.urandom(100_000), b"small"


def kept(account: AccountProcess) -> None:
    """Wait until the state that is there now has been written."""
    state, since = account.home / "state.pickle", time.time()
    account.client("ssm").put_parameter(Name="k", Type="String", Value="v", Overwrite=True)
    eventually(lambda: state.exists() and state.stat().st_mtime > since)


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """An account that was killed and started again, and what it was before."""

    account: AccountProcess
    ids: dict[str, str]
    finished: str
    running: dict[str, Any]
    after: Path
    then: Path

    def execution(self, arn: str) -> dict[str, Any]:
        client = self.account.client("stepfunctions")
        found: dict[str, Any] = client.describe_execution(executionArn=arn)
        return found


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survivor]:
    account = AccountProcess(tmp_path_factory.mktemp("survivor"), speed=20)
    account.start()
    account.make_role()
    account.deploy("all", RESOURCES)
    assert not account.failures("all")
    ids, s3 = account.physical_ids("all"), account.client("s3")
    s3.put_object(Bucket=ids["B"], Key="big", Body=BIG)
    s3.put_object(Bucket=ids["B"], Key="small", Body=SMALL)
    account.client("sqs").send_message(QueueUrl=ids["Q"], MessageBody="waiting")
    states = account.client("stepfunctions")
    finished = states.start_execution(stateMachineArn=ids["Quick"])["executionArn"]
    after, then = account.home / "after", account.home / "then"
    event = json.dumps({"after": str(after), "then": str(then)})
    account.client("lambda").invoke(FunctionName=ids["F"], InvocationType="Event", Payload=event)
    running = states.start_execution(stateMachineArn=ids["Slow"], name="mine", input="{}")
    eventually(lambda: states.describe_execution(executionArn=finished)["status"] == "SUCCEEDED")
    kept(account)
    account.end(signal.SIGKILL)
    account.start()
    yield Survivor(
        account=account, ids=ids, finished=finished, running=running, after=after, then=then
    )
    account.end()


def test_what_was_deployed_is_there_and_can_be_updated(survivor: Survivor) -> None:
    account = survivor.account
    found = account.physical_ids("all")
    assert found == survivor.ids
    again = account.deploy("all", {**RESOURCES, "Q2": {"Type": "AWS::SQS::Queue"}})
    assert again["StackStatus"] == "UPDATE_COMPLETE", account.failures("all")


def test_objects_and_messages_are_there(survivor: Survivor) -> None:
    s3, bucket = survivor.account.client("s3"), survivor.ids["B"]
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == BIG
    assert s3.get_object(Bucket=bucket, Key="small")["Body"].read() == SMALL
    assert survivor.ids["Q"].startswith(survivor.account.url), "a queue's URL stays what it was"
    assert messages(survivor.account, survivor.ids["Q"])[0]["Body"] == "waiting"


def test_a_finished_execution_keeps_its_history(survivor: Survivor) -> None:
    assert survivor.execution(survivor.finished)["status"] == "SUCCEEDED"
    states = survivor.account.client("stepfunctions")
    found = states.get_execution_history(executionArn=survivor.finished)["events"]
    assert [found[0]["type"], found[-1]["type"]] == ["ExecutionStarted", "ExecutionSucceeded"]


def test_an_asynchronous_event_is_tried_again(survivor: Survivor) -> None:
    survivor.after.touch()
    eventually(survivor.then.exists, seconds=20)


def test_a_running_execution_goes_on_under_its_own_name(survivor: Survivor) -> None:
    arn = survivor.running["executionArn"]
    found = survivor.execution(arn)
    assert found["name"] == "mine"
    assert abs(found["startDate"] - survivor.running["startDate"]).total_seconds() < 0.01
    eventually(lambda: survivor.execution(arn)["status"] == "SUCCEEDED", seconds=20)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[AccountProcess]:
    """An account of the test's own, that it may kill."""
    process = AccountProcess(tmp_path / "home")
    process.start()
    process.make_role()
    yield process
    if process.process is not None and process.process.poll() is None:
        process.end(signal.SIGKILL)


def test_the_state_can_be_read_whenever_the_account_is_killed(mortal: AccountProcess) -> None:
    """In the middle of a stream of changes; what is older than two seconds is there."""
    made: dict[str, float] = {}
    for turn in range(2):
        topics = mortal.client("sns")
        until = time.monotonic() + 2.5 + turn * 0.17
        while (now := time.monotonic()) < until:
            arn = topics.create_topic(Name=f"t{turn}-{len(made)}")["TopicArn"]
            made[arn] = now
        mortal.end(signal.SIGKILL)
        old = {arn for arn, created in made.items() if created < now - 2}
        mortal.start()
        pages = mortal.client("sns").get_paginator("list_topics").paginate()
        found = {one["TopicArn"] for page in pages for one in page["Topics"]}
        assert old <= found <= set(made)
        made = {arn: created for arn, created in made.items() if arn in found}


def hanging(account: AccountProcess) -> int:
    """The process id of a function that is running in the account."""
    code = (
        "import os, time\n"
        "def handler(event, context):\n"
        " open(event['file'], 'w').write(str(os.getpid())); time.sleep(30)\n"
    )
    account.deploy("f", {"F": python_function(code, Timeout=60)})
    file = account.home / "pid"
    account.client("lambda").invoke(
        FunctionName=account.physical_ids("f")["F"],
        InvocationType="Event",
        Payload=json.dumps({"file": str(file)}),
    )
    return int(eventually(lambda: file.exists() and file.read_text()))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_clean_end_keeps_the_last_word_and_leaves_nothing_behind(
    mortal: AccountProcess,
) -> None:
    pid = hanging(mortal)
    mortal.client("sqs").create_queue(QueueName="last")
    assert mortal.end() == 0
    assert not (mortal.home / "endpoint.json").exists()
    eventually(lambda: not _alive(pid))
    mortal.start()
    assert len(mortal.client("sqs").list_queues()["QueueUrls"]) == 1


def test_no_function_outlives_an_account_that_is_killed(mortal: AccountProcess) -> None:
    pid = hanging(mortal)
    mortal.end(signal.SIGKILL)
    eventually(lambda: not _alive(pid))


def test_a_state_of_another_version_is_refused_with_a_way_out(tmp_path: Path) -> None:
    account = AccountProcess(tmp_path / "home")
    account.home.mkdir()
    (account.home / "state.pickle").write_bytes(pickle.dumps({"version": "0"}))
    with pytest.raises(AssertionError, match="ended instead of answering"):
        account.start()
    assert account.process is not None
    assert account.process.wait(timeout=5) == 1
    log = (account.home / "account.log").read_text()
    assert "is of version 0" in log
    assert "move its folder away" in log


def test_what_holds_a_network_still_holds_it(mortal: AccountProcess) -> None:
    """Our rules are in EC2 when the state brings it along."""
    ec2, efs = mortal.client("ec2"), mortal.client("efs")
    block = {"CidrBlock": "10.0.0.0/24"}
    vpc = ec2.create_vpc(**block)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, **block)["Subnet"]["SubnetId"]
    where = {"FileSystemId": efs.create_file_system(CreationToken="home")["FileSystemId"]}
    target = efs.create_mount_target(**where, SubnetId=subnet)
    mortal.end()
    mortal.start()
    ec2, efs = mortal.client("ec2"), mortal.client("efs")
    other = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    eventually(lambda: not efs.describe_mount_targets(**where)["MountTargets"])
    ec2.delete_network_interface(NetworkInterfaceId=other["NetworkInterfaceId"])
    ec2.delete_subnet(SubnetId=subnet)
