"""What a teardown is made of: things, what is done with them, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[str], None]


class TeardownError(RuntimeError):
    """The teardown was refused before anything was touched; the text says what to do."""


class NotDoneError(Exception):
    """One thing could not be taken away; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that exists in the account.

    Attributes:
        kind: as people call it: `stack`, `app`, `bucket`.
        name: as people find it in the console.
    """

    kind: str
    name: str
    arn: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to be done with a thing.

    Attributes:
        verb: `delete`, `stop`, `empty`.
        why: what the plan says about it.
        needs: ARNs of the things that have to be done with before.
        carry_out: does it, and returns when it is done; raises NotDoneError or ClientError.
        command: what a person types to do the same.
    """

    thing: Thing
    verb: str
    why: str
    carry_out: Callable[[Tell], None]
    command: str
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A thing that stays, as was asked, why, and what would take it away."""

    thing: Thing
    why: str
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A thing that should have gone, and has not."""

    thing: Thing
    why: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be done, in order, and what would stay."""

    environment: str
    region: str
    tasks: tuple[Task, ...]
    kept: tuple[Kept, ...]

    @property
    def running(self) -> tuple[Thing, ...]:
        """Executions and jobs that would be stopped."""
        return tuple(task.thing for task in self.tasks if task.verb == "stop")


@dataclass(kw_only=True)
class Report:
    """What came of a plan."""

    plan: Plan
    done: list[Task] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    seconds: float = 0.0


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """The plan, for programs."""
    return {
        "environment": plan.environment,
        "region": plan.region,
        "tasks": [_task(task) for task in plan.tasks],
        "kept": [_with(one.thing, why=one.why, command=one.command) for one in plan.kept],
    }


def report_as_json(report: Report) -> dict[str, Any]:
    """What came of it, for programs."""
    return {
        "environment": report.plan.environment,
        "region": report.plan.region,
        "seconds": round(report.seconds, 1),
        "done": [_task(task) for task in report.done],
        "kept": [_with(one.thing, why=one.why, command=one.command) for one in report.plan.kept],
        "left": [_with(one.thing, why=one.why, command=one.command) for one in report.left],
    }


def _task(task: Task) -> Mapping[str, Any]:
    return {"verb": task.verb, **_with(task.thing, why=task.why, command=task.command)}


def _with(thing: Thing, **more: str) -> dict[str, str]:
    return {"kind": thing.kind, "name": thing.name, "arn": thing.arn, **more}
