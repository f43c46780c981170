"""EventBridge Scheduler: its clock runs at the account's speed and fires what is due."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autolote.local.aws.schedule_expressions import parse
from tests.local_aws.account_process import ROLE, AccountProcess, eventually, messages, queue_for

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
QUEUE = queue_for("events", "Seen")


@pytest.mark.parametrize(
    ("text", "timezone", "fires"),
    [
        ("rate(5 minutes)", "UTC", "2026-11-21T06:05"),
        ("cron(0 3 * * ? *)", "America/Sao_Paulo", "2026-11-22T06:00"),
        ("cron(15 10 ? * 6L 2026-2030)", "UTC", "2026-11-27T10:15"),
        ("cron(0 8 L * ? *)", "UTC", "2026-11-30T08:00"),
        ("cron(0/15 * ? * MON-FRI *)", "UTC", "2026-11-23T00:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2026-12-07T09:00"),
        ("at(2030-01-01T00:00:00)", "America/Sao_Paulo", "2030-01-01T03:00"),
        # clocks go back in New York on 1 November: 02:30 stays 02:30
        ("cron(30 2 ? * SUN *)", "America/New_York", "2026-11-22T07:30"),
    ],
)
def test_an_expression_fires_when_aws_says(text: str, timezone: str, fires: str) -> None:
    found = parse(text, timezone=timezone, start=NOW).next_after(NOW)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == fires


@pytest.mark.parametrize("text", ["cron(0 0 1 1 ? 2020)", "at(2020-01-01T00:00:00)"])
def test_an_expression_of_the_past_never_fires(text: str) -> None:
    assert parse(text, start=NOW).next_after(NOW) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cron(0 3 * * * *)", "exactly one of day-of-month and day-of-week"),
        ("cron(99 3 * * ? *)", "not legal"),
        ("cron(0 3 * * ?)", "5 fields, and 6 are needed"),
        ("cron(0 3 5W * ? *)", "does not know W"),
        ("rate(0 minutes)", "at least 1"),
        ("daily", "not a schedule expression"),
    ],
)
def test_an_expression_that_cannot_be_kept_is_refused_with_its_reason(
    account: AccountProcess, text: str, says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        account.client("scheduler").create_schedule(
            Name="refused",
            ScheduleExpression=text,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:sa-east-1:123456789012:q", "RoleArn": ROLE},
        )


def schedule(expression: str, text: str, **more: Any) -> dict[str, Any]:
    target = {"Arn": {"Fn::GetAtt": ["Seen", "Arn"]}, "RoleArn": ROLE, "Input": text}
    return {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
            **more,
        },
    }


def test_a_rate_fires_when_it_is_made_and_again_with_its_context_filled_in(
    account: AccountProcess, stack: str
) -> None:
    text = json.dumps(
        {
            "at": "<aws.scheduler.scheduled-time>",
            "of": "<aws.scheduler.schedule-arn>",
            "try": "<aws.scheduler.attempt-number>",
        }
    )
    group = {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": stack}}
    resources = {**QUEUE, "G": group}
    resources["S"] = schedule("rate(10 minutes)", text, GroupName={"Ref": "G"})
    account.deploy(stack, resources)
    ids = account.physical_ids(stack)
    seen: list[dict[str, Any]] = []

    def twice() -> bool:
        seen.extend(json.loads(one["Body"]) for one in messages(account, ids["Seen"]))
        return len(seen) >= 2

    eventually(twice)
    first, second = sorted(seen, key=lambda one: one["at"])[:2]
    assert first["of"].endswith(f":schedule/{stack}/{ids['S']}")
    assert first["try"] == "1"
    between = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert between == timedelta(minutes=10)
    account.client("scheduler").delete_schedule(Name=ids["S"], GroupName=stack)


def test_a_disabled_schedule_does_not_fire_until_it_is_enabled(
    account: AccountProcess, stack: str
) -> None:
    off = schedule("rate(1 day)", '"fired"', State="DISABLED")
    account.deploy(stack, {**QUEUE, "S": off})
    url = account.physical_ids(stack)["Seen"]
    sqs = account.client("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    on = schedule("rate(1 day)", '"fired"', State="ENABLED")
    account.deploy(stack, {**QUEUE, "S": on})
    assert messages(account, url)[0]["Body"] == '"fired"'


def test_a_schedule_whose_target_is_gone_writes_a_dead_letter(
    account: AccountProcess, stack: str
) -> None:
    gone = "arn:aws:lambda:sa-east-1:123456789012:function:gone"
    found = schedule("rate(1 day)", '{"a": 1}')
    dead = {"Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}
    found["Properties"]["Target"] |= {"Arn": gone, "DeadLetterConfig": dead}
    account.deploy(stack, {**QUEUE, "S": found})
    (letter,) = messages(account, account.physical_ids(stack)["Seen"])
    assert letter["Body"] == '{"a": 1}'
    told = letter["MessageAttributes"]
    assert ":schedule/default/" in told["SCHEDULE_ARN"]["StringValue"]
    assert told["ERROR_CODE"]["StringValue"] == "ResourceNotFoundException"


def test_a_rule_with_a_schedule_sends_a_scheduled_event(
    account: AccountProcess, stack: str
) -> None:
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "ScheduleExpression": "rate(5 minutes)",
            "Targets": [{"Id": "q", "Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}],
        },
    }
    account.deploy(stack, {**QUEUE, "R": rule})
    event = json.loads(messages(account, account.physical_ids(stack)["Seen"])[0]["Body"])
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    account.client("cloudformation").delete_stack(StackName=stack)
