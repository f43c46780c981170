"""A state machine logs, and does its tasks, under its role."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess, eventually
from tests.local_services.parts import (
    allow,
    arn,
    decisions,
    function,
    key,
    let_in,
    permit,
    role,
    trust,
    trusting,
)

# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
NO_LOG = "The state machine IAM Role is not authorized to access the Log Destination"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def create(
    account: AccountProcess, name: str, role_arn: str, definition: Any = PASS, **more: Any
) -> str:
    made = account.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role_arn, **more
    )
    return str(made["stateMachineArn"])


def logged(account: AccountProcess, name: str) -> dict[str, Any]:
    group = f"/aws/vendedlogs/states/{name}"
    account.client("logs").create_log_group(logGroupName=group)
    where = {"cloudWatchLogsLogGroup": {"logGroupArn": arn("logs", f"log-group:{group}:*")}}
    return {"loggingConfiguration": {"level": "ALL", "destinations": [where]}}


def run(account: AccountProcess, machine: str) -> Any:
    client = account.client("stepfunctions")
    started = client.start_execution(stateMachineArn=machine)["executionArn"]

    def ended() -> Any:
        found = client.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    return eventually(ended)


@pytest.mark.parametrize("missing", DELIVERY)
def test_a_log_needs_every_permission_that_aws_lists(
    account: AccountProcess, name: str, missing: str
) -> None:
    role_arn = role(account, name, "states", allow([one for one in DELIVERY if one != missing]))
    with pytest.raises(ClientError) as refused:
        create(account, name, role_arn, **logged(account, name))
    assert refused.value.response["Error"] == {"Code": "AccessDeniedException", "Message": NO_LOG}


def test_a_log_is_set_up_with_just_these(account: AccountProcess, name: str) -> None:
    role_arn = role(account, name, "states", allow(DELIVERY))
    assert create(account, name, role_arn, **logged(account, name))
    assert {(action, True) for action in DELIVERY} <= decisions(account, role_arn)


def test_an_encrypted_machine_logs_if_the_delivery_may_open_what_the_role_locks(
    account: AccountProcess, name: str
) -> None:
    source = {"StringEquals": {"kms:EncryptionContext:SourceArn": arn("logs", "*")}}
    locked, open_to_logs = key(account), key(account, let_in("delivery.logs", "kms:Decrypt*"))
    lock = allow("kms:GenerateDataKey", "*", Condition=source)
    role_arn = role(account, name, "states", allow(DELIVERY), lock)
    log = logged(account, name)

    def under(held: str) -> dict[str, Any]:
        return {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": held}}

    with pytest.raises(ClientError, match=NO_LOG):
        create(account, name, role_arn, **log, **under(locked))
    assert create(account, name, role_arn, **log, **under(open_to_logs))


def test_a_task_calls_its_function_as_the_machine(account: AccountProcess, name: str) -> None:
    function_arn = function(account, name, role(account, f"{name}-f", "lambda"))
    task = {"Type": "Task", "Resource": function_arn, "End": True}
    role_arn = role(account, name, "states")
    machine = create(account, name, role_arn, {"StartAt": "T", "States": {"T": task}})
    failed = run(account, machine)
    assert failed["error"] == "Lambda.AWSLambdaException"
    assert f"assumed-role/{name}/" in failed["cause"]
    assert "lambda:InvokeFunction" in failed["cause"]
    permit(account, name, allow("lambda:InvokeFunction", function_arn))
    assert run(account, machine)["status"] == "SUCCEEDED"


def test_a_role_that_trusts_the_machine_no_longer_does_no_task(
    account: AccountProcess, name: str
) -> None:
    function_arn = function(account, name, role(account, f"{name}-f", "lambda"))
    task = {"Type": "Task", "Resource": function_arn, "End": True}
    role_arn = role(account, name, "states", allow("lambda:InvokeFunction", function_arn))
    machine = create(account, name, role_arn, {"StartAt": "T", "States": {"T": task}})
    other = {"ArnEquals": {"aws:SourceArn": arn("states", "stateMachine:other")}}
    trust(account, name, trusting("states", **other))
    failed = run(account, machine)
    assert failed["status"] == "FAILED"
    assert "sts:AssumeRole" in failed["cause"]
