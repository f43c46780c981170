"""Step Functions: the real definition runs, under the machine's role, on a fast clock."""

import json
import time

from tests.local_aws.account_process import (
    ROLE,
    AccountProcess,
    machine,
    messages,
    python_function,
    queue_for,
)
from tests.local_aws.executions import deployed, history, run

CALL = {"Type": "Task", "Resource": "${F.Arn}", "End": True}
DONE = {"Type": "Pass", "End": True}


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
        **queue_for("sns", "Seen"),
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": subscription,
        "M": machine(states, "Say"),
    }
    execution = run(account, deployed(account, stack, resources), {"hello": "there"})
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["StateMachineArn"] == execution["stateMachineArn"]
    body = json.loads(messages(account, account.physical_ids(stack)["Seen"])[0]["Body"])
    assert json.loads(body["Message"]) == {"hello": "there"}


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
