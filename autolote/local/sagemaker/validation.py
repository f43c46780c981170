"""Requests and answers against botocore's service model of SageMaker, in AWS's wording.

botocore's own ParamValidator checks required members, types and minima only. A server also checks
maxima, patterns and enumerations, and words it like this: "1 validation error detected: Value 'x'
at 'transformInput.splitType' failed to satisfy constraint: Member must satisfy enum value set:
[None, Line, RecordIO, TFRecord]".
"""

import functools
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session

from .errors import ServiceError, ValidationError

Shape = Any  # botocore.model.Shape; botocore ships no types

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),  # JSON 1.1: seconds since the epoch
}
# Python's re has no Unicode categories. \w is letters, digits and the underscore, which every
# class of the model that names \p{L} or \p{N} allows as well; \p{Z} is the separators.
_CATEGORIES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


@functools.cache
def service_model() -> Any:
    """botocore's model of SageMaker: the one source of every name, limit and enumeration."""
    return botocore.session.get_session().get_service_model("sagemaker")


def checked_request(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The request without members the model does not know (AWS ignores those as well).

    Raises SerializationException for a value of the wrong type, ValidationException with every
    violated constraint at once.
    """
    shape = service_model().operation_model(operation).input_shape
    if shape is None:
        return {}
    known: dict[str, Any] = _known(shape, params)
    wrong = list(_wrong_types(shape, known, ""))
    if wrong:
        raise ServiceError("SerializationException", "; ".join(wrong))
    violated = list(_violations(shape, known, ""))
    if violated:
        plural = "s" if len(violated) > 1 else ""
        raise ValidationError(
            f"{len(violated)} validation error{plural} detected: " + "; ".join(violated)
        )
    return known


def answer_problems(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """How an answer breaks the service model; an empty list if it does not."""
    shape = service_model().operation_model(operation).output_shape
    if shape is None:
        return [f"{operation} answers nothing"] if answer else []
    unknown = list(_unknown(shape, answer, ""))
    wrong = list(_wrong_types(shape, answer, ""))
    return unknown + wrong + ([] if wrong else list(_violations(shape, answer, "")))


def _known(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {
            name: _known(shape.members[name], member)
            for name, member in value.items()
            if name in shape.members and member is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_known(shape.member, member) for member in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _known(shape.value, member) for key, member in value.items()}
    return value


def _children(shape: Shape, value: Any, path: str) -> Iterator[tuple[Shape, Any, str]]:
    if shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield shape.members[name], member, _join(path, name)
    elif shape.type_name == "list":
        for number, member in enumerate(value, start=1):
            yield shape.member, member, f"{path}.{number}.member"
    elif shape.type_name == "map":
        for key, member in value.items():
            yield shape.value, member, f"{path}.{key}.member"


def _unknown(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name in set(value) - set(shape.members):
            yield f"'{_join(path, name)}' is not a member of {shape.name}"
    if not isinstance(value, _TYPES[shape.type_name]):
        return  # reported as a wrong type
    for child, member, where in _children(shape, value, path):
        yield from _unknown(child, member, where)


def _wrong_types(shape: Shape, value: Any, path: str) -> Iterator[str]:
    allowed = _TYPES[shape.type_name]
    right = isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        yield f"'{path}': {value!r} can not be converted to {shape.type_name}"
        return
    for child, member, where in _children(shape, value, path):
        yield from _wrong_types(child, member, where)


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for rule in _broken_rules(shape, value):
        yield f"Value {_shown(value)} at '{path}' failed to satisfy constraint: Member must {rule}"
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield (
                    f"Value null at '{_join(path, name)}' failed to satisfy constraint: "
                    "Member must not be null"
                )
    if shape.type_name == "map":
        for key in value:
            for rule in _broken_rules(shape.key, key):
                yield (
                    f"Value {_shown(value)} at '{path}' failed to satisfy constraint: "
                    f"Map keys must satisfy constraint: [Member must {rule}]"
                )
    for child, member, where in _children(shape, value, path):
        yield from _violations(child, member, where)


def _broken_rules(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    if shape.type_name in ("string", "list", "map"):
        yield from _out_of_range(limits, len(value), "length")
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _out_of_range(limits, value, "value")
    if shape.type_name == "string":
        if limits.get("enum") and value not in limits["enum"]:
            yield f"satisfy enum value set: [{', '.join(limits['enum'])}]"
        pattern = limits.get("pattern")
        if pattern and not _compiled(pattern).fullmatch(value):
            yield f"satisfy regular expression pattern: {pattern}"
    elif shape.type_name == "structure" and shape.is_tagged_union and len(value) != 1:
        yield f"have exactly one of the members [{', '.join(shape.members)}]"


def _out_of_range(limits: Mapping[str, Any], measure: float, what: str) -> Iterator[str]:
    if "min" in limits and measure < limits["min"]:
        yield f"have {what} greater than or equal to {limits['min']}"
    if "max" in limits and measure > limits["max"]:
        yield f"have {what} less than or equal to {limits['max']}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for category, characters in _CATEGORIES.items():
        pattern = pattern.replace(category, characters)
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    # AWS writes members the way its Java server names them: 'transformInput.splitType'.
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _shown(value: Any) -> str:
    return f"'{str(value)[:1024]}'"
