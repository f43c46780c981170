"""Reading templates: YAML or JSON, parameters, conditions, intrinsic functions, order.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]

from autolote.local.aws.cloudformation.model import DeploymentFailedError

_PLACE = re.compile(r"\$\{(!?)([^}]+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:")
NO_VALUE = object()


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with the short forms of the intrinsic functions; dates stay text."""


def _short_form(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(body: str) -> dict[str, Any]:
    """The template in a text.

    Raises:
        DeploymentFailedError: it is neither JSON nor YAML, or has no resources.
    """
    try:
        found = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except (ValueError, yaml.YAMLError) as error:
        raise DeploymentFailedError(f"Template format error: {error}") from error
    if not isinstance(found, dict) or not found.get("Resources"):
        raise DeploymentFailedError(
            "Template format error: At least one Resources member must be defined."
        )
    return found


def references(value: Any) -> Iterator[str]:
    """Every logical id that a part of a template refers to."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == "Ref":
                yield part
            elif name == "Fn::GetAtt":
                yield part.split(".", 1)[0] if isinstance(part, str) else part[0]
            elif name == "Fn::Sub":
                text = part if isinstance(part, str) else part[0]
                yield from (m[2].split(".", 1)[0] for m in _PLACE.finditer(text) if not m[1])
                if not isinstance(part, str):
                    yield from references(part[1])
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def dependencies(definition: Mapping[str, Any]) -> set[str]:
    """The logical ids that a resource must come after."""
    explicit = definition.get("DependsOn") or []
    named = {explicit} if isinstance(explicit, str) else set(explicit)
    return named | set(references(definition.get("Properties") or {}))


def in_order(definitions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Logical ids, each after what it depends on.

    Raises:
        DeploymentFailedError: they depend on each other in a circle.
    """
    order: list[str] = []
    waiting = {
        name: {other for other in dependencies(found) if other in definitions}
        for name, found in definitions.items()
    }
    while waiting:
        ready = [name for name, needs in waiting.items() if needs <= set(order)]
        if not ready:
            raise DeploymentFailedError(f"Circular dependency between resources: {sorted(waiting)}")
        order += ready
        for name in ready:
            del waiting[name]
    return order


class Resolver:
    """Values of a template.

    Args:
        template: the template.
        names: what Ref gives for parameters and pseudo parameters.
        reference: what Ref gives for a resource.
        attribute: what GetAtt gives for a resource.
        imported: what ImportValue gives for an export.
        zones: what GetAZs gives for a Region.
    """

    def __init__(
        self,
        *,
        template: Mapping[str, Any],
        names: Mapping[str, Any],
        reference: Callable[[str], Any],
        attribute: Callable[[str, str], Any],
        imported: Callable[[str], Any],
        zones: Callable[[str], list[str]],
    ) -> None:
        self._template = template
        self._names = names
        self._reference = reference
        self._attribute = attribute
        self._imported = imported
        self._zones = zones

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds.

        Raises:
            DeploymentFailedError: there is no such condition.
        """
        found = (self._template.get("Conditions") or {}).get(name)
        if found is None:
            raise DeploymentFailedError(f"Template error: there is no condition {name}")
        return self._holds(found)

    def value(self, given: Any) -> Any:
        """A value with its functions carried out; parts that are AWS::NoValue are left out.

        Raises:
            DeploymentFailedError: a reference leads nowhere, or a function is not supported here.
        """
        if isinstance(given, Mapping):
            if len(given) == 1:
                name, argument = next(iter(given.items()))
                if name == "Ref":
                    return self._ref(argument)
                if name.startswith("Fn::"):
                    return self._call(name, argument)
            parts = {name: self.value(part) for name, part in given.items()}
            return {name: part for name, part in parts.items() if part is not NO_VALUE}
        if isinstance(given, list):
            return [part for one in given if (part := self.value(one)) is not NO_VALUE]
        if isinstance(given, str) and _DYNAMIC.search(given):
            raise DeploymentFailedError(
                f"the local account does not resolve references like {given}"
            )
        return given

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._names[name] if name in self._names else self._reference(name)

    def _call(self, name: str, argument: Any) -> Any:
        carry_out = getattr(self, f"_fn_{name[4:].lower()}", None)
        if carry_out is None:
            raise DeploymentFailedError(f"the local account does not know the function {name}")
        return carry_out(argument)

    def _holds(self, given: Any) -> bool:
        name, argument = next(iter(given.items()))
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            left, right = (self.value(part) for part in argument)
            return bool(left == right)
        if name == "Fn::Not":
            return not self._holds(argument[0])
        if name == "Fn::And":
            return all(self._holds(part) for part in argument)
        if name == "Fn::Or":
            return any(self._holds(part) for part in argument)
        raise DeploymentFailedError(f"the local account does not know the condition {name}")

    def _fn_getatt(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(parts[0], str(self.value(parts[1])))

    def _fn_join(self, argument: Any) -> str:
        return str(argument[0]).join(str(part) for part in self.value(argument[1]))

    def _fn_sub(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        own = {name: self.value(part) for name, part in given.items()}

        def fill(found: re.Match[str]) -> str:
            if found[1]:
                return f"${{{found[2]}}}"
            name, _, attribute = found[2].partition(".")
            if found[2] in own:
                return str(own[found[2]])
            return str(self._attribute(name, attribute) if attribute else self._ref(name))

        return _PLACE.sub(fill, text)

    def _fn_select(self, argument: Any) -> Any:
        return self.value(argument[1])[int(self.value(argument[0]))]

    def _fn_split(self, argument: Any) -> list[str]:
        return str(self.value(argument[1])).split(argument[0])

    def _fn_if(self, argument: Any) -> Any:
        return self.value(argument[1] if self.condition(argument[0]) else argument[2])

    def _fn_findinmap(self, argument: Any) -> Any:
        found: Any = self._template.get("Mappings") or {}
        for part in argument:
            found = found[self.value(part)]
        return found

    def _fn_importvalue(self, argument: Any) -> Any:
        return self._imported(str(self.value(argument)))

    def _fn_getazs(self, argument: Any) -> list[str]:
        region = self.value(argument) or self._names["AWS::Region"]
        return self._zones(str(region))

    def _fn_base64(self, argument: Any) -> str:
        return base64.b64encode(str(self.value(argument)).encode()).decode()

    def _fn_tojsonstring(self, argument: Any) -> str:
        return json.dumps(self.value(argument), separators=(",", ":"))
