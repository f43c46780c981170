"""A validator for the part of JSON Schema (draft 2020-12) that `request.schema.json` uses.

It finds every violation at once and says it in plain words, which is why it exists: the reference
implementation is neither in Lambda's runtime nor meant for the eyes of a data scientist. A test
holds it to that implementation's yes or no, and `unsupported` keeps the schema inside its part.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rules.violations import Violation

Schema = Mapping[str, Any]

_ANNOTATIONS = frozenset(
    ("$schema", "$id", "$comment", "title", "description", "examples", "default", "properties")
)
_TYPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "object": ("a JSON object", lambda v: isinstance(v, dict)),
    "array": ("a list", lambda v: isinstance(v, list)),
    "string": ("a text", lambda v: isinstance(v, str)),
    "boolean": ("true or false", lambda v: isinstance(v, bool)),
    "number": ("a number", lambda v: isinstance(v, int | float) and not isinstance(v, bool)),
    # 1.0 is an integer: https://json-schema.org/understanding-json-schema/reference/numeric
    "integer": (
        "a whole number",
        lambda v: (
            (isinstance(v, int) and not isinstance(v, bool))
            or (isinstance(v, float) and v.is_integer())
        ),
    ),
}


def check(value: Any, schema: Schema, *, field: str = "") -> list[Violation]:
    """Every way in which `value` breaks `schema`; empty when it keeps it.

    Args:
        value: what `json.loads` returned.
        schema: a schema for which `unsupported` is empty.
        field: path of `value` in the request.
    """
    allowed = [_TYPES[name] for name in _types(schema)]
    if not any(fits(value) for _, fits in allowed):
        words = " or ".join(words for words, _ in allowed)
        return [_violation(schema, field, value, f"must be {words}")]
    return [
        violation
        for keyword, told in schema.items()
        for violation in _CHECKS.get(keyword, _nothing)(value, told, schema, field)
    ]


def unsupported(schema: Schema) -> list[str]:
    """The keywords of a schema, at any depth, that `check` does not know."""
    known = _ANNOTATIONS | {"type"} | set(_CHECKS)
    found = [keyword for keyword in schema if keyword not in known]
    found += [f"type: {name}" for name in _types(schema) if name not in _TYPES]
    for part in [*schema.get("properties", {}).values(), *_inner(schema)]:
        found += unsupported(part)
    return found


def _types(schema: Schema) -> list[Any]:
    told = schema.get("type")
    return told if isinstance(told, list) else [told]


def _inner(schema: Schema) -> list[Schema]:
    """The schemas of items and of properties that are not named."""
    parts = (schema.get(keyword) for keyword in ("items", "additionalProperties"))
    return [part for part in parts if isinstance(part, Mapping)]


def _violation(schema: Schema, field: str, value: Any, rule: str, fix: str = "") -> Violation:
    return Violation(field=field or "request", value=value, rule=rule, fix=fix or _example(schema))


def _example(schema: Schema) -> str:
    examples = schema.get("examples", [])
    if not examples:
        return "See docs/request.md."
    return f"Write, for instance, {json.dumps(examples[0], ensure_ascii=False)}."


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _path(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _nothing(_value: Any, _told: Any, _schema: Schema, _field: str) -> Iterator[Violation]:
    return iter(())


def _properties(value: Any, told: Any, _schema: Schema, field: str) -> Iterator[Violation]:
    for name, schema in told.items():
        if name in value:
            yield from check(value[name], schema, field=_path(field, name))


def _additional(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    known = schema["properties"]
    for name in value:
        if name in known:
            continue
        if told:
            yield from check(value[name], told, field=_path(field, name))
        else:
            fix = f"Remove it, or write one of {_listed(list(known))}."
            yield _violation(schema, _path(field, name), value[name], "is not a known field", fix)


def _required(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    for name in told:
        if name not in value:
            part = schema["properties"][name]
            fix = f"Add it: {part.get('title', name)}. {_example(part)}"
            yield _violation(part, _path(field, name), None, "is required", fix)


def _dependent(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    for name, needed in told.items():
        for other in needed if name in value else ():
            if other not in value:
                rule = f"is required when `{_path(field, name)}` is given"
                fix = f"Add `{_path(field, other)}`, or remove `{_path(field, name)}`."
                yield _violation(schema, _path(field, other), None, rule, fix)


def _any_of(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    names = [name for branch in told for name in branch["required"]]
    if not any(name in value for name in names):
        yield _violation(
            schema,
            field,
            list(value),
            f"needs at least one of {_listed(names)}",
            "Add one of them.",
        )


def _one_of(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    names = [name for branch in told for name in branch["required"]]
    given = [name for name in names if name in value]
    if len(given) != 1:
        rule = f"needs exactly one of {_listed(names)}"
        fix = f"Keep one of {_listed(given)}." if given else "Add one of them."
        yield _violation(schema, field, value, rule, fix)


def _not(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    names = told["required"]
    if all(name in value for name in names):
        rule = f"cannot have {_listed(names)} together"
        yield _violation(schema, field, names, rule, f"Keep one of {_listed(names)}.")


def _enum(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    if value not in told:
        fix = f"Write one of {_listed(told)}."
        yield _violation(schema, field, value, f"must be one of {_listed(told)}", fix)


def _pattern(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    if not re.search(told, value):
        rule = schema.get("title", f"must match {told}")
        yield _violation(schema, field, value, f"must be {rule[0].lower()}{rule[1:]}")


def _bound(rule: str, holds: Callable[[Any, Any], bool]) -> Callable[..., Iterator[Violation]]:
    def check_bound(value: Any, told: Any, schema: Schema, field: str) -> Iterator[Violation]:
        if not holds(value, told):
            yield _violation(schema, field, value, rule.format(told))

    return check_bound


def _list_items(value: Any, told: Any, _schema: Schema, field: str) -> Iterator[Violation]:
    for index, item in enumerate(value):
        yield from check(item, told, field=f"{field}[{index}]")


def _unique(value: Any, _told: Any, schema: Schema, field: str) -> Iterator[Violation]:
    repeated = [item for index, item in enumerate(value) if item in value[:index]]
    if repeated:
        yield _violation(schema, field, repeated[0], "must not be listed twice", "List it once.")


_CHECKS: Mapping[str, Callable[[Any, Any, Schema, str], Iterator[Violation]]] = {
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "dependentRequired": _dependent,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _bound("must have at least {} characters", lambda v, told: len(v) >= told),
    "maxLength": _bound("must have at most {} characters", lambda v, told: len(v) <= told),
    "minimum": _bound("must be at least {}", lambda v, told: v >= told),
    "maximum": _bound("must be at most {}", lambda v, told: v <= told),
    "exclusiveMinimum": _bound("must be more than {}", lambda v, told: v > told),
    "exclusiveMaximum": _bound("must be less than {}", lambda v, told: v < told),
    "maxProperties": _bound("must have at most {} fields", lambda v, told: len(v) <= told),
    "items": _list_items,
    "minItems": _bound("must have at least {} entries", lambda v, told: len(v) >= told),
    "maxItems": _bound("must have at most {} entries", lambda v, told: len(v) <= told),
    "uniqueItems": _unique,
}
