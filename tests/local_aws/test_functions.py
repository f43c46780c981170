"""Lambda: the deployed code runs as AWS's Python runtime runs it."""

import json
import os
from typing import Any

import pytest

from tests.local_aws.account_process import (
    ROLE,
    AccountProcess,
    eventually,
    messages,
    python_function,
)

SHOW_ENVIRONMENT = "import os\ndef handler(event, context): return dict(os.environ)\n"
COUNT = (
    "import os\nn = 0\ndef handler(event, context):\n global n; n += 1\n return [n, os.getpid()]\n"
)


def call(account: AccountProcess, name: str, event: Any = None) -> tuple[Any, dict[str, Any]]:
    payload = json.dumps(event or {})
    answer = account.client("lambda").invoke(FunctionName=name, Payload=payload, LogType="Tail")
    return json.loads(answer["Payload"].read()), answer


@pytest.fixture
def function(account: AccountProcess, stack: str) -> Any:
    """Deploys code and returns the name of its function."""

    def deploy(code: str, **properties: Any) -> str:
        found = account.deploy(stack, {"F": python_function(code, **properties)})
        assert found["StackStatus"] == "CREATE_COMPLETE", account.failures(stack)
        return account.physical_ids(stack)["F"]

    return deploy


def test_the_handler_sees_the_environment_of_aws_and_nothing_of_this_machine(
    account: AccountProcess, function: Any
) -> None:
    name = function(SHOW_ENVIRONMENT, Environment={"Variables": {"OWN": "x"}}, MemorySize=256)
    seen, _ = call(account, name)
    assert seen["OWN"] == "x"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["_HANDLER"] == "index.handler"
    assert seen["AWS_ENDPOINT_URL"] == account.url
    assert seen["AWS_REGION"] == "sa-east-1"
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not {"HOME", "USER", "VIRTUAL_ENV", "PWD", "PYTHONPATH"} & set(seen)


