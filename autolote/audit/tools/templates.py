"""Copies of the templates of one environment, as the programs need them.

All of them are without suppressions: nothing that a template says about its own audit counts.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autolote.audit.model import Environment, Reference
from autolote.audit.tools.literals import Literals

Template = dict[str, Any]

# checkov reads these words in any line of a resource, in a description or a tag as well.
_INLINE = re.compile(r"(checkov|bridgecrew|cortex):skip=")
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_ZONES = ("a", "b", "c")


def stripped(environment: Environment) -> dict[str, Template]:
    """Stack -> template without the metadata in which suppressions of every program stand."""
    return {stack: _strip(template) for stack, template in environment.templates.items()}


def imported(environment: Environment) -> dict[str, Template]:
    """The same, with what one stack imports from another put in as a deployment would.

    References within a stack stay: the programs follow them."""
    literals = Literals(environment)
    return {
        stack: _Resolver(literals, stack, everything=False).value(template)
        for stack, template in stripped(environment).items()
    }


def resolved(environment: Environment) -> dict[str, Template]:
    """The same, with every reference put in, as a CloudFormation hook sees the properties."""
    literals = Literals(environment)
    copies = stripped(environment)
    for stack, template in copies.items():
        resolver = _Resolver(literals, stack, everything=True)
        for body in template.get("Resources", {}).values():
            if "Properties" in body:
                body["Properties"] = resolver.value(body["Properties"])
    return copies


def write(templates: Mapping[str, Template], folder: Path) -> list[Path]:
    """Write `<stack>.json` for each of them; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for stack, template in templates.items():
        path = folder / f"{stack}.json"
        path.write_text(json.dumps(template, indent=1), encoding="utf-8")
        paths.append(path)
    return paths


def _strip(template: Mapping[str, Any]) -> Template:
    clean: Template = _without_inline(copy.deepcopy(dict(template)))
    clean.pop("Metadata", None)
    for body in clean.get("Resources", {}).values():
        body.pop("Metadata", None)
    return clean


def _without_inline(value: Any) -> Any:
    match value:
        case str():
            return _INLINE.sub(r"\1 skip ", value)
        case dict():
            return {_without_inline(key): _without_inline(part) for key, part in value.items()}
        case list():
            return [_without_inline(part) for part in value]
        case _:
            return value


class _Resolver:
    """Puts literal values in the place of references, in one stack's template."""

    def __init__(self, literals: Literals, stack: str, *, everything: bool) -> None:
        self.literals = literals
        self.stack = stack
        self.everything = everything

    def value(self, value: Any) -> Any:
        """The value with references replaced; joined and cut where nothing is left to refer to."""
        match value:
            case {"Fn::ImportValue": name}:
                return self._import(name)
            case dict() if self.everything and len(value) == 1:
                return self._intrinsic(value)
            case dict():
                return dict(self._entries(value))
            case list():
                return [self.value(part) for part in value]
            case _:
                return value

    def _entries(self, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, part in value.items():
            found = self.value(part)
            if not (self.everything and found == {"Ref": "AWS::NoValue"}):
                yield key, found

    def _import(self, name: Any) -> Any:
        exported = self.literals.environment.exported(name) if isinstance(name, str) else None
        if exported is None:
            return {"Fn::ImportValue": self.value(name)}
        owner, found = exported
        return _Resolver(self.literals, owner, everything=True).value(found)

    def _intrinsic(self, value: Mapping[str, Any]) -> Any:  # noqa: PLR0911 (one for each)
        match value:
            case {"Ref": "AWS::NoValue"}:
                return value
            case {"Ref": str(name)}:
                return self._reference(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self.literals.of(Reference(self.stack, name, attribute))
            case {"Fn::Sub": str(text)}:
                return self._substituted(text, {})
            case {"Fn::Sub": [str(text), dict(given)]}:
                return self._substituted(text, {key: self.value(v) for key, v in given.items()})
            case {"Fn::Join": [str(separator), parts]}:
                return self._joined(separator, self.value(parts))
            case {"Fn::Split": [str(separator), text]}:
                return str(self.value(text)).split(separator)
            case {"Fn::Select": [index, parts]}:
                return self.value(parts)[int(index)]
            case {"Fn::GetAZs": _}:
                return [f"{self.literals.region}{zone}" for zone in _ZONES]
            case _:
                return dict(self._entries(value))

    def _joined(self, separator: str, parts: Any) -> Any:
        if all(isinstance(part, str | int) for part in parts):
            return separator.join(str(part) for part in parts)
        return {"Fn::Join": [separator, parts]}

    def _reference(self, name: str) -> str:
        known = self.literals.pseudo(name)
        return known if known is not None else self.literals.of(Reference(self.stack, name))

    def _substituted(self, text: str, given: Mapping[str, Any]) -> str:
        def put(match: re.Match[str]) -> str:
            name = match[1]
            if name in given:
                return str(given[name])
            logical_id, _, attribute = name.partition(".")
            if attribute:
                return self.literals.of(Reference(self.stack, logical_id, attribute))
            return self._reference(logical_id)

        return _PLACEHOLDER.sub(put, text)
