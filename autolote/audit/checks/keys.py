"""Keys: rotated, hard to lose, and in nobody's hands but the account's."""

from __future__ import annotations

from collections.abc import Iterator

from autolote.audit import arns, policies
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource
from autolote.audit.policies import Statement

KEYS = Subject("Keys")
_ROTATION = "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"


def _keys(environment: Environment) -> list[Resource]:
    return environment.of_type("AWS::KMS::Key")


@KEYS.check(
    "key-rotation",
    title="Every key is rotated each year",
    remedy="Set EnableKeyRotation",
    aws=_ROTATION,
)
def rotation(environment: Environment) -> Iterator[Hit]:
    for key in _keys(environment):
        symmetric = str(key.get("KeySpec") or "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        if symmetric and key.get("EnableKeyRotation") is not True:
            yield Hit(at=key, message="is never rotated")


@KEYS.check(
    "key-window",
    title="A key that is deleted by mistake can be saved for 30 days",
    remedy="Leave PendingWindowInDays out, or set it to 30",
    aws="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
)
def window(environment: Environment) -> Iterator[Hit]:
    for key in _keys(environment):
        days = key.number("PendingWindowInDays")
        if days is not None and days < 30:
            yield Hit(at=key, message=f"is gone for good {days:g} days after its deletion")


@KEYS.check(
    "key-everything",
    title="Only the account itself may do everything with a key",
    remedy="List the actions, and let the account's IAM decide who administers the key",
    aws="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
)
def key_everything(environment: Environment) -> Iterator[Hit]:
    for key, statement in _key_statements(environment):
        others = [name for _, name in statement.principals if not _is_account(name)]
        if "kms:*" in statement.actions and others:
            yield Hit(at=key, detail=", ".join(others), message=f"lets {others[0]} do everything")


@KEYS.check(
    "key-grant",
    title="A key's policy lends the key to AWS services only",
    remedy="Add Bool kms:GrantIsForAWSResource true",
    aws="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource",
)
def key_grant(environment: Environment) -> Iterator[Hit]:
    for key, statement in _key_statements(environment):
        others = [name for _, name in statement.principals if not _is_account(name)]
        bound = "kms:grantisforawsresource" in statement.condition_keys
        if others and statement.reaches_action("kms:CreateGrant") and not bound:
            yield Hit(at=key, detail=others[0], message=f"lets {others[0]} lend the key to anybody")


def _key_statements(environment: Environment) -> Iterator[tuple[Resource, Statement]]:
    for key in _keys(environment):
        for statement in policies.statements(key, key.get("KeyPolicy")):
            if statement.allows:
                yield key, statement


def _is_account(principal: str) -> bool:
    return principal in (f"arn:aws:iam::{arns.OWN_ACCOUNT}:root", arns.OWN_ACCOUNT)
