"""Whether the templates let one party do one thing to one resource: what graph checks ask.

The answer is about what the templates say. A condition on something that only a call knows is
taken to hold where it narrows what is allowed, and not to hold where it denies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autolote.audit import arns, policies
from autolote.audit.model import Resource
from autolote.audit.policies import Statement

Context = Mapping[str, Sequence[str]]

# The endpoint of every service is TLS; the account is the only one that templates know.
_ALWAYS: Context = {"aws:securetransport": ["true"], "aws:sourceaccount": [arns.OWN_ACCOUNT]}
_NEGATIVE = ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")


def role_may(role: Resource, action: str, *target: str, context: Context | None = None) -> bool:
    """Whether a role's own policies allow an action on a resource.

    Args:
        target: every way to write the resource's ARN; none means on any resource at all.
        context: lower-case condition key -> the values that the call would have.
    """
    return _decided(policies.of_role(role), action, target, context or {})


def service_may(
    target: Resource, service: str, action: str, *, source: Resource | None = None
) -> bool:
    """Whether the policies of a resource let a service do something to it, on behalf of another
    resource (a rule that sends, an alarm that publishes)."""
    written = [*arns.arns(target), "*"]
    context = {} if source is None else {"aws:sourcearn": arns.arns(source)}
    named = [statement for statement in policies.of_resource(target) if _names(statement, service)]
    return _decided(named, action, written, context)


def trusts_service(role: Resource, service: str) -> bool:
    """Whether a service may take on a role."""
    return any(s.allows and _names(s, service) for s in policies.trusts(role))


def has_policy(target: Resource) -> bool:
    """Whether a resource has a policy of its own, in place of the default one."""
    return bool(policies.of_resource(target))


def _names(statement: Statement, service: str) -> bool:
    return any(
        (kind, name) == ("AWS", "*") or (kind == "Service" and _same_service(name, service))
        for kind, name in statement.principals
    )


def _same_service(name: str, service: str) -> bool:
    """`logs.amazonaws.com` is also written `logs.sa-east-1.amazonaws.com`."""
    first, _, rest = name.partition(".")
    return name == service or (
        f"{first}.amazonaws.com" == service and rest.endswith("amazonaws.com")
    )


def _decided(
    statements: Sequence[Statement], action: str, target: Sequence[str], context: Context
) -> bool:
    known = {**_ALWAYS, **context}
    reaching = [
        statement
        for statement in statements
        if statement.reaches_action(action)
        and (not target or _without_resource(statement) or statement.reaches_resource(*target))
    ]
    if any(not s.allows and _holds(s, known, unknown=False) for s in reaching):
        return False
    return any(s.allows and _holds(s, known, unknown=True) for s in reaching)


def _without_resource(statement: Statement) -> bool:
    """A repository's policy names no resource: it is of that repository."""
    return not statement.resources and not statement.not_resources


def _holds(statement: Statement, known: Context, *, unknown: bool) -> bool:
    return all(
        _condition(operator, values, known[key]) if key in known else unknown
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    )


def _condition(operator: str, values: Sequence[str], found: Sequence[str]) -> bool:
    base = operator.rpartition(":")[2].removesuffix("IfExists")
    if base == "Null":
        return "false" in values
    matched = any(arns.reaches(value, one) for value in values for one in found)
    return not matched if base in _NEGATIVE else matched
