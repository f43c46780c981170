"""Defects of the state machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.audit.defects.copies import Body, Copy, Defect, Plant, change, definition, drop

_MACHINE, _POLICY = "AWS::StepFunctions::StateMachine", "AWS::IAM::ManagedPolicy"
States = dict[str, dict[str, Any]]


def states(doing: Callable[[States], object]) -> Plant:
    """The machine's states are changed."""

    def plant(templates: Copy) -> Body:
        machine = templates.one(_MACHINE)
        with definition(machine) as opened:
            doing(opened["States"])
        return machine

    return plant


def _unbounded(templates: Copy) -> Body:
    machine = templates.one(_MACHINE)
    with definition(machine) as opened:
        del opened["TimeoutSeconds"]
    return machine


def _tries_for_ever(states: States) -> None:
    states["CreateModel"]["Retry"][0]["MaxAttempts"] = 99_999_999


def _hot_loop(states: States) -> None:
    """The poll goes straight back to the question, without waiting."""
    for choice in states["IsAutoMLDone"]["Choices"]:
        if choice["Next"] == "WaitForAutoML":
            choice["Next"] = "DescribeAutoML"
    states["StartAutoML"]["Next"] = "DescribeAutoML"
    del states["WaitForAutoML"]


def _for_ever(states: States) -> None:
    """Whatever the job says, the poll goes on."""
    states["Done"] = {"Type": "Wait", "Seconds": 60, "Next": "Done"}


def _may_not(action: str) -> Plant:
    def plant(templates: Copy) -> Body:
        policy = next(
            p
            for p in templates.all(_POLICY)
            if "lambda:InvokeFunction" in str(p.properties) and "sns:Publish" in str(p.properties)
        )
        document = policy.properties["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if action not in str(s["Action"])]
        return templates.one(_MACHINE)

    return plant


DEFECTS = (
    Defect(name="an execution without an end", rule="machine-timeout", plant=_unbounded),
    Defect(
        name="a machine that logs nothing",
        rule="machine-log",
        plant=change(_MACHINE, "LoggingConfiguration.Level", "OFF"),
    ),
    Defect(
        name="a machine that logs what it works on",
        rule="machine-log-data",
        plant=change(_MACHINE, "LoggingConfiguration.IncludeExecutionData", True),
    ),
    Defect(
        name="a machine without traces",
        rule="machine-tracing",
        plant=drop(_MACHINE, "TracingConfiguration"),
    ),
    Defect(
        name="a task without a timeout",
        rule="state-timeout",
        plant=states(lambda all_: all_["CreateModel"].pop("TimeoutSeconds")),
    ),
    Defect(
        name="a missing catch",
        rule="state-catch",
        plant=states(lambda all_: all_["CreateModel"].pop("Catch")),
    ),
    Defect(
        name="a catch of one error only",
        rule="state-catch",
        plant=states(
            lambda all_: all_["CreateModel"]["Catch"][0].update(ErrorEquals=["States.Timeout"])
        ),
    ),
    Defect(
        name="a task that is tried once",
        rule="state-retry",
        plant=states(lambda all_: all_["CreateModel"].pop("Retry")),
    ),
    Defect(
        name="a task that is tried for ever",
        rule="state-retry-bounded",
        plant=states(_tries_for_ever),
    ),
    Defect(
        name="a state that nothing leads to",
        rule="state-unreachable",
        plant=states(lambda all_: all_.update(Lost={"Type": "Succeed"})),
    ),
    Defect(
        name="a state that leads to nothing",
        rule="state-next",
        plant=states(lambda all_: all_["CreateModel"].update(Next="HasScored")),
        also=("state-unreachable",),
    ),
    Defect(
        name="a choice without a default",
        rule="choice-default",
        plant=states(lambda all_: all_["IsAutoMLDone"].pop("Default")),
    ),
    Defect(name="a loop that never waits", rule="state-loop", plant=states(_hot_loop)),
    Defect(name="a loop that cannot be left", rule="state-loop", plant=states(_for_ever)),
    Defect(
        name="a task that gives up before its function",
        rule="state-function-timeout",
        plant=states(lambda all_: all_["CreateModel"].update(TimeoutSeconds=5)),
    ),
    Defect(
        name="a machine that may not invoke its functions",
        rule="machine-may-invoke",
        plant=_may_not("lambda:InvokeFunction"),
    ),
    Defect(
        name="a machine that may not publish",
        rule="machine-may-invoke",
        plant=_may_not("sns:Publish"),
    ),
    Defect(
        name="a machine that may not use its topic's key",
        rule="machine-may-invoke",
        plant=_may_not("kms:GenerateDataKey"),
    ),
)
