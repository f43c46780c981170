"""AWS::SNS::Topic, TopicPolicy and Subscription; AWS::SQS::Queue and QueuePolicy."""

import json
from typing import Any

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    tag_list,
    tag_map,
)

_TOPIC = (
    "DisplayName",
    "KmsMasterKeyId",
    "FifoTopic",
    "ContentBasedDeduplication",
    "TracingConfig",
    "SignatureVersion",
)
_SUBSCRIPTION = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
_QUEUE = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _attributes(properties: Properties, names: tuple[str, ...]) -> dict[str, str]:
    """Attributes of SNS and SQS are strings."""
    return {name: _text(properties[name]) for name in names if name in properties}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _create_topic(ctx: Context, properties: Properties) -> Made:
    name = properties.get("TopicName") or ctx.name(longest=256)
    found = ctx.call(
        "sns",
        "create_topic",
        Name=name,
        Attributes=_attributes(properties, _TOPIC),
        Tags=tag_list(properties),
    )
    arn = found["TopicArn"]
    for subscription in properties.get("Subscription", []):
        ctx.call("sns", "subscribe", TopicArn=arn, **subscription)
    return _topic(arn)


def _topic(arn: str) -> Made:
    return Made(id=arn, attributes={"TopicArn": arn, "TopicName": arn.rsplit(":", 1)[1]})


def _update_topic(ctx: Context, arn: str, before: Properties, after: Properties) -> Made:
    old, new = _attributes(before, _TOPIC), _attributes(after, _TOPIC)
    for name in sorted(set(old) | set(new)):
        if old.get(name) != new.get(name):
            ctx.call(
                "sns",
                "set_topic_attributes",
                TopicArn=arn,
                AttributeName=name,
                AttributeValue=new.get(name, ""),
            )
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("sns", "untag_resource", ResourceArn=arn, TagKeys=gone)
        ctx.call("sns", "tag_resource", ResourceArn=arn, Tags=tag_list(after))
    return _topic(arn)


def _put_topic_policy(ctx: Context, properties: Properties) -> Made:
    for topic in properties["Topics"]:
        ctx.call(
            "sns",
            "set_topic_attributes",
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=properties["PolicyDocument"],
        )
    return Made(id=ctx.logical_id)


def _subscribe(ctx: Context, properties: Properties) -> Made:
    found = ctx.call(
        "sns",
        "subscribe",
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=_attributes(properties, _SUBSCRIPTION),
        ReturnSubscriptionArn=True,
    )
    arn = found["SubscriptionArn"]
    return Made(id=arn, attributes={"Arn": arn})


def _update_subscription(ctx: Context, arn: str, before: Properties, after: Properties) -> Made:
    for name, value in _attributes(after, _SUBSCRIPTION).items():
        ctx.call(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn=arn,
            AttributeName=name,
            AttributeValue=value,
        )
    return Made(id=arn, attributes={"Arn": arn})


def _create_queue(ctx: Context, properties: Properties) -> Made:
    name = properties.get("QueueName") or ctx.name(longest=80)
    found = ctx.call(
        "sqs",
        "create_queue",
        QueueName=name,
        Attributes=_attributes(properties, _QUEUE),
        Tags=tag_map(properties),
    )
    return _queue(ctx, found["QueueUrl"])


def _queue(ctx: Context, url: str) -> Made:
    name = url.rsplit("/", 1)[1]
    arn = ctx.arn("sqs", name)
    return Made(id=url, attributes={"Arn": arn, "QueueName": name, "QueueUrl": url})


def _update_queue(ctx: Context, url: str, before: Properties, after: Properties) -> Made:
    wanted = _attributes(after, _QUEUE)
    wanted |= {name: "" for name in _attributes(before, _QUEUE) if name not in wanted}
    if wanted != _attributes(before, _QUEUE):
        ctx.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes=wanted)
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("sqs", "untag_queue", QueueUrl=url, TagKeys=gone)
        ctx.call("sqs", "tag_queue", QueueUrl=url, Tags=tag_map(after))
    return _queue(ctx, url)


def _put_queue_policy(ctx: Context, properties: Properties) -> Made:
    for url in properties["Queues"]:
        policy = {"Policy": _text(properties["PolicyDocument"])}
        ctx.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes=policy)
    return Made(id=ctx.logical_id)


def _drop_queue_policy(ctx: Context, _: str, properties: Properties) -> None:
    for url in properties["Queues"]:
        ctx.call_if_there("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": ""})


def _drop_topic_policy(ctx: Context, _: str, properties: Properties) -> None:
    """A topic without a policy of its own has AWS's default one: the owner may do everything."""
    for topic in properties["Topics"]:
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes"],
            "Resource": topic,
            "Condition": {"StringEquals": {"AWS:SourceOwner": ctx.account.account_id}},
        }
        document = {"Version": "2008-10-17", "Statement": [statement]}
        ctx.call_if_there(
            "sns",
            "set_topic_attributes",
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=document,
        )


PROVIDERS = {
    "AWS::SNS::Topic": Provider(
        create=_create_topic,
        update=_update_topic,
        delete=lambda ctx, arn, _: ctx.call_if_there("sns", "delete_topic", TopicArn=arn),
        replaced_by=frozenset({"TopicName", "FifoTopic"}),
    ),
    "AWS::SNS::TopicPolicy": Provider(
        create=_put_topic_policy,
        update=lambda ctx, _id, _before, after: _put_topic_policy(ctx, after),
        delete=_drop_topic_policy,
    ),
    "AWS::SNS::Subscription": Provider(
        create=_subscribe,
        update=_update_subscription,
        delete=lambda ctx, arn, _: ctx.call_if_there("sns", "unsubscribe", SubscriptionArn=arn),
        replaced_by=frozenset({"TopicArn", "Protocol", "Endpoint"}),
    ),
    "AWS::SQS::Queue": Provider(
        create=_create_queue,
        update=_update_queue,
        delete=lambda ctx, url, _: ctx.call_if_there("sqs", "delete_queue", QueueUrl=url),
        replaced_by=frozenset({"QueueName", "FifoQueue"}),
    ),
    "AWS::SQS::QueuePolicy": Provider(
        create=_put_queue_policy,
        update=lambda ctx, _id, _before, after: _put_queue_policy(ctx, after),
        delete=_drop_queue_policy,
    ),
}
