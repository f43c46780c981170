"""State machines as the templates define them: their states, and those of Map and Parallel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autolote.audit.model import Resource

State = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One machine, or one branch of a Map or Parallel state in it.

    Attributes:
        machine: the resource.
        start: name of the first state.
        states: by name, in the order of the definition.
        seconds: its TimeoutSeconds; None where it has none.
        outermost: whether this is the machine itself.
    """

    machine: Resource
    start: str
    states: Mapping[str, State]
    seconds: int | None
    outermost: bool

    def next_of(self, name: str) -> list[str]:
        """The states that may follow one, in the order in which it names them."""
        state = self.states[name]
        found = [state.get("Next"), state.get("Default")]
        found += [choice.get("Next") for choice in state.get("Choices", [])]
        found += [catch.get("Next") for catch in state.get("Catch", [])]
        return [str(one) for one in dict.fromkeys(found) if one is not None]

    def reachable(self) -> set[str]:
        """The states that an execution can come to."""
        seen: set[str] = set()
        ahead = [self.start]
        while ahead:
            name = ahead.pop()
            if name not in seen and name in self.states:
                seen.add(name)
                ahead += self.next_of(name)
        return seen

    def loops_through(self, name: str) -> set[str]:
        """The states of the loops that a state is on: what it reaches, and is reached from."""
        return {one for one in self._after(name) if name in self._after(one)}

    def _after(self, name: str) -> set[str]:
        seen: set[str] = set()
        ahead = self.next_of(name)
        while ahead:
            one = ahead.pop()
            if one not in seen and one in self.states:
                seen.add(one)
                ahead += self.next_of(one)
        return seen


def flows(machine: Resource) -> Iterator[Flow]:
    """A machine's own states, and those of every branch in it; none for a definition that is not
    in the template, or is no JSON."""
    definition = machine.get("Definition")
    if definition is None and machine.get("DefinitionString") is not None:
        try:
            definition = json.loads(machine.text("DefinitionString"))
        except ValueError:
            return
    if isinstance(definition, Mapping):
        yield from _flows(machine, definition, outermost=True)


def tasks(machine: Resource) -> Iterator[tuple[str, State]]:
    """The Task states of a machine, with their names."""
    for flow in flows(machine):
        for name, state in flow.states.items():
            if state.get("Type") == "Task":
                yield name, state


def resource_of(machine: Resource, state: State) -> str:
    """What a Task calls, as text: a function's ARN, or an integration's."""
    return machine.environment.text(state.get("Resource", ""), stack=machine.stack)


def _flows(machine: Resource, body: Mapping[str, Any], *, outermost: bool) -> Iterator[Flow]:
    states = body.get("States", {})
    yield Flow(
        machine=machine,
        start=str(body.get("StartAt", "")),
        states=states,
        seconds=body.get("TimeoutSeconds"),
        outermost=outermost,
    )
    for state in states.values():
        inner = [state.get("ItemProcessor"), state.get("Iterator"), *state.get("Branches", [])]
        for one in inner:
            if isinstance(one, Mapping):
                yield from _flows(machine, one, outermost=False)
