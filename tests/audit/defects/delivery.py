"""Defects of alarms, rules, schedules and functions."""

from __future__ import annotations

from typing import Any

from tests.audit.defects.copies import TAGS, Body, Copy, Defect, Plant, change, drop
from tests.audit.defects.policies import of_service, without

_RULE, _QUEUE, _TOPIC = "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SNS::Topic"
_FUNCTION, _PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
_POLICY = "AWS::IAM::ManagedPolicy"
_ALARM = "AWS::CloudWatch::Alarm"
_MAIL = {"Protocol": "email", "Endpoint": "team@example.com"}
_BOUND = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def watched(templates: Copy, **changes: Any) -> Body:
    """A whole alarm: with a topic of its own that somebody reads, and that CloudWatch may use."""
    topic = templates.add(
        _TOPIC, {"KmsMasterKeyId": templates.key(), "Subscription": [_MAIL], "Tags": TAGS}
    )
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic.ref,
        "Condition": _BOUND,
    }
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic.ref,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    templates.add(
        "AWS::SNS::TopicPolicy",
        {"Topics": [topic.ref], "PolicyDocument": {"Statement": [allowed, tls]}},
    )
    key = templates.one("AWS::KMS::Key")
    key.properties["KeyPolicy"]["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": _BOUND,
        }
    )
    return templates.add(_ALARM, {"AlarmActions": [topic.ref], "Tags": TAGS, **changes})


def _alarm(doing: Any) -> Plant:
    def plant(templates: Copy) -> Body:
        alarm = watched(templates)
        doing(templates)
        return alarm

    return plant


def _without_publish(templates: Copy) -> None:
    policy = templates.templates["pipeline"]["Resources"]["PlantedTopicPolicy"]
    policy["Properties"]["PolicyDocument"]["Statement"].pop(0)


def _without_subscription(templates: Copy) -> None:
    del templates.templates["pipeline"]["Resources"]["PlantedTopic"]["Properties"]["Subscription"]


def _to_a_queue(templates: Copy) -> None:
    topic = templates.templates["pipeline"]["Resources"]["PlantedTopic"]["Properties"]
    topic["Subscription"] = [{"Protocol": "sqs", "Endpoint": "arn:aws:sqs:sa-east-1:1:any"}]


def _without_key(templates: Copy) -> None:
    templates.one("AWS::KMS::Key").properties["KeyPolicy"]["Statement"].pop()


def _target(**changes: Any) -> Plant:
    """A rule's first target is changed; None takes something away."""

    def plant(templates: Copy) -> Body:
        rule = templates.one(_RULE)
        target = rule.properties["Targets"][0]
        for name, value in changes.items():
            target.pop(name) if value is None else target.update({name: value})
        return rule

    return plant


def _without_permission(templates: Copy) -> Body:
    rule = templates.one(_RULE)
    for permission in templates.all(_PERMISSION):
        if permission.properties.get("SourceArn") == rule.arn:
            templates.remove(permission)
    return rule


def _queue_refuses(templates: Copy) -> Body:
    without("AWS::SQS::QueuePolicy", "PolicyDocument", of_service("events.amazonaws"))(templates)
    return templates.one(_RULE)


def _key_refuses(templates: Copy) -> Body:
    without("AWS::KMS::Key", "KeyPolicy", of_service("events.amazonaws.com"))(templates)
    return templates.one(_RULE)


def _topic_refuses(templates: Copy) -> Body:
    policy = without("AWS::SNS::TopicPolicy", "PolicyDocument", of_service("events.amazonaws"))
    policy(templates)
    return next(r for r in templates.all(_RULE) if "Topic" in str(r.properties["Targets"]))


def _schedule(templates: Copy) -> Body:
    """A schedule under a role that may start nothing."""
    queue = templates.one(_QUEUE)
    return templates.add(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "KmsKeyArn": templates.key(),
            "Target": {
                "Arn": templates.one(_FUNCTION, "StartRun").arn,
                "RoleArn": templates.one(_FUNCTION, "VerifyOutput").properties["Role"],
                "RetryPolicy": {"MaximumRetryAttempts": 3},
                "DeadLetterConfig": {"Arn": queue.arn},
            },
        },
    )


