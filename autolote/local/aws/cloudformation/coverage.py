"""Which types and properties CloudFormation knows here, from coverage.toml.

A property either acts here or is only recorded, each with a reason; one that is in neither list
fails the deployment with its name, so that nothing in a template is skipped silently.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from autolote.local.aws.cloudformation.model import DeploymentFailedError

TABLE = Path(__file__).with_name("coverage.toml")


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """Type -> `acts` (list of properties) and `records` (property -> reason)."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def check(type_name: str, properties: Mapping[str, Any]) -> None:
    """Refuse what is not covered.

    Raises:
        DeploymentFailedError: the type or a property of it is not in the table.
    """
    if type_name.startswith("Custom::"):
        return
    known = table().get(type_name)
    if known is None:
        raise DeploymentFailedError(
            f"Resource type {type_name} is not supported by the local account: give it a "
            "provider in autolote/local/aws/cloudformation and a section in coverage.toml"
        )
    unknown = sorted(set(properties) - set(known["acts"]) - set(known.get("records", {})))
    if unknown:
        raise DeploymentFailedError(
            f"{', '.join(unknown)} of {type_name} is not supported by the local account: "
            "write it into coverage.toml, as acting here or as only recorded"
        )
