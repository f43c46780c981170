"""The evaluation logic: from the policies that speak of an access to its decision.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from autolote.local.iam.documents import Statement, read
from autolote.local.iam.model import Access, Decision, Matched, PolicyError, Principal, Value
from autolote.local.iam.principals import Named


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy's text and how it is called (see `Matched.policy`)."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All policies that speak of one access.

    Attributes:
        identity: those of the caller's role.
        boundary: the role's permissions boundary.
        resource: the resource's own.
        consent: whether nothing goes without the resource's own policy, as with KMS keys and
            with roles that are to be assumed.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    resource: Policy | None = None
    consent: bool = False


Kind = Literal["identity-based policy", "permissions boundary", "resource-based policy"]


def decide(
    principal: Principal, access: Access, context: Mapping[str, Value], policies: Policies
) -> Decision:
    """Whether an access is allowed within one account.

    Args:
        principal: who asks.
        access: for what.
        context: all condition keys of the request, in lower case.
        policies: what speaks of it.

    Raises:
        PolicyError: a policy says something that cannot be evaluated.
    """
    identity = _matches(policies.identity, access, context)
    boundary = _matches([policies.boundary] if policies.boundary else [], access, context)
    resource = _resource_matches(principal, policies.resource, access, context)
    for found, kind in (
        (identity, "identity-based policy"),
        (boundary, "permissions boundary"),
        ([one for one, _ in resource], _own(access)),
    ):
        if denied := [one for one in found if one.effect == "Deny"]:
            reason = f"with an explicit deny in a {kind}".replace("a identity", "an identity")
            return Decision(allowed=False, statements=tuple(denied), reason=reason)
    if principal.kind == "role":
        return _of_role(access, policies, identity, boundary, resource)
    return _of_others(principal, access, policies, resource)


def _of_role(
    access: Access,
    policies: Policies,
    identity: list[Matched],
    boundary: list[Matched],
    resource: list[tuple[Matched, Named]],
) -> Decision:
    """A session of a role: its policies and the resource's, within its boundary."""
    own = _own(access)
    session = [one for one, named in resource if named is Named.SESSION]
    direct = [one for one, named in resource if named in (Named.ROLE, Named.ANYONE)]
    delegated = [one for one, named in resource if named is Named.ACCOUNT]
    if session:
        # Only an Allow to the session itself goes past the boundary.
        return _allowed(session)
    if policies.consent and not direct and not delegated:
        return _refused(access, own)
    if policies.boundary is not None and not boundary:
        return _refused(access, "permissions boundary")
    if direct:
        return _allowed([*direct, *identity, *boundary])
    if not identity:
        return _refused(access, "identity-based policy")
    return _allowed([*identity, *boundary, *(delegated if policies.consent else [])])


def _of_others(
    principal: Principal,
    access: Access,
    policies: Policies,
    resource: list[tuple[Matched, Named]],
) -> Decision:
    """The root may what no resource forbids; a service may what a resource allows."""
    allowed = [one for one, _ in resource]
    if allowed or (principal.kind == "root" and not policies.consent):
        return _allowed(allowed)
    return _refused(access, _own(access))


def _own(access: Access) -> str:
    return "role trust policy" if access.action == "sts:AssumeRole" else "resource-based policy"


def _allowed(statements: list[Matched]) -> Decision:
    return Decision(allowed=True, statements=tuple(statements), reason="it is allowed")


def _refused(access: Access, kind: str) -> Decision:
    reason = f"because no {kind} allows the {access.action} action"
    return Decision(allowed=False, statements=(), reason=reason)


def _matches(
    policies: Iterable[Policy], access: Access, context: Mapping[str, Value]
) -> list[Matched]:
    found = []
    for policy in policies:
        for statement in _statements(policy):
            if matched := statement.applies(access, context, policy=policy.name):
                found.append(matched)
    return found


def _resource_matches(
    principal: Principal, policy: Policy | None, access: Access, context: Mapping[str, Value]
) -> list[tuple[Matched, Named]]:
    if policy is None:
        return []
    found: list[tuple[Matched, Named]] = []
    for statement in _statements(policy):
        named = statement.principals.names(principal) if statement.principals else Named.NOT
        if named is Named.NOT:
            continue
        if matched := statement.applies(access, context, policy=policy.name):
            found.append((matched, named))
    return found


def _statements(policy: Policy) -> tuple[Statement, ...]:
    try:
        return read(policy.text).statements
    except PolicyError as error:
        raise PolicyError(f"{policy.name}: {error}") from error
