"""What is to be told reaches a human: from the alarm, over its topic and the topic's key."""

from __future__ import annotations

from collections.abc import Iterator

from autolote.audit import access
from autolote.audit.checks.encryption import key_of
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource

ALARMS = Subject("Alarms and topics")
_CLOUDWATCH = "cloudwatch.amazonaws.com"
# Kinds of subscription behind which somebody reads; a queue or a stream is no reader.
_READ = ("email", "email-json", "sms", "https", "application", "lambda")
USES_KEY = ("kms:Decrypt", "kms:GenerateDataKey")


@ALARMS.check(
    "alarm-actions",
    title="Every alarm does something",
    remedy="Name a topic in AlarmActions, and leave ActionsEnabled true",
    aws="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
)
def alarm_actions(environment: Environment) -> Iterator[Hit]:
    for alarm in _alarms(environment):
        if alarm.get("ActionsEnabled") is False or not alarm.get("AlarmActions"):
            yield Hit(at=alarm, message="goes off without telling anybody")


@ALARMS.check(
    "alarm-reaches-human",
    title="Every alarm reaches somebody who reads it",
    remedy=f"Subscribe to the topic by one of {', '.join(_READ)}",
    aws="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
)
def alarm_reaches_human(environment: Environment) -> Iterator[Hit]:
    for alarm, topic in _alarm_topics(environment):
        if not any(kind in _READ for kind in subscriptions(topic)):
            yield Hit(
                at=alarm, detail=topic.name, message=f"tells {topic.name}, which nobody reads"
            )


@ALARMS.check(
    "alarm-may-publish",
    title="CloudWatch may publish on the topic of every alarm",
    remedy=f"Allow {_CLOUDWATCH} sns:Publish in the topic's policy: a policy of one's own replaces "
    "the default one, which did",
    aws="https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
)
def alarm_may_publish(environment: Environment) -> Iterator[Hit]:
    for alarm, topic in _alarm_topics(environment):
        if access.has_policy(topic) and not access.service_may(
            topic, _CLOUDWATCH, "sns:Publish", source=alarm
        ):
            yield Hit(
                at=alarm, detail=topic.name, message=f"may not publish on {topic.name} (its policy)"
            )


@ALARMS.check(
    "alarm-may-encrypt",
    title="CloudWatch may use the key of the topic of every alarm",
    remedy=f"Allow {_CLOUDWATCH} {' and '.join(USES_KEY)} in the key's policy",
    aws="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
)
def alarm_may_encrypt(environment: Environment) -> Iterator[Hit]:
    for alarm, topic in _alarm_topics(environment):
        if topic.get("KmsMasterKeyId") and not may_use_key(topic, _CLOUDWATCH, alarm):
            yield Hit(
                at=alarm, detail=topic.name, message=f"cannot encrypt for {topic.name} (its key)"
            )


@ALARMS.check(
    "topic-nobody",
    title="Every topic has a subscriber",
    remedy="Subscribe somebody (notification_emails in the settings), or remove the topic",
    aws="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    severity="warning",
)
def topic_nobody(environment: Environment) -> Iterator[Hit]:
    for topic in environment.of_type("AWS::SNS::Topic"):
        if not subscriptions(topic):
            yield Hit(at=topic, message="has no subscriber: what is published there is lost")


def subscriptions(topic: Resource) -> list[str]:
    """The kinds of subscription that a topic has, sorted."""
    found = [str(one.get("Protocol")) for one in topic.objects("Subscription")]
    for subscription in topic.environment.of_type("AWS::SNS::Subscription"):
        if topic in subscription.refers_to("TopicArn"):
            found.append(str(subscription.get("Protocol")))
    chats = ("AWS::Chatbot::SlackChannelConfiguration", "AWS::Chatbot::MicrosoftTeamsChannel")
    for chat in topic.environment.of_type(*chats):
        if topic in chat.refers_to("SnsTopicArns"):
            found.append("https")
    return sorted(found)


def may_use_key(target: Resource, service: str, source: Resource) -> bool:
    """Whether a service may use the key of a topic or a queue on behalf of another resource."""
    if not key_of(target, "KmsMasterKeyId"):
        return False  # AWS's own key for SNS and SQS lets no other service in
    keys = target.refers_to("KmsMasterKeyId", "AWS::KMS::Key")
    return all(
        access.service_may(key, service, action, source=source)
        for key in keys
        for action in USES_KEY
    )


def _alarms(environment: Environment) -> list[Resource]:
    return environment.of_type("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def _alarm_topics(environment: Environment) -> Iterator[tuple[Resource, Resource]]:
    for alarm in _alarms(environment):
        for topic in alarm.refers_to("AlarmActions", "AWS::SNS::Topic"):
            yield alarm, topic
