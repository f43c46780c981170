"""Policies and requests of the cases, written short."""

import json
from collections.abc import Mapping
from typing import Any

from autolote.local.iam.context import request_keys
from autolote.local.iam.evaluation import Policies, Policy, decide
from autolote.local.iam.model import Access, Decision, Principal, Value

ACCOUNT = "123456789012"
OTHER = "210987654321"
REGION = "sa-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Worker"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Worker/one"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
WORKER = Principal.role(ROLE, "one")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"
OBJECT = "arn:aws:s3:::lake/team/data.csv"


def statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> Any:
    """A statement; elements that are None are left out."""
    found = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {name: value for name, value in found.items() if value is not None}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> Any:
    return statement("Allow", action, resource, **more)


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> Any:
    return statement("Deny", action, resource, **more)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    """A Condition element of one condition."""
    return {operator: {key: value}}


def document(*statements: Any, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def named(name: str, statements: Any) -> Policy | None:
    if statements is None:
        return None
    several = statements if isinstance(statements, list) else [statements]
    return Policy(name=name, text=document(*several))


def decision(
    *,
    identity: Any = None,
    boundary: Any = None,
    resource: Any = None,
    consent: bool = False,
    principal: Principal = WORKER,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    context: Mapping[str, Value] | None = None,
) -> Decision:
    """What is decided about one access."""
    access = Access(action=action, resource=on, context=context or {})
    identity_policy = named("identity", identity)
    policies = Policies(
        identity=(identity_policy,) if identity_policy else (),
        boundary=named("boundary", boundary),
        resource=named("resource", resource),
        consent=consent,
    )
    keys = request_keys(
        principal,
        access,
        region=REGION,
        account_id=ACCOUNT,
        role_id="AROAEXAMPLE",
        role_tags={"Team": "churn"},
        resource_tags=lambda: {"Team": "churn", "Stage": "prod"},
    )
    return decide(principal, access, keys, policies)
