"""What a template says when nobody gives its parameters other values: defaults put in, conditions
decided. What cannot be decided from the template (a parameter without a default) stays as it is,
and a condition on it is taken to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of other types (`AWS::SSM::Parameter::Value<...>`, ids) the default is not the value.
_PLAIN = ("String", "Number", "CommaDelimitedList")
_NOTHING = {"Ref": "AWS::NoValue"}


def resources(template: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The resources of a template, settled; those whose condition does not hold are left out."""
    settler = _Settler(template)
    return {
        name: settler.settled(body)
        for name, body in template.get("Resources", {}).items()
        if settler.holds(body.get("Condition"))
    }


class _Settler:
    def __init__(self, template: Mapping[str, Any]) -> None:
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._defaults = {
            name: str(body["Default"])
            for name, body in template.get("Parameters", {}).items()
            if "Default" in body and body.get("Type") in _PLAIN
        }

    def settled(self, value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if len(value) == 1 and name in self._defaults:
                return self._defaults[name]
            case {"Fn::If": [str(condition), yes, no]} if len(value) == 1:
                return self.settled(yes if self.holds(condition) else no)
            case Mapping():
                parts = {key: self.settled(part) for key, part in value.items()}
                return {key: part for key, part in parts.items() if part != _NOTHING}
            case list():
                settled = (self.settled(part) for part in value)
                return [part for part in settled if part != _NOTHING]
            case _:
                return value

    def holds(self, condition: Any) -> bool:
        """Whether a condition holds; true where the template does not say."""
        return self._decided(condition) is not False

    def _decided(self, condition: Any) -> bool | None:
        match condition:
            case str():
                return self._decided(self._conditions.get(condition))
            case {"Condition": str(name)}:
                return self._decided(name)
            case {"Fn::Equals": [one, other]}:
                return self._equal(one, other)
            case {"Fn::Not": list(parts)} | {"Fn::And": list(parts)} | {"Fn::Or": list(parts)}:
                return self._combined(next(iter(condition)), parts)
            case _:
                return None

    def _combined(self, how: str, parts: list[Any]) -> bool | None:
        decided = [self._decided(part) for part in parts]
        if how == "Fn::And":
            return _all(decided)
        # Not of one is Or of that one, turned round.
        neither = _all([_not(one) for one in decided])
        return neither if how == "Fn::Not" else _not(neither)

    def _equal(self, one: Any, other: Any) -> bool | None:
        settled = (self.settled(one), self.settled(other))
        if not all(isinstance(part, str | int | float) for part in settled):
            return None
        return str(settled[0]) == str(settled[1])


def _not(decided: bool | None) -> bool | None:
    return None if decided is None else not decided


def _all(decided: list[bool | None]) -> bool | None:
    if False in decided:
        return False
    return None if None in decided else True
