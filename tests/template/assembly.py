"""A synthesized cloud assembly, read as the JSON that would be deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACKS = ("storage", "network", "identity", "image", "pipeline", "domain")


@dataclass(frozen=True)
class Resource:
    """One resource: `name` is its logical id without the hash that CDK ends it with."""

    stack: str
    logical_id: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return re.sub(r"[0-9A-F]{8}$", "", self.logical_id)

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body.get("Properties", {})
        return properties


@dataclass(frozen=True)
class Assembly:
    """The templates below `folder`, by environment and stack."""

    folder: Path

    def stacks(self, environment: str) -> list[str]:
        """The stacks that the environment has."""
        folder = self.folder / f"assembly-{environment}"
        return [stack for stack in STACKS if any(folder.glob(f"{environment}{stack}*.json"))]

    def path(self, environment: str, stack: str) -> Path:
        [path] = (self.folder / f"assembly-{environment}").glob(
            f"{environment}{stack}*.template.json"
        )
        return path

    def template(self, environment: str, stack: str) -> dict[str, Any]:
        template: dict[str, Any] = json.loads(self.path(environment, stack).read_text())
        return template

    def resources(self, environment: str, kind: str | None = None) -> list[Resource]:
        """Every resource of the environment, or those of one type."""
        return [
            Resource(stack, logical_id, body)
            for stack in self.stacks(environment)
            for logical_id, body in self.template(environment, stack)["Resources"].items()
            if kind in (None, body["Type"])
        ]

    def resource(self, environment: str, kind: str, name: str = "") -> Resource:
        """The one resource of that type whose name contains `name`."""
        [found] = [r for r in self.resources(environment, kind) if name in r.name]
        return found

    def definition(self, environment: str) -> dict[str, Any]:
        """The state machine's definition, with `${Resource.Attribute}` where a reference stands."""
        machine = self.resource(environment, "AWS::StepFunctions::StateMachine")
        definition: dict[str, Any] = json.loads(joined(machine.properties["DefinitionString"]))
        return definition

    def tasks(self, environment: str) -> dict[str, dict[str, Any]]:
        """The Task states of the definition, by name."""
        states = self.definition(environment)["States"]
        return {name: state for name, state in states.items() if state["Type"] == "Task"}

    def statements(self, environment: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
        """Every statement that allows something, with the policy that holds it."""
        for policy in self.resources(environment, "AWS::IAM::ManagedPolicy"):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    yield policy, statement

    def packages(self) -> list[Path]:
        """The folders that Lambda functions are deployed from."""
        return [path for path in self.folder.glob("asset.*") if (path / "steps").is_dir()]

    def image_sources(self) -> list[Path]:
        """The folders that images are built from."""
        return [path for path in self.folder.glob("asset.*") if (path / "Dockerfile").is_file()]


def joined(value: Any) -> str:
    """The text of a property, with `${...}` where CloudFormation puts something in."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(joined(part) for part in parts)
    [reference] = value.values()
    parts = reference if isinstance(reference, list) else [reference]
    return "${" + ".".join(parts) + "}"


def as_list(value: Any) -> list[Any]:
    """What IAM writes as one value or as a list of them."""
    return value if isinstance(value, list) else [value]
