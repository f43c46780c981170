"""EventBridge, the Scheduler, SNS and alarms reach only what lets them in, and say what is lost.

A refusal is final: no other try, the dead letters at once, and if these refuse as well, the log of
the account.
"""

from typing import Any

import pytest

from tests.local_aws.account_process import AccountProcess, eventually, messages
from tests.local_services.parts import (
    DENY_HTTP,
    allow,
    arn,
    attributes,
    document,
    function,
    is_empty,
    key,
    let_in,
    permit,
    queue,
    role,
    rule,
    tell,
    topic,
)

SEND = "sqs:SendMessage"
USE = ("kms:GenerateDataKey", "kms:Decrypt")


def dead_letters(account: AccountProcess, name: str) -> tuple[str, dict[str, Any]]:
    """A queue that every rule may write, and a target's pointer to it."""
    url = queue(account, f"{name}-dead", let_in("events", SEND))
    return url, {"DeadLetterConfig": {"Arn": arn("sqs", f"{name}-dead")}}


def from_rule(name: str) -> dict[str, Any]:
    return {"ArnEquals": {"aws:SourceArn": arn("events", f"rule/{name}")}}


def refused(account: AccountProcess, dead: str) -> str:
    """The message of the one dead letter, which says that nobody is let in and was not retried."""
    (letter,) = messages(account, dead)
    told = attributes(letter)
    assert (told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == ("NO_PERMISSIONS", "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in told
    return told["ERROR_MESSAGE"]


def test_a_topic_policy_that_only_denies_silences_rules(account: AccountProcess, name: str) -> None:
    """What `enforce_ssl` alone makes of a topic: the refusal of HTTP takes the place of the
    default policy, and EventBridge is turned away."""
    told = queue(account, name, let_in("sns", SEND))
    topic_arn = topic(account, name, DENY_HTTP, told=name)
    dead, where = dead_letters(account, name)
    rule(account, name, Arn=topic_arn, **where)
    tell(account, name)
    assert "is not authorized to perform: sns:Publish" in refused(account, dead)
    assert is_empty(account, told)
    account.client("sns").set_topic_attributes(
        TopicArn=topic_arn,
        AttributeName="Policy",
        AttributeValue=document(DENY_HTTP, let_in("events", "sns:Publish", **from_rule(name))),
    )
    tell(account, name)
    assert messages(account, told)


def test_a_topic_policy_that_only_denies_silences_alarms(
    account: AccountProcess, name: str
) -> None:
    told = queue(account, name, let_in("sns", SEND))
    topic_arn = topic(account, name, DENY_HTTP, told=name)
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Own",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic_arn],
    )
    set_off = {"AlarmName": name, "StateValue": "ALARM", "StateReason": "a test"}
    cloudwatch.set_alarm_state(**set_off)
    eventually(lambda: f"Failed to execute action {topic_arn}" in _log(account))
    assert is_empty(account, told)
    only = {"ArnEquals": {"aws:SourceArn": arn("cloudwatch", f"alarm:{name}")}}
    account.client("sns").set_topic_attributes(
        TopicArn=topic_arn,
        AttributeName="Policy",
        AttributeValue=document(DENY_HTTP, let_in("cloudwatch", "sns:Publish", **only)),
    )
    cloudwatch.set_alarm_state(**{**set_off, "StateValue": "OK"})
    cloudwatch.set_alarm_state(**set_off)
    assert '"NewStateValue": "ALARM"' in messages(account, told)[0]["Body"]


@pytest.mark.parametrize("from_whom", ["other", "itself"])
def test_a_function_lets_in_the_rule_that_its_policy_names(
    account: AccountProcess, name: str, from_whom: str
) -> None:
    function_arn = function(account, name, role(account, name, "lambda"))
    named = name if from_whom == "itself" else "other"
    account.client("lambda").add_permission(
        FunctionName=name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn("events", f"rule/{named}"),
    )
    dead, where = dead_letters(account, name)
    rule(account, name, Arn=function_arn, **where)
    tell(account, name)
    if from_whom == "other":
        assert "lambda:InvokeFunction" in refused(account, dead)
    else:
        calls = account.home / "authorizations.jsonl"
        eventually(lambda: any(name in one and "true" in one for one in _lines(calls, "Invoke")))
        assert is_empty(account, dead)


def test_an_encrypted_queue_needs_the_key_to_let_the_rule_in(
    account: AccountProcess, name: str
) -> None:
    """The queue's policy alone is not enough; the key's names rules of this account."""
    locked = key(account)
    seen = queue(account, name, let_in("events", SEND), KmsMasterKeyId=locked)
    dead, where = dead_letters(account, name)
    rule(account, name, Arn=arn("sqs", name), **where)
    tell(account, name)
    assert "kms:GenerateDataKey" in refused(account, dead)
    own = allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    account.client("kms").put_key_policy(
        KeyId=locked,
        PolicyName="default",
        Policy=document(own, let_in("events", USE, **from_rule(name))),
    )
    tell(account, name)
    assert messages(account, seen)


def test_dead_letters_that_are_refused_are_told_in_the_log(
    account: AccountProcess, name: str
) -> None:
    queue(account, name)
    where = {"DeadLetterConfig": {"Arn": arn("sqs", name)}}
    rule(account, name, Arn=arn("sns", "nothing"), **where)
    tell(account, name)
    eventually(lambda: f"the dead-letter target {arn('sqs', name)} could not" in _log(account))


def test_a_schedule_sends_and_fails_under_its_role(account: AccountProcess, name: str) -> None:
    """Its dead letters too: of a queue's policy it asks nothing."""
    role_arn = role(account, name, "scheduler", allow(SEND, arn("sqs", f"{name}-dead")))
    seen, dead = queue(account, name), queue(account, f"{name}-dead")
    target = {
        "Arn": arn("sqs", name),
        "RoleArn": role_arn,
        "Input": "hello",
        "DeadLetterConfig": {"Arn": arn("sqs", f"{name}-dead")},
    }
    schedule = {
        "Name": name,
        "ScheduleExpression": "rate(365 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    account.client("scheduler").create_schedule(**schedule)
    (letter,) = messages(account, dead)
    assert "AccessDenied" in attributes(letter)["ERROR_CODE"]
    permit(account, name, allow(SEND, arn("sqs", name)))
    account.client("scheduler").create_schedule(**{**schedule, "Name": f"{name}-2"})
    assert messages(account, seen)[0]["Body"] == "hello"


def test_a_topic_reaches_the_queues_that_let_it_in(account: AccountProcess, name: str) -> None:
    closed = queue(account, f"{name}-closed")
    seen = queue(account, name, let_in("sns", SEND))
    topic_arn = topic(account, name, told=name)
    account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=arn("sqs", f"{name}-closed")
    )
    account.client("sns").publish(TopicArn=topic_arn, Message="hello")
    assert messages(account, seen)[0]["Body"] == "hello"
    assert is_empty(account, closed)


def test_what_an_asynchronous_function_cannot_do_goes_where_its_role_may_write(
    account: AccountProcess, name: str
) -> None:
    """The dead-letter queue is written under the function's role; that is asked for when the
    function is made."""
    role_arn = role(account, name, "lambda")
    dead = queue(account, name)
    letters = {"DeadLetterConfig": {"TargetArn": arn("sqs", name)}}
    with pytest.raises(Exception, match="does not have permissions to call SendMessage on SQS"):
        function(account, name, role_arn, **letters)
    permit(account, name, allow(SEND, arn("sqs", name)))
    function(account, name, role_arn, **letters)
    client = account.client("lambda")
    client.update_function_configuration(FunctionName=name, Handler="index.nothing")
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')
    assert messages(account, dead)[0]["Body"] == '{"n": 1}'


def _log(account: AccountProcess) -> str:
    return (account.home / "account.log").read_text("utf-8")


def _lines(path: Any, part: str) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if part in line]
