"""A request: what it must hold by itself, what its environment allows, and its defaults."""

import functools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules import relations, schema, training
from rules.policy import Policy
from rules.violations import Violation, as_dicts

Request = Mapping[str, Any]

# Without one of these, a section's data would be read in another way than was meant.
_MEANING: Mapping[str, frozenset[str]] = {
    "train": frozenset({"method", "data", "target"}),
    "score": frozenset({"data", "has_header", "id_columns"}),
    "score.golden": frozenset({"data", "predictions", "max_deviation"}),
}


class RequestTextError(ValueError):
    """A text is no request's; the message says what is wrong with it, as a rule does."""


def parse(text: str | bytes) -> Any:
    """The JSON in a text, with what JSON leaves to its readers refused.

    Of a name that stands twice only one value would count, and NaN and Infinity, which Python
    reads and JSON does not have, would come as far as the training.

    Raises:
        RequestTextError: it is not JSON, or one of these is in it.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite
        )
    except RequestTextError:
        raise
    except ValueError as error:
        raise RequestTextError(f"is not JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in pairs:
        if name in told:
            raise RequestTextError(f"has `{name[:80]}` twice in one object")
        told[name] = value
    return told


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise RequestTextError(f"has {text[:80]} where only a finite number can stand")
    return value


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
    train = request.get("train") if isinstance(request, Mapping) else None
    found = training.of_method(schema.check(request, contract()), train)
    found += training.missing(train)
    return found + relations.violations(sound(request, found), contract())


def sound(request: Any, violations: list[Violation]) -> dict[str, Any]:
    """The request without what is wrong with it, so that the rest of it can be looked at.

    A field goes alone, as if it had been left out. A section goes as a whole when the fault is its
    own, when the field's name is unknown, and when its data could not be read as it was meant.
    """
    result = {**request} if isinstance(request, Mapping) else {}
    for violation in violations:
        path = [name.partition("[")[0] for name in violation.field.split(".")]
        result = _without(result, path, contract()["properties"], "")
    return result


def _without(
    section: dict[str, Any], path: list[str], known: Mapping[str, Any], at: str
) -> dict[str, Any]:
    """A section without the field at `path`, or without the part of it that goes with the field."""
    name, *rest = path
    inner, part = f"{at}{name}", known.get(name, {}).get("properties", {})
    holds = rest and rest[0] in part and isinstance(section.get(name), dict)
    if holds and inner in _MEANING and rest[0] not in _MEANING[inner]:
        return {**section, name: _without(section[name], rest, part, f"{inner}.")}
    return {field: value for field, value in section.items() if field != name}


def normalised(request: Request, policy: Policy) -> dict[str, Any]:
    """The request with every default filled in; `train`, `model`, `gate`, `score` None if left out.

    A default is never more than the environment's limit for the same field.
    """
    limits, instances = policy.limits, policy.instances
    result: dict[str, Any] = {name: request.get(name) for name in contract()["properties"]}
    if result["train"] is not None:
        result["train"] = _normalised_train(result["train"], policy)
    if result["score"] is not None:
        result["score"] = _filled(
            {"instance_type": instances.transform_default, **result["score"]},
            contract()["properties"]["score"],
            max_runtime_seconds=limits.max_transform_runtime_seconds,
        )
    return result


def _normalised_train(train: Request, policy: Policy) -> dict[str, Any]:
    """`train` with the fields of its method alone."""
    limits = policy.limits
    by_script = training.method(train) == training.SCRIPT
    longest = (
        limits.max_training_runtime_seconds if by_script else limits.max_automl_runtime_seconds
    )
    filled = _filled(
        train,
        contract()["properties"]["train"],
        max_candidates=limits.max_candidates,
        max_runtime_seconds=longest,
    )
    result = {name: value for name, value in filled.items() if name in training.fields(train)}
    if by_script:
        result["instance_type"] = train.get("instance_type", policy.instances.training_default)
        if result["spot"] and result["max_wait_seconds"] is None:
            runtime = result["max_runtime_seconds"]
            result["max_wait_seconds"] = min(2 * runtime, limits.max_training_wait_seconds)
    return result


def _filled(section: Mapping[str, Any], told: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field, part in told["properties"].items():
        default = part.get("default")
        default = min(default, limits[field]) if field in limits else default
        value: Any = section.get(field, default)
        # 3600.0 keeps the schema, but SageMaker's API wants 3600.
        value = int(value) if part["type"] == "integer" and value is not None else value
        is_closed = part.get("additionalProperties") is False
        result[field] = _filled(value, part) if is_closed and value is not None else value
    return result
