"""The parameters of a template, with the values a deployment gives them."""

from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.aws.cloudformation.model import DeploymentFailedError


def resolved_parameters(
    template: Mapping[str, Any],
    given: Mapping[str, str],
    ssm_value: Callable[[str], str],
) -> dict[str, Any]:
    """Parameter -> value; a list type becomes a list.

    Raises:
        DeploymentFailedError: one has no value, or a value that its definition does not allow.
    """
    found: dict[str, Any] = {}
    for name, definition in (template.get("Parameters") or {}).items():
        value = given.get(name, definition.get("Default"))
        if value is None:
            raise DeploymentFailedError(f"Parameters: [{name}] must have values")
        allowed = definition.get("AllowedValues")
        if allowed and str(value) not in [str(one) for one in allowed]:
            raise DeploymentFailedError(
                f"Parameter {name} is {value!r}, and may be one of {allowed}"
            )
        kind = definition.get("Type", "String")
        if kind.startswith("AWS::SSM::Parameter::Value"):
            value = ssm_value(str(value))
        if "List" in kind:
            value = [part.strip() for part in str(value).split(",")] if value else [""]
        found[name] = value if isinstance(value, list) else str(value)
    return found