def _policy_without(action: str, role: str, at: tuple[str, str]) -> Plant:
    """A role may not do something that it has to."""

    def plant(templates: Copy) -> Body:
        for policy in templates.all(_POLICY):
            if role in policy.logical_id:
                document = policy.properties["PolicyDocument"]
                document["Statement"] = [
                    one for one in document["Statement"] if action not in str(one["Action"])
                ]
        return templates.one(*at)

    return plant


_START_RUN = (_FUNCTION, "StartRun")

DEFECTS = (
    Defect(
        name="an alarm to nowhere",
        rule="alarm-actions",
        plant=lambda templates: watched(templates, AlarmActions=[]),
    ),
    Defect(
        name="an alarm that is switched off",
        rule="alarm-actions",
        plant=lambda templates: watched(templates, ActionsEnabled=False),
    ),
    Defect(
        name="an alarm to a topic without subscribers",
        rule="alarm-reaches-human",
        plant=_alarm(_without_subscription),
        also=("topic-nobody",),
    ),
    Defect(
        name="an alarm that only a queue hears",
        rule="alarm-reaches-human",
        plant=_alarm(_to_a_queue),
    ),
    Defect(
        name="an alarm that may not publish",
        rule="alarm-may-publish",
        plant=_alarm(_without_publish),
    ),
    Defect(
        name="an alarm that may not use the topic's key",
        rule="alarm-may-encrypt",
        plant=_alarm(_without_key),
    ),
    Defect(
        name="a topic that nobody is subscribed to",
        rule="topic-nobody",
        plant=lambda templates: (
            watched(templates),
            _without_subscription(templates),
            Body("pipeline", "PlantedTopic", {}),
        )[-1],
        also=("alarm-reaches-human",),
    ),
    Defect(
        name="a rule without a dead-letter queue",
        rule="rule-dead-letters",
        plant=_target(DeadLetterConfig=None),
    ),
    Defect(
        name="a rule without a retry policy",
        rule="rule-retry",
        plant=_target(RetryPolicy=None),
    ),
    Defect(
        name="a dead-letter queue that refuses rules",
        rule="rule-may-dead-letter",
        plant=_queue_refuses,
        also=("rule-may-dead-letter",),
    ),
    Defect(
        name="a queue's key that refuses rules",
        rule="rule-may-dead-letter",
        plant=_key_refuses,
        also=("rule-may-dead-letter", "rule-may-invoke"),
    ),
    Defect(
        name="a rule that may not invoke its function",
        rule="rule-may-invoke",
        plant=_without_permission,
    ),
    Defect(
        name="a rule that may not publish on its topic",
        rule="rule-may-invoke",
        plant=_topic_refuses,
    ),
    Defect(
        name="a schedule whose role may not start anything",
        rule="schedule-may-invoke",
        plant=_schedule,
    ),
    Defect(
        name="a dead-letter queue that forgets after four days",
        rule="dead-letters-kept",
        plant=drop(_QUEUE, "MessageRetentionPeriod"),
    ),
    Defect(
        name="a runtime that AWS stopped",
        rule="function-runtime",
        plant=change(_FUNCTION, "Runtime", "python3.8"),
    ),
    Defect(
        name="a function without traces",
        rule="function-tracing",
        plant=drop(_FUNCTION, "TracingConfig"),
    ),
    Defect(
        name="a function that may take all concurrency",
        rule="function-concurrency",
        plant=drop(_FUNCTION, "ReservedConcurrentExecutions"),
    ),
    Defect(
        name="a function with an open URL",
        rule="function-url",
        plant=lambda templates: templates.add(
            "AWS::Lambda::Url",
            {"AuthType": "NONE", "TargetFunctionArn": templates.one(*_START_RUN).arn},
        ),
    ),
    Defect(
        name="a function whose log group Lambda makes",
        rule="function-log-group",
        plant=drop(_FUNCTION, "LoggingConfig", "StartRun"),
    ),
    Defect(
        name="a function that may not write its log",
        rule="function-may-log",
        plant=_policy_without("logs:PutLogEvents", "StartRun", _START_RUN),
    ),
    Defect(
        name="a function that a rule invokes, without a dead-letter queue",
        rule="function-dead-letters",
        plant=drop(_FUNCTION, "DeadLetterConfig", "StartRun"),
    ),
    Defect(
        name="a function that may not write into its dead-letter queue",
        rule="function-may-dead-letter",
        plant=_policy_without("sqs:SendMessage", "StartRun", _START_RUN),
    ),
)
