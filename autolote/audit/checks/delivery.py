"""What a rule or a schedule sends arrives, or is kept in a queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autolote.audit import access, arns, shapes
from autolote.audit.checks.alarms import USES_KEY, may_use_key
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource

DELIVERY = Subject("Rules and schedules")
_EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/"
_BUS = "events.amazonaws.com"
_KEPT_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps a message


@DELIVERY.check(
    "rule-dead-letters",
    title="What a rule or a schedule cannot deliver is kept",
    remedy="Give every target a DeadLetterConfig",
    aws=_EVENTS + "eb-rule-dlq.html",
)
def rule_dead_letters(environment: Environment) -> Iterator[Hit]:
    for sender, target in _targets(environment):
        if not target.get("DeadLetterConfig"):
            yield Hit(at=sender, detail=_id(target), message="drops what it cannot deliver")


@DELIVERY.check(
    "rule-retry",
    title="How long a rule or a schedule tries is written down",
    remedy="Give every target a RetryPolicy",
    aws=_EVENTS + "eb-rule-retry-policy.html",
)
def rule_retry(environment: Environment) -> Iterator[Hit]:
    for sender, target in _targets(environment):
        if not target.get("RetryPolicy"):
            yield Hit(at=sender, detail=_id(target), message="has no RetryPolicy")


@DELIVERY.check(
    "rule-may-dead-letter",
    title="A rule may write into its dead-letter queue",
    remedy=f"Allow {_BUS} sqs:SendMessage for this rule in the queue's policy, and "
    f"{' and '.join(USES_KEY)} in the policy of the queue's key",
    aws=_EVENTS + "eb-rule-dlq.html#eb-dlq-perms",
)
def rule_may_dead_letter(environment: Environment) -> Iterator[Hit]:
    for rule in environment.of_type("AWS::Events::Rule"):
        for target in rule.objects("Targets"):
            config = shapes.mapping(target.get("DeadLetterConfig"))
            for queue in _ours(rule, config.get("Arn"), "AWS::SQS::Queue"):
                said = ""
                if not access.service_may(queue, _BUS, "sqs:SendMessage", source=rule):
                    said = f"may not send to {queue.name} (its policy)"
                elif queue.get("KmsMasterKeyId") and not may_use_key(queue, _BUS, rule):
                    said = f"cannot encrypt for {queue.name} (its key)"
                if said:
                    yield Hit(at=rule, detail=queue.name, message=said)


@DELIVERY.check(
    "rule-may-invoke",
    title="A rule may reach each of its targets",
    remedy="Add a permission for this rule to the function, the topic's or the queue's policy, or "
    "give the target a role that may start it",
    aws=_EVENTS + "eb-use-resource-based.html",
)
def rule_may_invoke(environment: Environment) -> Iterator[Hit]:
    for rule in environment.of_type("AWS::Events::Rule"):
        for target in rule.objects("Targets"):
            for reached in _ours(rule, target.get("Arn")):
                if not _rule_may(rule, target, reached):
                    yield Hit(at=rule, detail=reached.name, message=f"may not reach {reached.name}")


@DELIVERY.check(
    "schedule-may-invoke",
    title="A schedule's role may start its target, and write into its dead-letter queue",
    remedy="Allow the action in the role's policy, and scheduler.amazonaws.com in its trust policy",
    aws="https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
)
def schedule_may_invoke(environment: Environment) -> Iterator[Hit]:
    for schedule in environment.of_type("AWS::Scheduler::Schedule"):
        roles = schedule.refers_to("Target.RoleArn", "AWS::IAM::Role")
        reached = schedule.refers_to("Target.Arn")
        queues = schedule.refers_to("Target.DeadLetterConfig.Arn", "AWS::SQS::Queue")
        for role in roles:
            if not access.trusts_service(role, "scheduler.amazonaws.com"):
                yield Hit(at=schedule, detail=role.name, message=f"cannot take on {role.name}")
            for one in (*reached, *queues):
                action = STARTS.get(one.type)
                if action and not access.role_may(role, action, *arns.arns(one)):
                    yield Hit(
                        at=schedule, detail=one.name, message=f"{role.name} may not {action} there"
                    )


@DELIVERY.check(
    "dead-letters-kept",
    title="A dead-letter queue keeps what it gets for 14 days",
    remedy=f"Set MessageRetentionPeriod to {_KEPT_SECONDS}",
    aws="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
)
def dead_letters_kept(environment: Environment) -> Iterator[Hit]:
    for queue in _dead_letter_queues(environment):
        seconds = queue.number("MessageRetentionPeriod") or 345_600
        if seconds < _KEPT_SECONDS:
            days = seconds / 86_400
            yield Hit(at=queue, message=f"forgets after {days:g} days what could not be delivered")


STARTS = {
    "AWS::Lambda::Function": "lambda:InvokeFunction",
    "AWS::SNS::Topic": "sns:Publish",
    "AWS::SQS::Queue": "sqs:SendMessage",
    "AWS::StepFunctions::StateMachine": "states:StartExecution",
    "AWS::Events::EventBus": "events:PutEvents",
    "AWS::CodeBuild::Project": "codebuild:StartBuild",
}
_BY_POLICY = ("AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::SQS::Queue")


def _rule_may(rule: Resource, target: Mapping[str, Any], reached: Resource) -> bool:
    action = STARTS.get(reached.type)
    if action is None:
        return True
    for role in _ours(rule, target.get("RoleArn"), "AWS::IAM::Role"):
        return access.trusts_service(role, _BUS) and access.role_may(
            role, action, *arns.arns(reached)
        )
    if reached.type not in _BY_POLICY:
        return False
    allowed = access.service_may(reached, _BUS, action, source=rule)
    encrypted = reached.type != "AWS::Lambda::Function" and reached.get("KmsMasterKeyId")
    return allowed and (not encrypted or may_use_key(reached, _BUS, rule))


def _targets(environment: Environment) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for rule in environment.of_type("AWS::Events::Rule"):
        for target in rule.objects("Targets"):
            yield rule, target
    for schedule in environment.of_type("AWS::Scheduler::Schedule"):
        yield schedule, shapes.mapping(schedule.get("Target"))


def _dead_letter_queues(environment: Environment) -> list[Resource]:
    named = {
        reference
        for resource in environment.resources
        for value in _dead_letter_values(resource)
        for reference in environment.references(value, stack=resource.stack)
    }
    places = {(one.stack, one.logical_id) for one in named}
    return [q for q in environment.of_type("AWS::SQS::Queue") if (q.stack, q.logical_id) in places]


def _dead_letter_values(resource: Resource) -> list[Any]:
    values = [resource.get("DeadLetterConfig"), resource.get("RedrivePolicy")]
    values.append(resource.get("Target.DeadLetterConfig"))
    if resource.type == "AWS::Events::Rule":
        values += [target.get("DeadLetterConfig") for target in resource.objects("Targets")]
    return values


def _ours(resource: Resource, value: Any, *types: str) -> list[Resource]:
    """The resources of ours that a value refers to."""
    environment = resource.environment
    found = (environment.find(one) for one in environment.references(value, stack=resource.stack))
    return [one for one in found if one is not None and (not types or one.type in types)]


def _id(target: Mapping[str, Any]) -> str:
    return str(target.get("Id", ""))
