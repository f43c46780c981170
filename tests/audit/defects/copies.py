"""A copy of an environment's templates that defects are planted into."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote.audit.model import Environment, short

TAGS = [
    {"Key": key, "Value": "planted"} for key in ("owner", "cost_center", "project", "environment")
]
OWN_ACCOUNT = {"Ref": "AWS::AccountId"}
_TOKEN = "@@{}@@"


@dataclass(frozen=True)
class Body:
    """One resource of the copy, open to changes."""

    stack: str
    logical_id: str
    body: dict[str, Any]

    @property
    def where(self) -> str:
        return f"{self.stack}/{short(self.logical_id)}"

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.setdefault("Properties", {})
        return found

    @property
    def ref(self) -> dict[str, Any]:
        return {"Ref": self.logical_id}

    @property
    def arn(self) -> dict[str, Any]:
        return {"Fn::GetAtt": [self.logical_id, "Arn"]}

    def parent(self, path: str) -> tuple[dict[str, Any], str]:
        """The object that holds a dotted path, made where it is missing, and the last name."""
        *names, last = path.split(".")
        value = self.properties
        for name in names:
            value = value.setdefault(name, {})
        return value, last


class Copy:
    """The templates, copied; `write` puts them where `Environment` reads them."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.templates = {
            stack: copy.deepcopy(dict(template))
            for stack, template in environment.templates.items()
        }

    def all(self, type_: str) -> list[Body]:
        """The resources of a type, by stack and logical id."""
        return [
            Body(stack, logical_id, body)
            for stack, template in sorted(self.templates.items())
            for logical_id, body in sorted(template["Resources"].items())
            if body["Type"] == type_
        ]

    def one(self, type_: str, name: str = "") -> Body:
        """The first resource of a type whose name contains `name`."""
        return next(body for body in self.all(type_) if name in body.logical_id)

    def add(self, type_: str, properties: dict[str, Any], *, stack: str = "pipeline") -> Body:
        """A resource that was not there."""
        return self.put("Planted" + type_.rpartition("::")[2], type_, properties, stack=stack)

    def put(
        self, logical_id: str, type_: str, properties: dict[str, Any], *, stack: str = "pipeline"
    ) -> Body:
        """The same, under a name."""
        body = {"Type": type_, "Properties": properties}
        self.templates[stack]["Resources"][logical_id] = body
        return Body(stack, logical_id, body)

    def remove(self, body: Body) -> None:
        """Take a resource away."""
        del self.templates[body.stack]["Resources"][body.logical_id]

    def key(self) -> Any:
        """What another stack writes to name the environment's key."""
        return self.one("AWS::SNS::Topic").properties["KmsMasterKeyId"]

    def write(self, assembly: Path) -> Environment:
        """The environment that a copy of the assembly with these templates holds."""
        name = self._environment.name
        source = next(iter(self._environment.paths.values())).parent
        folder = assembly / f"assembly-{name}"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_bytes((source / "manifest.json").read_bytes())
        for stack, template in self.templates.items():
            path = folder / self._environment.paths[stack].name
            path.write_text(json.dumps(template), encoding="utf-8")
        return Environment(assembly, name)


@contextmanager
def definition(machine: Body) -> Iterator[dict[str, Any]]:
    """A state machine's definition, open to changes; references stand in it as tokens."""
    [separator, parts] = machine.properties["DefinitionString"]["Fn::Join"]
    assert separator == ""
    references = [part for part in parts if not isinstance(part, str)]
    numbered = iter(range(len(references)))
    text = "".join(
        part if isinstance(part, str) else _TOKEN.format(next(numbered)) for part in parts
    )
    opened = json.loads(text)
    yield opened
    pieces = re.split(r"@@(\d+)@@", json.dumps(opened))
    machine.properties["DefinitionString"] = {
        "Fn::Join": [
            "",
            [references[int(piece)] if n % 2 else piece for n, piece in enumerate(pieces)],
        ]
    }


Plant = Callable[[Copy], Body]


@dataclass(frozen=True, kw_only=True)
class Defect:
    """One way in which templates can be bad.

    Attributes:
        name: what somebody did, in a few words.
        rule: the rule that has to name it, at the resource that `plant` returns.
        plant: does it to a copy.
        also: rules that rightly name the same mistake too, wherever.
    """

    name: str
    rule: str
    plant: Plant
    also: tuple[str, ...] = ()


def change(type_: str, path: str, value: Any, name: str = "") -> Plant:
    """A property of a resource of this type gets another value."""

    def plant(templates: Copy) -> Body:
        body = templates.one(type_, name)
        holder, last = body.parent(path)
        holder[last] = value
        return body

    return plant


def drop(type_: str, path: str, name: str = "") -> Plant:
    """A property of a resource of this type is taken away."""

    def plant(templates: Copy) -> Body:
        body = templates.one(type_, name)
        holder, last = body.parent(path)
        del holder[last]
        return body

    return plant


def adding(type_: str, properties: dict[str, Any], *, tagged: bool = False) -> Plant:
    """A resource is there that should not be."""
    return lambda templates: templates.add(
        type_, {**copy.deepcopy(properties), **({"Tags": TAGS} if tagged else {})}
    )
