"""Which resource of a policy cdk-nag means when it reports a wildcard in one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from autolote.audit.model import Resource
from autolote.audit.policies import statements

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


def written(resource: Resource, copied: Mapping[str, Any]) -> dict[str, str]:
    """The resources of a policy's statements, as cdk-nag writes them -> as the audit does.

    Args:
        resource: what holds the policy, from the template.
        copied: the properties of its copy that cdk-nag was given.
    """
    found: dict[str, str] = {}
    pairs = zip(_documents(resource.properties), _documents(copied), strict=True)
    for original, document in pairs:
        bodies = [body for body in _many(document.get("Statement")) if isinstance(body, Mapping)]
        for statement, body in zip(statements(resource, original), bodies, strict=True):
            flat = [flattened(one) for one in _many(body.get("Resource"))]
            found.update(zip(flat, statement.resources, strict=True))
    return found


def flattened(value: Any) -> str:
    """A value as the findings of cdk-nag write it: references in angle brackets."""
    match value:
        case str():
            return _PLACEHOLDER.sub(r"<\1>", value)
        case {"Fn::Join": [separator, list(parts)]}:
            return str(separator).join(flattened(part) for part in parts)
        case {"Fn::Sub": text}:
            return flattened(text)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Ref": str(name)}:
            return f"<{name}>"
        case _:
            return json.dumps(value, separators=(",", ":"))


def _documents(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "PolicyDocument" in properties:
        yield properties["PolicyDocument"]
    for policy in properties.get("Policies") or []:
        yield policy["PolicyDocument"]


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
