"""Goes through a state machine's definition on a clock that is only counted, not waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# History events of one visit of a state that succeeds, by what it is:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
# A Lambda ARN as resource: entered, scheduled, started, succeeded, exited; sns:publish likewise.
EVENTS = {"Task": 5, "Wait": 2, "Choice": 2, "Pass": 2, "Succeed": 2}
EVENTS_OF_AN_EXECUTION = 2  # ExecutionStarted, ExecutionSucceeded

Answer = Callable[[float], dict[str, Any]]


@dataclass
class Walk:
    """One execution.

    Attributes:
        answers: what each task answers at a time (seconds since the start); {} when left out.
        seconds: how long it has been running.
        transitions: states visited, which is what a Standard execution costs.
        events: length of its history.
    """

    definition: Mapping[str, Any]
    answers: Mapping[str, Answer]
    seconds: float = 0
    events: int = EVENTS_OF_AN_EXECUTION
    visited: list[str] = field(default_factory=list)

    @property
    def transitions(self) -> int:
        # AWS counts the transition into the first state, too.
        return len(self.visited)

    def run(self) -> Walk:
        """Go from the first state to the end, and return this walk."""
        data: dict[str, Any] = {}
        name: str | None = self.definition["StartAt"]
        while name is not None:
            state = self.definition["States"][name]
            self.visited.append(name)
            self.events += EVENTS[state["Type"]]
            name = self._visit(name, state, data)
        return self

    def _visit(self, name: str, state: Mapping[str, Any], data: dict[str, Any]) -> str | None:
        if state["Type"] == "Task" and state["ResultPath"]:
            answer = self.answers.get(name, lambda _: {})(self.seconds)
            data[state["ResultPath"].removeprefix("$.")] = answer
        if state["Type"] == "Wait":
            self.seconds += _at(data, state["SecondsPath"])
        if state["Type"] == "Choice":
            return next(
                (choice["Next"] for choice in state["Choices"] if _holds(choice, data)),
                str(state["Default"]),
            )
        return None if state["Type"] == "Succeed" else str(state["Next"])


def _at(data: Any, path: str) -> Any:
    for key in path.split(".")[1:]:
        data = data.get(key) if data else None
    return data


def _holds(choice: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    if "Or" in choice:
        return any(_holds(part, data) for part in choice["Or"])
    value = _at(data, choice["Variable"])
    if "StringEquals" in choice:
        return bool(value == choice["StringEquals"])
    # IsPresent: false and IsNull: true are the two other tests that the definition holds.
    return value is None
