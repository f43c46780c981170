"""What CloudFormation itself says about resource types: the schemas that cfn-lint carries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

REGION = "sa-east-1"


@cache
def schema(kind: str) -> Mapping[str, Any]:
    """The schema of a resource type; an empty one for a custom resource."""
    if kind.startswith("Custom::"):
        return {}
    found: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return found


def create_only(kind: str) -> list[tuple[str, ...]]:
    """The paths of the properties whose change replaces the resource, or may replace it."""
    found = schema(kind)
    pointers = [
        *found.get("createOnlyProperties", []),
        *found.get("conditionalCreateOnlyProperties", []),
    ]
    return [tuple(pointer.removeprefix("/properties/").split("/")) for pointer in pointers]
