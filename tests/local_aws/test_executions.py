"""Executions: how they are named, stopped, timed out and told of."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import (
    AccountProcess,
    eventually,
    machine,
    messages,
    python_function,
    queue_for,
)
from tests.local_aws.executions import deployed, history, run

CALL = {"Type": "Task", "Resource": "${F.Arn}", "End": True}
DONE = {"Type": "Pass", "End": True}
LONG_WAIT = {"Type": "Wait", "Seconds": 100_000, "End": True}


def test_stopping_ends_at_once_though_a_task_runs_and_keeps_error_and_cause(
    account: AccountProcess, stack: str
) -> None:
    function = python_function(
        "import time\ndef handler(event, context): time.sleep(5)\n", Timeout=20
    )
    arn = deployed(account, stack, {"F": function, "M": machine({"T": CALL}, "T")})
    client = account.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]
    eventually(lambda: "LambdaFunctionStarted" in history(account, execution))
    client.stop_execution(executionArn=execution, error="Enough", cause="tired")
    found = client.describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "tired")
    assert found["stopDate"] >= found["startDate"]
    assert history(account, execution)[-1] == "ExecutionAborted"


def test_the_time_out_of_a_machine_is_real_and_shows_a_stop_date(
    account: AccountProcess, stack: str
) -> None:
    arn = deployed(account, stack, {"M": machine({"W": LONG_WAIT}, "W", TimeoutSeconds=1)})
    execution = run(account, arn)
    assert execution["status"] == "TIMED_OUT"
    assert (execution["stopDate"] - execution["startDate"]).total_seconds() == pytest.approx(1, 0.5)
    assert history(account, execution["executionArn"])[-1] == "ExecutionTimedOut"


def test_the_same_name_and_input_while_open_is_the_same_execution(
    account: AccountProcess, stack: str
) -> None:
    arn = deployed(account, stack, {"M": machine({"W": LONG_WAIT}, "W")})
    client = account.client("stepfunctions")
    given = {"stateMachineArn": arn, "name": "one", "input": '{"a": 1}'}
    first = client.start_execution(**given)
    assert client.start_execution(**given)["executionArn"] == first["executionArn"]
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        client.start_execution(**{**given, "input": '{"a": 2}'})
    client.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        client.start_execution(**given)


def test_an_input_above_262144_bytes_is_refused(account: AccountProcess, stack: str) -> None:
    arn = deployed(account, stack, {"M": machine({"D": DONE}, "D")})
    client = account.client("stepfunctions")
    fits = json.dumps("x" * (262_144 - 2))
    assert client.start_execution(stateMachineArn=arn, input=fits)
    with pytest.raises(ClientError, match="InvalidExecutionInput"):
        client.start_execution(stateMachineArn=arn, input=fits + " ")


RULE = {
    "Type": "AWS::Events::Rule",
    "Properties": {
        "EventPattern": {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [{"Ref": "M"}]},
        },
        "Targets": [{"Id": "q", "Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}],
    },
}
FAIL = {"F": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}}


def told_of(
    account: AccountProcess, stack: str, resources: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """An execution of machine M that has failed, and the events of it by status."""
    resources = {**queue_for("events", "Seen"), "R": RULE, **resources}
    execution = run(account, deployed(account, stack, resources), {"k": 1})
    seen: list[dict[str, Any]] = []

    def both() -> bool:
        url = account.physical_ids(stack)["Seen"]
        seen.extend(json.loads(found["Body"]) for found in messages(account, url))
        return len(seen) == 2

    assert eventually(both)
    return execution, {event["detail"]["status"]: event for event in seen}


def test_every_change_of_status_is_an_event_on_the_default_bus(
    account: AccountProcess, stack: str
) -> None:
    execution, by_status = told_of(account, stack, {"M": machine(FAIL, "F")})
    assert set(by_status) == {"RUNNING", "FAILED"}
    detail = by_status["FAILED"]["detail"]
    assert detail["executionArn"] == execution["executionArn"]
    assert (detail["error"], detail["cause"], detail["input"]) == ("Bad", "luck", '{"k": 1}')
    assert by_status["FAILED"]["resources"] == [execution["executionArn"]]


def test_the_events_of_an_encrypted_machine_tell_no_data(
    account: AccountProcess, stack: str
) -> None:
    """Input, output, error and cause are left out; who may decrypt them asks for the execution."""
    encrypted = machine(FAIL, "F")
    encrypted["Properties"]["EncryptionConfiguration"] = {
        "Type": "CUSTOMER_MANAGED_KMS_KEY",
        "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    owner = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*"}
    policy = {"Version": "2012-10-17", "Statement": [{**owner, "Resource": "*"}]}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    execution, by_status = told_of(account, stack, {"Key": key, "M": encrypted})
    detail = by_status["FAILED"]["detail"]
    assert detail["executionArn"] == execution["executionArn"]
    assert {detail[name] for name in ("input", "output", "error", "cause")} == {None}
    assert detail["inputDetails"] == {"included": False}
    assert execution["input"] == '{"k": 1}'
