"""State machines as the templates define them: their states, and those of Map and Parallel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from autolote.audit import shapes
from autolote.audit.model import Environment, Resource

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
        return self._next[name]

    @cached_property
    def _next(self) -> Mapping[str, list[str]]:
        return {name: _following(state) for name, state in self.states.items()}

    def reachable(self) -> set[str]:
        """The states that an execution can come to."""
        return self._from([self.start])

    def loops_through(self, name: str) -> set[str]:
        """The states of the loops that a state is on: what it reaches, and is reached from."""
        return {one for one in self._after[name] if name in self._after[one]}

    @cached_property
    def _after(self) -> Mapping[str, set[str]]:
        return {name: self._from(self.next_of(name)) for name in self.states}

    def _from(self, ahead: Sequence[str]) -> set[str]:
        seen: set[str] = set()
        waiting = list(ahead)
        while waiting:
            name = waiting.pop()
            if name not in seen and name in self.states:
                seen.add(name)
                waiting += self.next_of(name)
        return seen


def _following(state: State) -> list[str]:
    found = [state.get("Next"), state.get("Default")]
    found += [choice.get("Next") for choice in shapes.mappings(state.get("Choices"))]
    found += [catch.get("Next") for catch in shapes.mappings(state.get("Catch"))]
    return [str(one) for one in dict.fromkeys(found) if one is not None]


def flows(machine: Resource) -> tuple[Flow, ...]:
    """A machine's own states, and those of every branch in it; none for a definition that is not
    in the template, or is no JSON."""
    return _by_machine(machine.environment)[machine.logical_id]


@lru_cache(maxsize=4)
def _by_machine(environment: Environment) -> Mapping[str, tuple[Flow, ...]]:
    machines = environment.of_type("AWS::StepFunctions::StateMachine")
    return {machine.logical_id: tuple(_defined(machine)) for machine in machines}


def _defined(machine: Resource) -> Iterator[Flow]:
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
        inner = [
            state.get("ItemProcessor"),
            state.get("Iterator"),
            *shapes.items(state.get("Branches")),
        ]
        for one in inner:
            if isinstance(one, Mapping):
                yield from _flows(machine, one, outermost=False)
