"""Every policy statement in the templates, with who it is about and what kind of policy it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from autolote.audit import arns, policies
from autolote.audit.facts.conditions import Condition
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment, Resource

Kind = Literal["identity", "resource", "trust", "boundary", "endpoint"]
PrincipalKind = Literal["role", "user", "service", "account", "public", "federated"]

_HOLDERS = ("Roles", "Users", "Groups")


@dataclass(frozen=True, order=True, kw_only=True)
class Principal:
    """Who a statement is about: `name` is a role's `stack/Name`, a service, an account..."""

    kind: PrincipalKind
    name: str


# Who a policy that names nobody, or all but somebody, is about.
EVERYONE = Principal(kind="public", name="everyone")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of one policy.

    Attributes:
        kind: what the policy hangs on; a boundary allows nothing by itself.
        actions: as written; what NotAction names with "not " before it.
        resources: as `arns.plain` leaves them; what NotResource names with "not " before it.
        source: the resource of the template that holds the statement, as `stack/Name`.
    """

    kind: Kind
    allows: bool
    principals: tuple[Principal, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    source: str


def statements(environment: Environment, words: Words) -> tuple[Statement, ...]:
    """Every statement of every policy, in the templates' order."""
    reader = _Reader(environment, words)
    return (*reader.of_identities(), *reader.of_roles(), *reader.of_resources())


def as_list(value: Any) -> list[Any]:
    """What CloudFormation and IAM write as one value or as a list of them."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The same, without what is no object: a template's mistake is somebody else's finding."""
    return [one for one in as_list(value) if isinstance(one, Mapping)]


class _Reader:
    def __init__(self, environment: Environment, words: Words) -> None:
        self._environment = environment
        self._words = words
        self._given = _attached(environment, "ManagedPolicyArns")
        self._bounds = _attached(environment, "PermissionsBoundary")

    def of_identities(self) -> Iterator[Statement]:
        for found in policies.of_identities(self._environment):
            holder = found.holder
            bounded = tuple(self._bounds.get(holder.where, ()))
            who = tuple(dict.fromkeys((*_holders(holder), *self._given.get(holder.where, ()))))
            if who:
                yield self._statement(found, "identity", who=who)
            if bounded:
                yield self._statement(found, "boundary", who=bounded)

    def of_roles(self) -> Iterator[Statement]:
        """Trust, and managed policies whose text is not in the templates."""
        for role in self._environment.of_type("AWS::IAM::Role"):
            for found in policies.trusts(role):
                yield self._statement(found, "trust", itself=_itself([role]))
            for arn in as_list(role.get("ManagedPolicyArns")):
                text = self._environment.text(arn, stack=role.stack)
                if self._words.target(text).resource is None:
                    yield Statement(
                        kind="identity",
                        allows=True,
                        principals=(Principal(kind="role", name=role.where),),
                        actions=(f"policy {text.rpartition('/')[2]}",),
                        resources=("*",),
                        conditions=(),
                        source=role.where,
                    )

    def of_resources(self) -> Iterator[Statement]:
        for found, targets in policies.of_resources(self._environment):
            if found.holder.type == "AWS::EC2::VPCEndpoint":
                yield self._statement(found, "endpoint")
            else:
                yield self._statement(found, "resource", itself=_itself(targets))

    def _statement(
        self,
        found: policies.Statement,
        kind: Kind,
        *,
        who: tuple[Principal, ...] = (),
        itself: tuple[str, ...] = (),
    ) -> Statement:
        """`itself`: what "*", or no resource at all, means."""
        resources = (*found.resources, *(f"not {one}" for one in found.not_resources))
        named = tuple(self._principal(*pair) for pair in found.principals)
        return Statement(
            kind=kind,
            allows=found.allows,
            principals=who or (() if found.not_principals else named) or (EVERYONE,),
            actions=(*found.actions, *(f"not {one}" for one in found.not_actions)),
            resources=itself if itself and resources in ((), ("*",)) else resources,
            conditions=_conditions(found.conditions),
            source=found.holder.where,
        )

    def _principal(self, kind: str, text: str) -> Principal:
        if kind == "Service":
            return Principal(kind="service", name=text)
        if kind in ("Federated", "CanonicalUser"):
            return Principal(kind="federated", name=text)
        if text == "*":
            return EVERYONE
        target = self._words.target(text)
        if target.resource:
            return Principal(kind="role", name=target.resource.where)
        arn = arns.parse(text)
        if arn is None or arn.resource == "root":
            own = arns.OWN_ACCOUNT in (text, arn.account if arn else "")
            number = arn.account if arn else text
            return Principal(kind="account", name="this account" if own else f"account {number}")
        return Principal(kind="user" if ":user/" in text else "role", name=target.words)


def _conditions(
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> tuple[Condition, ...]:
    return tuple(
        Condition(operator=operator, key=key, values=values)
        for operator, keys in sorted(conditions.items())
        for key, values in sorted(keys.items())
    )


def _itself(targets: list[Resource]) -> tuple[str, ...]:
    return tuple(f"${{{one.stack}/{one.logical_id}.Arn}}" for one in targets)


def _holders(holder: Resource) -> Iterator[Principal]:
    """Whom a policy is attached to by itself: its `Roles`, or the role that it stands in."""
    if holder.type in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        yield Principal(kind="role" if "Role" in holder.type else "user", name=holder.where)
        return
    for field in _HOLDERS:
        for value in as_list(holder.get(field)):
            text = holder.environment.text(value, stack=holder.stack)
            own = arns.owner(holder.environment, text)
            kind: PrincipalKind = "role" if field == "Roles" else "user"
            yield Principal(kind=kind, name=own[0].where if own else text)


def _attached(environment: Environment, field: str) -> Mapping[str, list[Principal]]:
    """Policy, as `stack/Name` -> the roles that name it in one of their properties."""
    found: dict[str, list[Principal]] = defaultdict(list)
    for role in environment.of_type("AWS::IAM::Role"):
        for policy in role.refers_to(field):
            found[policy.where].append(Principal(kind="role", name=role.where))
    return found
