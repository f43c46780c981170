"""The templates of one environment as a graph: resources, and what they refer to across stacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autolote.audit import reading, settling, shapes
from autolote.audit.reading import AssemblyError, environments

__all__ = ["AssemblyError", "Environment", "Reference", "Resource", "environments", "short"]

_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")

# The CDK writes the Region and the account of a resource as parts of its ARN.
_OF_AN_ARN = {3: "${AWS::Region}", 4: "${AWS::AccountId}"}


@dataclass(frozen=True, order=True)
class Reference:
    """What a value refers to: a resource of a stack, or one attribute of it."""

    stack: str
    logical_id: str
    attribute: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a template.

    Attributes:
        stack: name of its stack within the environment, as "storage".
        body: the resource as it stands in the template, intrinsic functions and all.
    """

    environment: Environment
    stack: str
    logical_id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def name(self) -> str:
        """The logical id without the hash that CDK ends it with."""
        return short(self.logical_id)

    @property
    def where(self) -> str:
        return f"{self.stack}/{self.name}"

    @cached_property
    def reference(self) -> Reference:
        """What refers to the resource as a whole."""
        return Reference(self.stack, self.logical_id)

    @property
    def properties(self) -> Mapping[str, Any]:
        return shapes.mapping(self.body.get("Properties"))

    def get(self, path: str) -> Any:
        """The value at a dotted path of the properties, None where there is none."""
        value: Any = self.properties
        for part in path.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value

    def number(self, path: str) -> float | None:
        """The number at a path, None where there is none."""
        return shapes.number(self.get(path))

    def objects(self, path: str) -> list[Mapping[str, Any]]:
        """The objects of the list at a path."""
        return shapes.mappings(self.get(path))

    def text(self, path: str) -> str:
        """The same as text; "" where there is none. See `Environment.text`."""
        value = self.get(path)
        return "" if value is None else self.environment.text(value, stack=self.stack)

    def references(self, path: str = "") -> list[Reference]:
        """Every resource that the value at a path refers to, across stacks too."""
        value = self.get(path) if path else self.properties
        return self.environment.references(value, stack=self.stack)

    def refers_to(self, path: str, *types: str) -> list[Resource]:
        """The resources of ours, of these types or any, that the value at a path refers to."""
        found = (self.environment.find(reference) for reference in self.references(path))
        return [one for one in found if one is not None and (not types or one.type in types)]


class Environment:
    """The stacks of one environment, read from `<assembly>/assembly-<name>/`.

    Attributes:
        name: of the environment, as "prod".
        paths: stack to its template's file.
        templates: stack to its template.
        stack_names: stack to the name it is deployed under.
        region: where it is deployed; "" when the templates leave that open.
        account: likewise.

    Raises:
        AssemblyError: there is no such folder, or a template in it is not JSON.
    """

    def __init__(self, assembly: Path, name: str) -> None:
        self.name = name
        stacks = reading.stacks(assembly, name)
        self.paths = {stack.name: stack.path for stack in stacks}
        self.templates = {stack.name: stack.template() for stack in stacks}
        self.stack_names = {stack.name: stack.stack_name for stack in stacks}
        self.region = next((stack.region for stack in stacks if stack.region), "")
        self.account = next((stack.account for stack in stacks if stack.account), "")

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, by stack and logical id."""
        return tuple(
            Resource(environment=self, stack=stack, logical_id=logical_id, body=body)
            for stack, template in self.templates.items()
            for logical_id, body in sorted(settling.resources(template).items())
        )

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these types."""
        if len(types) == 1:
            return list(self._by_type.get(types[0], ()))
        return [resource for resource in self.resources if resource.type in types]

    def find(self, reference: Reference) -> Resource | None:
        """The resource behind a reference; None where no template has it (a parameter)."""
        return self._by_id.get((reference.stack, reference.logical_id))

    def text(self, value: Any, *, stack: str) -> str:  # noqa: C901, PLR0911 (one for each intrinsic)
        """A value as text: `${stack/LogicalId.Attribute}` where CloudFormation puts something in,
        `${AWS::Region}` for a pseudo parameter. Exports of our own stacks are followed."""
        match value:
            case str():
                return value
            case bool():
                return str(value).lower()
            case {"Fn::Join": [separator, list(parts)]}:
                return str(separator).join(self.text(part, stack=stack) for part in parts)
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, {}, stack=stack)
            case {"Fn::Sub": [str(text), dict(given)]}:
                return self._substituted(text, given, stack=stack)
            case {"Fn::ImportValue": str(name)} if name in self._exports:
                owner, exported = self._exports[name]
                return self.text(exported, stack=owner)
            case {"Ref": str(name)}:
                return _placeholder(stack, name, "")
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return _placeholder(stack, name, attribute)
            case {"Fn::Select": [int(index), {"Fn::Split": [":", {"Fn::GetAtt": [_, "Arn"]}]}]} if (
                index in _OF_AN_ARN
            ):
                return _OF_AN_ARN[index]
            case dict() | list():
                return json.dumps(value, sort_keys=True)
            case _:
                return str(value)

    def exported(self, name: str) -> tuple[str, Any] | None:
        """The stack that exports a value under this name, and the value; None where none does."""
        return self._exports.get(name)

    def references(self, value: Any, *, stack: str) -> list[Reference]:
        """Every resource that a value refers to, in order, across stacks too."""
        return list(dict.fromkeys(self._references(value, stack)))

    def _references(  # noqa: C901 (one case for each intrinsic function)
        self, value: Any, stack: str
    ) -> Iterator[Reference]:
        match value:
            case {"Ref": str(name)}:
                if not name.startswith("AWS::"):
                    yield Reference(stack, name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                yield Reference(stack, name, attribute)
            case {"Fn::ImportValue": str(name)} if name in self._exports:
                owner, exported = self._exports[name]
                yield from self._references(exported, owner)
            case {"Fn::Sub": [str(text), dict(given)]}:
                yield from self._references(list(given.values()), stack)
                yield from self._in_text(text, stack, known=given)
            case {"Fn::Sub": str(text)}:
                yield from self._in_text(text, stack, known={})
            case dict():
                for part in value.values():
                    yield from self._references(part, stack)
            case list():
                for part in value:
                    yield from self._references(part, stack)

    def _in_text(self, text: str, stack: str, known: Mapping[str, Any]) -> Iterator[Reference]:
        for name in _PLACEHOLDER.findall(text):
            if name not in known and not name.startswith("AWS::"):
                logical_id, _, attribute = name.partition(".")
                yield Reference(stack, logical_id, attribute)

    def _substituted(self, text: str, given: Mapping[str, Any], *, stack: str) -> str:
        def put(match: re.Match[str]) -> str:
            name = match[1]
            if name in given:
                return self.text(given[name], stack=stack)
            logical_id, _, attribute = name.partition(".")
            return _placeholder(stack, logical_id, attribute)

        return _PLACEHOLDER.sub(put, text)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Resource]:
        return {(resource.stack, resource.logical_id): resource for resource in self.resources}

    @cached_property
    def _exports(self) -> dict[str, tuple[str, Any]]:
        return {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if isinstance(output.get("Export", {}).get("Name"), str)
        }


def short(logical_id: str) -> str:
    """A logical id without the hash that CDK ends it with."""
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)


def _placeholder(stack: str, logical_id: str, attribute: str) -> str:
    if logical_id.startswith("AWS::"):
        return f"${{{logical_id}}}"
    return f"${{{stack}/{logical_id}{'.' if attribute else ''}{attribute}}}"
