"""What is kept under a key needs the key to let the service, or the role, in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess, eventually, messages
from tests.local_services.parts import (
    allow,
    arn,
    attributes,
    document,
    is_empty,
    key,
    let_in,
    permit,
    queue,
    role,
    tell,
)

LOGS = "logs.sa-east-1"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
LOG_USES = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*")
DATA_KEYS = ("kms:GenerateDataKey", "kms:Decrypt")
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


def for_group(group: str) -> dict[str, Any]:
    return {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn("logs", f"log-group:{group}")}}


def test_a_log_group_is_encrypted_if_its_key_lets_it_be(account: AccountProcess, name: str) -> None:
    """The key's policy names the group in the encryption context."""
    logs = account.client("logs")
    locked = key(account, let_in(LOGS, LOG_USES, **for_group(name)))
    with pytest.raises(ClientError) as refused:
        logs.create_log_group(logGroupName=f"{name}-other", kmsKeyId=locked)
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": "The specified KMS key does not exist or is not allowed to be used with Arn "
        f"'{arn('logs', f'log-group:{name}-other')}'",
    }
    logs.create_log_group(logGroupName=name, kmsKeyId=locked)
    logs.create_log_group(logGroupName=f"{name}-other")
    with pytest.raises(ClientError, match="is not allowed to be used with Arn"):
        logs.associate_kms_key(logGroupName=f"{name}-other", kmsKeyId=locked)
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"{name}-other")["logGroups"]
    assert "kmsKeyId" not in group


def test_the_key_of_a_log_group_is_changed_in_place(account: AccountProcess, name: str) -> None:
    """CloudFormation replaces no log group for another key: the log would be gone."""
    keys = [key(account, let_in(LOGS, LOG_USES, **for_group(name))) for _ in range(2)]
    logs = account.client("logs")
    for held in (*keys, None):
        properties = {"LogGroupName": name, **({"KmsKeyId": held} if held else {})}
        group = {"Type": "AWS::Logs::LogGroup", "Properties": properties}
        stack = account.deploy(name, {"L": group})
        assert stack["StackStatus"].endswith("COMPLETE"), account.failures(name)
        assert "ROLLBACK" not in stack["StackStatus"], account.failures(name)
        (shown,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        assert shown.get("kmsKeyId") == held
        logs.create_log_stream(
            logGroupName=name, logStreamName=str(keys.index(held) if held else 2)
        )
    assert len(logs.describe_log_streams(logGroupName=name)["logStreams"]) == 3


def test_a_bus_under_a_key_passes_no_event_that_eventbridge_may_not_encrypt(
    account: AccountProcess, name: str
) -> None:
    """PutEvents succeeds all the same; the event is in the dead letters of the bus."""
    bus = arn("events", f"event-bus/{name}")
    only = {"StringEquals": {"aws:SourceArn": bus}}
    describe = let_in("events", "kms:DescribeKey", **only)
    locked = key(account, describe)
    dead = queue(account, f"{name}-dead", let_in("events", "sqs:SendMessage"))
    seen = queue(account, name, let_in("events", "sqs:SendMessage"))
    events = account.client("events")
    events.create_event_bus(
        Name=name, KmsKeyIdentifier=locked, DeadLetterConfig={"Arn": arn("sqs", f"{name}-dead")}
    )
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "q", "Arn": arn("sqs", name)}
    events.put_targets(Rule=name, EventBusName=name, Targets=[target])
    tell(account, name, EventBusName=name)
    (letter,) = messages(account, dead)
    assert attributes(letter)["ERROR_CODE"] == "NO_PERMISSIONS"
    assert is_empty(account, seen)
    context = {"StringEquals": {"kms:EncryptionContext:aws:events:event-bus:arn": bus}}
    own = allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    account.client("kms").put_key_policy(
        KeyId=locked,
        PolicyName="default",
        Policy=document(own, describe, let_in("events", DATA_KEYS, **context)),
    )
    tell(account, name, EventBusName=name)
    assert messages(account, seen)


def test_a_bus_is_not_made_under_a_key_that_keeps_eventbridge_out(
    account: AccountProcess, name: str
) -> None:
    events = account.client("events")
    with pytest.raises(ClientError, match="kms:DescribeKey"):
        events.create_event_bus(Name=name, KmsKeyIdentifier=key(account))
    assert name not in {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}


def test_an_execution_of_an_encrypted_machine_needs_its_role_to_use_the_key(
    account: AccountProcess, name: str
) -> None:
    machine = arn("states", f"stateMachine:{name}")
    locked = key(account)
    role_arn = role(account, name, "states")
    client = account.client("stepfunctions")
    client.create_state_machine(
        name=name,
        definition=PASS,
        roleArn=role_arn,
        encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": locked},
    )
    with pytest.raises(ClientError) as refused:
        client.start_execution(stateMachineArn=machine)
    assert refused.value.response["Error"]["Code"] == "KmsAccessDeniedException"
    context = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": machine}}
    permit(account, name, allow(DATA_KEYS, locked, Condition=context))
    started = client.start_execution(stateMachineArn=machine)["executionArn"]

    def succeeded() -> bool:
        found = client.describe_execution(executionArn=started)["status"]
        return bool(found == "SUCCEEDED")

    eventually(succeeded)


def test_a_schedule_under_a_key_fires_if_its_role_can_read_it(
    account: AccountProcess, name: str
) -> None:
    send = allow("sqs:SendMessage", arn("sqs", name))
    locked = key(account)
    role_arn = role(account, name, "scheduler", send)
    seen = queue(account, name)
    target = {"Arn": arn("sqs", name), "RoleArn": role_arn, "Input": "hello"}
    schedule = {
        "ScheduleExpression": "rate(365 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "KmsKeyArn": locked,
        "Target": target,
    }
    scheduler = account.client("scheduler")
    scheduler.create_schedule(Name=name, **schedule)
    silent = f"schedule/default/{name} does not fire"
    eventually(lambda: silent in (account.home / "account.log").read_text("utf-8"))
    assert is_empty(account, seen)
    context = {"kms:EncryptionContext:aws:scheduler:schedule:arn": arn("scheduler", "schedule/*")}
    permit(account, name, send, allow("kms:Decrypt", locked, Condition={"StringLike": context}))
    scheduler.create_schedule(Name=f"{name}-2", **schedule)
    assert messages(account, seen)[0]["Body"] == "hello"
