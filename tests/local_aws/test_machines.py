"""Step Functions: the real definition runs, under the machine's role, on a fast clock."""

import json
import time
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

CALL = {"Type": "Task", "Resource": "${F.Arn}", "End": True}
DONE = {"Type": "Pass", "End": True}
LONG_WAIT = {"Type": "Wait", "Seconds": 100_000, "End": True}


def run(account: AccountProcess, arn: str, given: Any = None, **more: Any) -> dict[str, Any]:
    """Start an execution and wait for its end."""
    client = account.client("stepfunctions")
    started = client.start_execution(
        stateMachineArn=arn, input=json.dumps({} if given is None else given), **more
    )
    return ended(account, started["executionArn"])


def ended(account: AccountProcess, arn: str, *, seconds: float = 15) -> dict[str, Any]:
    client = account.client("stepfunctions")

    def found() -> Any:
        execution = client.describe_execution(executionArn=arn)
        return execution if execution["status"] != "RUNNING" else None

    answer: dict[str, Any] = eventually(found, seconds=seconds)
    return answer


def history(account: AccountProcess, arn: str) -> list[str]:
    client = account.client("stepfunctions")
    return [
        event["type"]
        for page in client.get_paginator("get_execution_history").paginate(
            executionArn=arn, PaginationConfig={"PageSize": 3}
        )
        for event in page["events"]
    ]


def deployed(account: AccountProcess, stack: str, resources: dict[str, Any]) -> str:
    found = account.deploy(stack, resources)
    assert found["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
    return account.physical_ids(stack)["M"]


def test_a_wait_passes_at_the_speed_of_the_account_while_timestamps_stay_real(
    account: AccountProcess, stack: str
) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 300, "Next": "D"}, "D": DONE}
    arn = deployed(account, stack, {"M": machine(states, "W")})
    began = time.time()
    execution = run(account, arn, {"a": 1})
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"a": 1}
    assert time.time() - began < 10
    took = execution["stopDate"] - execution["startDate"]
    assert 0.4 < took.total_seconds() < 10


def test_a_task_calls_its_function_under_the_role_of_the_machine(
    account: AccountProcess, stack: str
) -> None:
    function = python_function("def handler(event, context): return {'got': event}\n")
    arn = deployed(account, stack, {"F": function, "M": machine({"T": CALL}, "T")})
    assert json.loads(run(account, arn, {"x": 2})["output"]) == {"got": {"x": 2}}
    lines = (account.home / "calls.jsonl").read_text().splitlines()
    last = [found for line in lines if (found := json.loads(line))["operation"] == "Invoke"][-1]
    assert last["principal"] == ROLE


def test_a_function_error_is_retried_then_caught_by_its_name(
    account: AccountProcess, stack: str
) -> None:
    code = "class Busy(Exception): pass\ndef handler(event, context): raise Busy('not now')\n"
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 300, "MaxAttempts": 2, "BackoffRate": 1}]
    catch = [{"ErrorEquals": ["Busy"], "ResultPath": "$.error", "Next": "D"}]
    task = {"Type": "Task", "Resource": "${F.Arn}", "Next": "D", "Retry": retry, "Catch": catch}
    resources = {"F": python_function(code), "M": machine({"T": task, "D": DONE}, "T")}
    execution = run(account, deployed(account, stack, resources))
    error = json.loads(execution["output"])["error"]
    assert error["Error"] == "Busy"
    assert json.loads(error["Cause"])["errorMessage"] == "not now"
    assert history(account, execution["executionArn"]).count("LambdaFunctionFailed") == 3


def test_a_function_that_is_not_there_fails_with_lambdas_error_name(
    account: AccountProcess, stack: str
) -> None:
    missing = "arn:aws:lambda:sa-east-1:123456789012:function:missing"
    states = {"T": {"Type": "Task", "Resource": missing, "End": True}}
    execution = run(account, deployed(account, stack, {"M": machine(states, "T")}))
    assert execution["error"] == "Lambda.ResourceNotFoundException"


def test_the_context_object_names_the_execution(account: AccountProcess, stack: str) -> None:
    parameters = {
        "id.$": "$$.Execution.Id",
        "name.$": "$$.Execution.Name",
        "started.$": "$$.Execution.StartTime",
    }
    states = {"P": {"Type": "Pass", "Parameters": parameters, "End": True}}
    execution = run(account, deployed(account, stack, {"M": machine(states, "P")}), name="mine")
    output = json.loads(execution["output"])
    assert output["id"] == execution["executionArn"]
    assert output["name"] == "mine"
    assert output["started"].startswith(f"{execution['startDate']:%Y-}")
    assert output["started"].endswith("Z")


def test_sns_and_sdk_tasks_reach_the_account(account: AccountProcess, stack: str) -> None:
    states = {
        "Say": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "${Topic}", "Message.$": "$"},
            "ResultPath": None,
            "Next": "Look",
        },
        "Look": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine",
            "Parameters": {"StateMachineArn.$": "$$.StateMachine.Id"},
            "End": True,
        },
    }
    subscription = {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "sqs",
            "Endpoint": {"Fn::GetAtt": ["Seen", "Arn"]},
        },
    }
    resources = {
        "Seen": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": subscription,
        "M": machine(states, "Say"),
    }
    execution = run(account, deployed(account, stack, resources), {"hello": "there"})
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["StateMachineArn"] == execution["stateMachineArn"]
    body = json.loads(messages(account, account.physical_ids(stack)["Seen"])[0]["Body"])
    assert json.loads(body["Message"]) == {"hello": "there"}


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


def test_every_change_of_status_is_an_event_on_the_default_bus(
    account: AccountProcess, stack: str
) -> None:
    rule = {
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
    states = {"F": {"Type": "Fail", "Error": "Bad", "Cause": "luck"}}
    resources = {"Seen": {"Type": "AWS::SQS::Queue"}, "M": machine(states, "F"), "R": rule}
    execution = run(account, deployed(account, stack, resources), {"k": 1})
    seen: list[dict[str, Any]] = []

    def both() -> bool:
        url = account.physical_ids(stack)["Seen"]
        seen.extend(json.loads(found["Body"]) for found in messages(account, url))
        return len(seen) == 2

    assert eventually(both)
    by_status = {event["detail"]["status"]: event for event in seen}
    assert set(by_status) == {"RUNNING", "FAILED"}
    detail = by_status["FAILED"]["detail"]
    assert detail["executionArn"] == execution["executionArn"]
    assert (detail["error"], detail["cause"], detail["input"]) == ("Bad", "luck", '{"k": 1}')
    assert by_status["FAILED"]["resources"] == [execution["executionArn"]]


def test_a_definition_that_is_not_legal_fails_the_deployment(
    account: AccountProcess, stack: str
) -> None:
    found = account.deploy(stack, {"M": machine({"X": {"Type": "Nonsense"}}, "X")})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "InvalidDefinition" in account.failures(stack)[0]


def test_an_updated_definition_runs_from_the_next_execution(
    account: AccountProcess, stack: str
) -> None:
    arn = deployed(account, stack, {"M": machine({"D": DONE}, "D")})
    other = {"F": {"Type": "Fail", "Error": "New"}}
    account.deploy(stack, {"M": machine(other, "F")})
    assert account.physical_ids(stack)["M"] == arn
    assert run(account, arn)["error"] == "New"