def test_the_handler_acts_under_the_functions_role(account: AccountProcess, function: Any) -> None:
    name = function(
        "import boto3\n"
        "def handler(event, context): return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    who, _ = call(account, name)
    assert who == f"arn:aws:sts::123456789012:assumed-role/anything/{name}"
    lines = (account.home / "calls.jsonl").read_text().splitlines()
    logged = [found for line in lines if (found := json.loads(line))["principal"] == ROLE]
    assert ("sts", "GetCallerIdentity") in [(one["service"], one["operation"]) for one in logged]


def test_an_idle_execution_environment_gets_the_next_event(
    account: AccountProcess, function: Any
) -> None:
    name = function(COUNT)
    first, second = call(account, name)[0], call(account, name)[0]
    assert (first[0], second[0]) == (1, 2)
    assert first[1] == second[1]


def test_changed_code_starts_in_a_new_environment(
    account: AccountProcess, function: Any, stack: str
) -> None:
    name = function(COUNT)
    call(account, name)
    account.deploy(stack, {"F": python_function(COUNT + "# changed\n")})
    assert call(account, name)[0][0] == 1


def test_a_failing_handler_answers_type_message_and_stack(
    account: AccountProcess, function: Any
) -> None:
    name = function(
        "class GateNotMet(Exception): pass\n"
        "def handler(event, context): raise GateNotMet('0.8 is below 0.9')\n"
    )
    failure, answer = call(account, name)
    assert answer["FunctionError"] == "Unhandled"
    assert failure["errorType"] == "GateNotMet"
    assert failure["errorMessage"] == "0.8 is below 0.9"
    assert any("raise GateNotMet" in line for line in failure["stackTrace"])


def test_a_late_handler_is_killed_with_lambdas_wording(
    account: AccountProcess, function: Any
) -> None:
    name = function(
        "import os, time\nprint('pid', os.getpid(), flush=True)\n"
        "def handler(event, context): time.sleep(60)\n",
        Timeout=1,
    )
    failure, _ = call(account, name)
    assert failure["errorType"] == "Sandbox.Timedout"
    assert failure["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    group = account.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")
    pid = next(int(e["message"][4:]) for e in group["events"] if e["message"].startswith("pid"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_handler_that_ends_the_process_is_a_runtime_exit(
    account: AccountProcess, function: Any
) -> None:
    name = function("import os\ndef handler(event, context): os._exit(3)\n")
    failure, _ = call(account, name)
    assert failure["errorType"] == "Runtime.ExitError"
    assert failure["errorMessage"].endswith("Runtime exited with error: exit status 3")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import pandas\n", "Runtime.ImportModuleError"),
        ("def other(event, context): pass\n", "Runtime.HandlerNotFound"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError"),
        ("def handler(event, context): return object()\n", "Runtime.MarshalError"),
    ],
)
def test_what_awss_runtime_cannot_run_is_refused_in_its_words(
    account: AccountProcess, function: Any, code: str, kind: str
) -> None:
    failure, _ = call(account, function(code))
    assert failure["errorType"] == kind


def test_what_is_printed_goes_to_the_log_group_of_the_template(
    account: AccountProcess, function: Any
) -> None:
    name = function(
        "import logging\n"
        "def handler(event, context):\n print('hello'); logging.getLogger().warning('careful')\n",
        LoggingConfig={"LogGroup": "/own/group"},
    )
    call(account, name)
    events = account.client("logs").filter_log_events(logGroupName="/own/group")["events"]
    said = [event["message"] for event in events]
    assert said[0].startswith("START RequestId: ")
    assert "hello" in said
    assert any(line.startswith("[WARNING]\t") and line.endswith("\tcareful") for line in said)


def test_an_asynchronous_event_is_tried_three_times_then_goes_to_the_dead_letters(
    account: AccountProcess, stack: str
) -> None:
    code = (
        "import boto3, os\n"
        "def handler(event, context):\n"
        " boto3.client('sqs').send_message(QueueUrl=event['seen'], MessageBody='tried')\n"
        " raise ValueError('never')\n"
    )
    queue = {"Type": "AWS::SQS::Queue"}
    dead = {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    account.deploy(
        stack,
        {"Dead": queue, "Seen": queue, "F": python_function(code, DeadLetterConfig=dead)},
    )
    ids = account.physical_ids(stack)
    event = {"seen": ids["Seen"]}
    answer = account.client("lambda").invoke(
        FunctionName=ids["F"], InvocationType="Event", Payload=json.dumps(event)
    )
    assert answer["StatusCode"] == 202
    letter = messages(account, ids["Dead"])[0]
    assert json.loads(letter["Body"]) == event
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "never"
    assert len(messages(account, ids["Seen"])) == 3


def test_a_destination_gets_the_record_of_a_failed_event(
    account: AccountProcess, stack: str
) -> None:
    config = {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {
            "FunctionName": {"Ref": "F"},
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failed", "Arn"]}}},
        },
    }
    code = "def handler(event, context): raise ValueError('no')\n"
    account.deploy(
        stack, {"Failed": {"Type": "AWS::SQS::Queue"}, "F": python_function(code), "C": config}
    )
    ids = account.physical_ids(stack)
    account.client("lambda").invoke(FunctionName=ids["F"], InvocationType="Event", Payload="{}")
    record = json.loads(messages(account, ids["Failed"])[0]["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responsePayload"]["errorMessage"] == "no"


def test_two_events_at_once_run_in_two_environments(account: AccountProcess, stack: str) -> None:
    code = (
        "import boto3, os, time\n"
        "def handler(event, context):\n"
        " time.sleep(0.5)\n"
        " sqs = boto3.client('sqs')\n"
        " sqs.send_message(QueueUrl=event['seen'], MessageBody=str(os.getpid()))\n"
    )
    account.deploy(stack, {"Seen": {"Type": "AWS::SQS::Queue"}, "F": python_function(code)})
    ids = account.physical_ids(stack)
    for _ in range(2):
        account.client("lambda").invoke(
            FunctionName=ids["F"],
            InvocationType="Event",
            Payload=json.dumps({"seen": ids["Seen"]}),
        )
    pids: set[str] = set()

    def both() -> bool:
        pids.update(found["Body"] for found in messages(account, ids["Seen"]))
        return len(pids) == 2

    assert eventually(both)
