"""Values in the spelling and the types of botocore's service model.

Templates and state machine definitions write names in PascalCase and numbers as they like; an
API's members may begin in lower case, and a policy document may be a string.
"""

import json
from functools import cache
from typing import Any

import botocore.session

_session = botocore.session.get_session()


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service."""
    return _session.get_service_model(service)


@cache
def input_shape(service: str, operation: str) -> Any:
    """The shape of an operation's input; the operation in any spelling, None if there is none.

    Raises:
        botocore.exceptions.UnknownServiceError: there is no such service.
    """
    wanted = operation.replace("_", "").lower()
    model = service_model(service)
    name = next((one for one in model.operation_names if one.lower() == wanted), None)
    return None if name is None else model.operation_model(name).input_shape


def as_modelled(value: Any, shape: Any) -> Any:
    """A value as the API takes it; members that the shape does not have stay, and are refused."""
    kind = None if shape is None else shape.type_name
    if kind == "structure" and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        spelled = {names.get(name.lower(), name): part for name, part in value.items()}
        return {name: as_modelled(part, shape.members.get(name)) for name, part in spelled.items()}
    if kind == "list" and isinstance(value, list):
        return [as_modelled(part, shape.member) for part in value]
    if kind == "map" and isinstance(value, dict):
        return {name: as_modelled(part, shape.value) for name, part in value.items()}
    return _as_scalar(value, kind)


def _as_scalar(value: Any, kind: str | None) -> Any:
    if kind == "string" and not isinstance(value, str):
        return json.dumps(value)
    if kind in ("integer", "long") and isinstance(value, str | float):
        return int(value)
    if kind in ("float", "double") and isinstance(value, str):
        return float(value)
    if kind == "boolean" and isinstance(value, str):
        return value == "true"
    return value
