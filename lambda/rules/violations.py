"""One thing that is wrong with a request, said so that its sender can put it right."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_LONGEST_VALUE = 120


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a request breaks.

    Attributes:
        field: path of the field, as `score.instance_count`; `request` is the whole of it.
        value: what was found, shortened when long.
        rule: what holds, in plain words.
        fix: the way out.
    """

    field: str
    value: Any
    rule: str
    fix: str

    def as_dict(self) -> dict[str, Any]:
        """The four parts as JSON takes them, the value cut to a readable length."""
        return {**asdict(self), "field": _short(self.field), "value": _short(self.value)}


def as_dicts(violations: Iterable[Violation]) -> list[dict[str, Any]]:
    """Violations as JSON takes them, each once, in the order found."""
    found: dict[str, dict[str, Any]] = {}
    for violation in violations:
        told = violation.as_dict()
        found.setdefault(json.dumps(told, sort_keys=True), told)
    return list(found.values())


def within(told: list[dict[str, Any]], *, longest: int) -> list[dict[str, Any]]:
    """As many of the violations as fit into `longest` characters of JSON, and how many do not."""
    kept: list[dict[str, Any]] = []
    size = 0
    for number, violation in enumerate(told):
        size += len(json.dumps(violation)) + 2
        if size > longest:
            rule = f"breaks {len(told) - number} more rules"
            more = Violation(field="request", value=None, rule=rule, fix="Correct these first.")
            return [*kept, more.as_dict()]
        kept.append(violation)
    return kept


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "..."
    text = json.dumps(value, default=str)
    return value if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."
