"""Where the data flow begins and where its failures go: what properties say, not permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autolote.audit.facts.flow_parts import EdgeKind, Parts
from autolote.audit.facts.statements import as_list, mappings
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment, Resource


class Sources:
    """Events, schedules, failures and alarms: what properties say, not permissions."""

    def __init__(self, environment: Environment, words: Words, parts: Parts) -> None:
        self._environment = environment
        self._words = words
        self._parts = parts

    def add(self) -> None:
        """Add all of it to the parts."""
        for rule in self._environment.of_type("AWS::Events::Rule"):
            self._rule(rule)
        for schedule in self._environment.of_type("AWS::Scheduler::Schedule"):
            when = self._parts.other(schedule.text("ScheduleExpression"), kind="schedule")
            self._parts.edge(when, self._parts.resource(schedule), kind="starts", label="at")
            for target in mappings(schedule.get("Target")):
                self._target(schedule, target)
        for machine in self._environment.of_type("AWS::StepFunctions::StateMachine"):
            for called in self._resources(machine, "DefinitionString"):
                if called.type == "AWS::SNS::Topic":
                    self._edge(machine, called, kind="writes", label="publishes")
                else:
                    self._edge(machine, called, kind="starts", label="invokes")
        self._simple()
        self._alarms()

    def _simple(self) -> None:
        for type_, source, target, kind, label in _LINKS:
            for resource in self._environment.of_type(type_):
                sources = self._resources(resource, source) if source else [resource]
                for one in sources:
                    for other in self._resources(resource, target):
                        self._edge(one, other, kind=kind, label=label)
        for subscription in self._environment.of_type("AWS::SNS::Subscription"):
            protocol, endpoint = subscription.text("Protocol"), subscription.text("Endpoint")
            for topic in self._resources(subscription, "TopicArn"):
                found = self._words.target(endpoint).resource
                end = (
                    self._parts.resource(found)
                    if found
                    else self._parts.other(endpoint, kind=f"{protocol} address")
                )
                self._parts.edge(
                    self._parts.resource(topic), end, kind="writes", label="delivers to"
                )

    def _rule(self, rule: Resource) -> None:
        pattern = rule.get("EventPattern")
        cause = (
            self._parts.other(self._event(rule, pattern), kind="event")
            if isinstance(pattern, dict)
            else self._parts.other(rule.text("ScheduleExpression"), kind="schedule")
        )
        me = self._parts.resource(rule)
        self._parts.edge(cause, me, kind="starts", label="matches" if pattern else "at")
        for target in mappings(rule.get("Targets")):
            self._target(rule, target)

    def _event(self, rule: Resource, pattern: dict[str, Any]) -> str:
        """What an event pattern waits for, in a few words."""
        names = [
            _matched(v) for key in ("detail-type", "source") for v in as_list(pattern.get(key))
        ]
        buckets = [
            one.name
            for one in (self._environment.find(r) for r in rule.references("EventPattern"))
            if one and one.type == "AWS::S3::Bucket"
        ]
        said = ", ".join(names[:1]) or "any event"
        if buckets:
            return f"{said} in bucket {', '.join(buckets)}"
        source = ", ".join(_matched(v) for v in as_list(pattern.get("source")))
        return f"{said} from {source}" if source and said != source else said

    def _target(self, source: Resource, target: Mapping[str, Any]) -> None:
        for path, kind, label in _TARGET_FIELDS:
            value: Any = target
            for part in path.split("."):
                value = (value.get(part) if isinstance(value, Mapping) else None) or {}
            text = self._environment.text(value, stack=source.stack) if value else ""
            end = self._words.target(text).resource
            if end:
                said = "publishes" if end.type == "AWS::SNS::Topic" else label
                self._edge(source, end, kind=kind, label=said)

    def _alarms(self) -> None:
        """All alarms of a topic as one node: what matters is whom they reach."""
        reached: dict[str, list[Resource]] = {}
        ends = {}
        for alarm in self._environment.of_type(
            "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
        ):
            for end in self._resources(alarm, "AlarmActions"):
                ends[end.where] = end
                reached.setdefault(end.where, []).append(alarm)
        for where, alarms in sorted(reached.items()):
            many = f"{len(alarms)} alarm{'s' if len(alarms) > 1 else ''}"
            source = self._parts.other(many, kind=f"alarms to {where}")
            self._parts.edge(source, self._parts.resource(ends[where]), kind="alarms", label="tell")

    def _resources(self, resource: Resource, path: str) -> list[Resource]:
        found = [self._environment.find(r) for r in resource.references(path)]
        return [one for one in found if one]

    def _edge(self, source: Resource, target: Resource, *, kind: EdgeKind, label: str) -> None:
        self._parts.edge(
            self._parts.resource(source), self._parts.resource(target), kind=kind, label=label
        )


_TARGET_FIELDS: tuple[tuple[str, EdgeKind, str], ...] = (
    ("Arn", "starts", "starts"),
    ("DeadLetterConfig.Arn", "fails", "undelivered"),
)
# Type, what acts ("": the resource itself), what it acts on, and how.
_LINKS: tuple[tuple[str, str, str, EdgeKind, str], ...] = (
    ("AWS::Lambda::Function", "", "DeadLetterConfig", "fails", "failures"),
    ("AWS::Lambda::EventInvokeConfig", "FunctionName", "DestinationConfig", "fails", "failures"),
    ("AWS::Lambda::EventSourceMapping", "EventSourceArn", "FunctionName", "starts", "feeds"),
    ("AWS::S3::Bucket", "", "LoggingConfiguration", "writes", "access logs"),
    ("AWS::SQS::Queue", "", "RedrivePolicy", "fails", "failures"),
)


def _matched(value: Any) -> str:
    """One value of an event pattern: itself, or what it begins with."""
    prefix = value.get("prefix") if isinstance(value, dict) else None
    return str(value) if prefix is None else f"{prefix}*"
