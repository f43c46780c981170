"""EventBridge: rules reach their targets, and what cannot be delivered is not lost."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import (
    ROLE,
    AccountProcess,
    eventually,
    machine,
    messages,
    permission,
    python_function,
    queue_for,
)

QUEUE = queue_for("events", "Seen")
TO_QUEUE = {"Id": "q", "Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}


def rule(pattern: dict[str, Any], *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {"EventPattern": pattern, "Targets": list(targets), **more},
    }


def put(account: AccountProcess, source: str, detail: Any, **more: Any) -> str:
    entry = {"Source": source, "DetailType": "Asked", "Detail": json.dumps(detail), **more}
    answer = account.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    return str(answer["Entries"][0]["EventId"])


def bodies(account: AccountProcess, stack: str) -> list[Any]:
    url = account.physical_ids(stack)["Seen"]
    return [json.loads(found["Body"]) for found in messages(account, url)]


def test_an_event_of_a_bus_of_our_own_arrives_whole(account: AccountProcess, stack: str) -> None:
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": stack}}
    pattern = {"source": ["us"], "detail": {"kind": [{"prefix": "tr"}]}}
    resources = {"Bus": bus, **QUEUE}
    resources["R"] = rule(pattern, TO_QUEUE, EventBusName={"Ref": "Bus"})
    account.deploy(stack, resources)
    put(account, "us", {"kind": "other"}, EventBusName=stack)
    put(account, "us", {"kind": "train"})
    identifier = put(account, "us", {"kind": "train"}, EventBusName=stack)
    (event,) = bodies(account, stack)
    assert event["id"] == identifier
    assert event["detail"] == {"kind": "train"}
    assert set(event) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip
    assert event["time"].endswith("Z")


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail.a"}, {"b": [1, 2]}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"b": "$.detail.a.b[1]", "s": "$.source"},
                    "InputTemplate": '{"text": "<s> has <b>", "bare": <b>, "who": <s>}',
                }
            },
            {"text": "us-input has 2", "bare": 2, "who": "us-input"},
        ),
    ],
)
def test_a_target_receives_what_its_input_says(
    account: AccountProcess, stack: str, given: dict[str, Any], received: Any
) -> None:
    target = {**TO_QUEUE, **given}
    account.deploy(stack, {**QUEUE, "R": rule({"source": ["us-input"]}, target)})
    put(account, "us-input", {"a": {"b": [1, 2]}})
    assert bodies(account, stack) == [received]


def test_lambda_and_step_functions_are_targets(account: AccountProcess, stack: str) -> None:
    code = (
        "import boto3, json, os\n"
        "def handler(event, context):\n"
        " boto3.client('sqs').send_message(\n"
        "  QueueUrl=os.environ['SEEN'], MessageBody=json.dumps(event['detail']))\n"
    )
    function = python_function(code, Environment={"Variables": {"SEEN": {"Ref": "Seen"}}})
    resources = {
        **QUEUE,
        "F": function,
        "P": permission("F", "R"),
        "M": machine({"D": {"Type": "Pass", "End": True}}, "D"),
        "R": rule(
            {"source": [stack]},
            {"Id": "f", "Arn": {"Fn::GetAtt": ["F", "Arn"]}},
            {"Id": "m", "Arn": {"Ref": "M"}, "RoleArn": "arn:aws:iam::123456789012:role/anything"},
        ),
    }
    account.deploy(stack, resources)
    put(account, stack, {"n": 1})
    assert bodies(account, stack) == [{"n": 1}]
    client, arn = account.client("stepfunctions"), account.physical_ids(stack)["M"]
    (found,) = eventually(lambda: client.list_executions(stateMachineArn=arn)["executions"])
    given = client.describe_execution(executionArn=found["executionArn"])["input"]
    assert json.loads(given)["detail"] == {"n": 1}


def test_a_target_that_is_gone_goes_to_the_dead_letters_at_once(
    account: AccountProcess, stack: str
) -> None:
    gone = "arn:aws:states:sa-east-1:123456789012:stateMachine:gone"
    dead = {"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}}
    target = {"Id": "m", "Arn": gone, "RoleArn": ROLE, **dead}
    resources = {**QUEUE, "R": rule({"source": [stack]}, target)}
    account.deploy(stack, resources)
    put(account, stack, {"n": 1})
    (letter,) = messages(account, account.physical_ids(stack)["Seen"])
    told = {name: found["StringValue"] for name, found in letter["MessageAttributes"].items()}
    assert told["TARGET_ARN"] == gone
    assert ":rule/" in told["RULE_ARN"]
    assert told["ERROR_CODE"] == "NO_RESOURCE"
    assert told["RETRY_ATTEMPTS"] == "0"
    assert "gone" in told["ERROR_MESSAGE"]
    assert json.loads(letter["Body"])["detail"] == {"n": 1}


def test_a_disabled_rule_and_a_rule_with_only_a_schedule_match_no_event(
    account: AccountProcess, stack: str
) -> None:
    yearly = {
        "Type": "AWS::Events::Rule",
        "Properties": {"ScheduleExpression": "cron(0 0 1 1 ? *)", "Targets": [TO_QUEUE]},
    }
    off = rule({"source": [stack]}, {**TO_QUEUE, "Input": '"disabled"'}, State="DISABLED")
    on = rule({"source": [stack]}, {**TO_QUEUE, "Input": '"enabled"'})
    account.deploy(stack, {**QUEUE, "Yearly": yearly, "Off": off, "On": on})
    put(account, stack, {"n": 1})
    assert bodies(account, stack) == ["enabled"]


def test_a_target_that_cannot_be_reached_here_is_refused_when_it_is_put(
    account: AccountProcess, stack: str
) -> None:
    target = {"Id": "x", "Arn": "arn:aws:kinesis:sa-east-1:123456789012:stream/x"}
    found = account.deploy(stack, {"R": rule({"source": ["x"]}, target)})
    assert found["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "kinesis" in account.failures(stack)[0]


def test_an_updated_rule_loses_its_old_targets(account: AccountProcess, stack: str) -> None:
    first = rule({"source": [stack]}, {**TO_QUEUE, "Input": '"old"', "Id": "old"})
    second = rule({"source": [stack]}, {**TO_QUEUE, "Input": '"new"', "Id": "new"})
    account.deploy(stack, {**QUEUE, "R": first})
    account.deploy(stack, {**QUEUE, "R": second})
    put(account, stack, {})
    assert bodies(account, stack) == ["new"]


def test_a_wrong_schedule_is_refused_when_it_is_created(account: AccountProcess) -> None:
    with pytest.raises(ClientError, match="exactly one of day-of-month and day-of-week"):
        account.client("events").put_rule(Name="r", ScheduleExpression="cron(0 0 * * * *)")


def test_an_object_of_a_bucket_that_tells_eventbridge_is_one_event(
    account: AccountProcess, stack: str
) -> None:
    bridge = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    loud = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "NotificationConfiguration": bridge,
    }
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    pattern["detail"] = {"bucket": {"name": [{"Ref": "Loud"}, {"Ref": "Quiet"}]}}  # type: ignore[assignment]
    account.deploy(
        stack,
        {
            **QUEUE,
            "Loud": {"Type": "AWS::S3::Bucket", "Properties": loud},
            "Quiet": {"Type": "AWS::S3::Bucket"},
            "R": rule(pattern, TO_QUEUE),
        },
    )
    ids, s3 = account.physical_ids(stack), account.client("s3")
    shown = s3.get_bucket_notification_configuration(Bucket=ids["Loud"])
    assert shown["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket=ids["Quiet"], Key="a", Body=b"1")
    upload = s3.create_multipart_upload(Bucket=ids["Loud"], Key="requests/a b.json")
    where = {"Bucket": ids["Loud"], "Key": "requests/a b.json", "UploadId": upload["UploadId"]}
    part = s3.upload_part(**where, PartNumber=1, Body=b"{}")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    made = s3.complete_multipart_upload(**where, MultipartUpload=parts)
    (event,) = bodies(account, stack)
    detail = event["detail"]
    assert detail["bucket"] == {"name": ids["Loud"]}
    found = detail["object"]
    assert (found["key"], found["size"]) == ("requests/a b.json", 2)
    assert found["version-id"] == made["VersionId"]
    assert found["etag"] == made["ETag"].strip('"')
    assert int(found["sequencer"], 16) > 0
    assert detail["reason"] == "CompleteMultipartUpload"
