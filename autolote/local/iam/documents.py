"""Policy documents, read into statements that can be asked whether they apply.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from autolote.local.iam.conditions import Condition, conditions
from autolote.local.iam.model import Access, Matched, PolicyError, Value
from autolote.local.iam.patterns import (
    NoValue,
    filled_in,
    has_variable,
    resource,
    texts,
    wildcard,
)
from autolote.local.iam.principals import Principals, principals

ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_VERSIONS = ("2012-10-17", "2008-10-17")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy.

    Attributes:
        index: its place, from 0.
        variables: whether `${...}` means a variable (Version 2012-10-17), or only itself.
        actions: entries of Action, or of NotAction when `not_action`.
        resources: entries of Resource or NotResource; empty where the policy is the resource's own
            and names none, as a role's trust policy.
        principals: None in policies of identities.
    """

    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    variables: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    principals: Principals | None
    conditions: tuple[Condition, ...]

    def applies(
        self, access: Access, context: Mapping[str, Value], *, policy: str
    ) -> Matched | None:
        """What of it matched, if its actions, its resources and its conditions do.

        Args:
            access: what is asked for.
            context: all condition keys of the request, in lower case.
            policy: how the policy is called.

        Raises:
            PolicyError: a condition cannot be evaluated.
        """
        action = self._action(access.action)
        if action is None:
            return None
        place = self._resource(access.resource, context)
        if place is None or not all(one.met(context) for one in self.conditions):
            return None
        return Matched(
            policy=policy,
            index=self.index,
            sid=self.sid,
            effect=self.effect,
            element=action,
            resource=place,
        )

    def _action(self, asked: str) -> str | None:
        found = next(
            (entry for entry in self.actions if wildcard(entry, fold=True).fullmatch(asked)), None
        )
        if self.not_action:
            return "NotAction" if found is None else None
        return found

    def _resource(self, asked: str, context: Mapping[str, Value]) -> str | None:
        if not self.resources:
            return ""
        found = next((entry for entry in self.resources if self._is(entry, asked, context)), None)
        if self.not_resource:
            return "NotResource" if found is None else None
        return found

    def _is(self, entry: str, asked: str, context: Mapping[str, Value]) -> bool:
        pattern = entry
        if self.variables and has_variable(entry):
            try:
                pattern = filled_in(entry, context)
            except NoValue:
                return False
        return resource(pattern).fullmatch(asked) is not None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy's statements."""

    statements: tuple[Statement, ...]


@lru_cache(maxsize=4096)
def read(text: str) -> Document:
    """The statements of a policy; the same text is read once.

    Raises:
        PolicyError: it is no policy.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise PolicyError(f"a policy is not JSON: {error}") from error
    if not isinstance(found, dict) or "Statement" not in found:
        raise PolicyError("a policy is an object with a Statement")
    version = found.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError(f"Version is {version!r} and must be one of {', '.join(_VERSIONS)}")
    several = found["Statement"]
    several = several if isinstance(several, list) else [several]
    return Document(
        statements=tuple(
            _statement(place, one, variables=version == "2012-10-17")
            for place, one in enumerate(several)
        )
    )


def _statement(index: int, found: Mapping[str, Any], *, variables: bool) -> Statement:
    if unknown := found.keys() - ELEMENTS:
        raise PolicyError(f"statement {index}: {sorted(unknown)} are no elements of a statement")
    effect = found.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"statement {index}: Effect is {effect!r} and must be Allow or Deny")
    not_action, actions = _either(index, found, "Action", needed=True)
    not_resource, resources = _either(index, found, "Resource", needed=False)
    for action in actions:
        if action != "*" and not _ACTION.fullmatch(action):
            raise PolicyError(f"statement {index}: {action!r} is no action (service:Name)")
    return Statement(
        index=index,
        sid=str(found.get("Sid", "")),
        effect=effect,
        variables=variables,
        actions=actions,
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        principals=principals(found),
        conditions=conditions(found.get("Condition", {}), variables=variables),
    )


_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


def _either(
    index: int, found: Mapping[str, Any], name: str, *, needed: bool
) -> tuple[bool, tuple[str, ...]]:
    """The entries of an element or of its Not-form, and whether it is the Not-form."""
    if name in found and f"Not{name}" in found:
        raise PolicyError(f"statement {index}: {name} and Not{name} exclude each other")
    if f"Not{name}" in found:
        return True, texts(found[f"Not{name}"])
    if name in found:
        return False, texts(found[name])
    if needed:
        raise PolicyError(f"statement {index} has neither {name} nor Not{name}")
    return False, ()
