"""A request: what it must hold by itself, what its environment allows, and its defaults."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules import relations, schema
from rules.policy import Policy
from rules.violations import Violation, as_dicts

Request = Mapping[str, Any]

# Without one of these, a section's data would be read in another way than was meant.
_MEANING: Mapping[str, frozenset[str]] = {
    "train": frozenset({"data", "target"}),
    "score": frozenset({"data", "has_header", "id_columns"}),
}


@functools.cache
def contract() -> Mapping[str, Any]:
    """The JSON Schema of a request."""
    path = Path(__file__).with_name("request.schema.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def check_contract(request: Any) -> list[dict[str, Any]]:
    """Every violation that can be told without an environment, as dicts; empty if none."""
    return as_dicts(contract_violations(request))


def contract_violations(request: Any) -> list[Violation]:
    """What is wrong with a request by itself: the schema, then how its fields fit together.

    Rules between fields look only at fields that keep the schema, so that a wrong type is not
    told twice.
    """
    found = schema.check(request, contract())
    return found + relations.violations(sound(request, found), contract())


def sound(request: Any, violations: list[Violation]) -> dict[str, Any]:
    """The request without what is wrong with it, so that the rest of it can be looked at.

    A field goes alone, as if it had been left out. A section goes as a whole when the fault is its
    own, when the field's name is unknown, and when its data could not be read as it was meant.
    """
    result = {**request} if isinstance(request, Mapping) else {}
    for violation in violations:
        section, _, rest = violation.field.partition(".")
        section, field = section.partition("[")[0], rest.partition(".")[0].partition("[")[0]
        known = contract()["properties"].get(section, {}).get("properties", {})
        if field in known and field not in _MEANING.get(section, known):
            result[section] = {k: v for k, v in result.get(section, {}).items() if k != field}
        else:
            result.pop(section, None)
    return result


def normalised(request: Request, policy: Policy) -> dict[str, Any]:
    """The request with every default filled in; `train`, `model`, `gate`, `score` None if left out.

    A default is never more than the environment's limit for the same field.
    """
    limits = policy.limits
    result: dict[str, Any] = {name: request.get(name) for name in contract()["properties"]}
    if result["train"] is not None:
        result["train"] = _filled(
            result["train"],
            "train",
            max_candidates=limits.max_candidates,
            max_runtime_seconds=limits.max_automl_runtime_seconds,
        )
    if result["score"] is not None:
        result["score"] = _filled(
            {"instance_type": policy.instances.transform_default, **result["score"]},
            "score",
            max_runtime_seconds=limits.max_transform_runtime_seconds,
        )
    return result


def _filled(section: Mapping[str, Any], name: str, **limits: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field, told in contract()["properties"][name]["properties"].items():
        default = told.get("default")
        default = min(default, limits[field]) if field in limits else default
        value = section.get(field, default)
        # 3600.0 keeps the schema, but SageMaker's API wants 3600.
        result[field] = int(value) if told["type"] == "integer" and value is not None else value
    return result
