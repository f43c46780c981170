"""What the roles of an environment are granted, read from the account they are deployed in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_HASH = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action (or pattern of actions) of one statement of a role.

    Attributes:
        role: how people call the role: its stack's and its own name, `identity/StartRunRole`.
        role_arn: how the account calls it.
        policy: as the record of decisions calls it (`Matched.policy` of autolote.local.iam).
        index: the statement's place in the policy.
        action: the entry of Action; `NotAction` for a statement that has that instead.
        resources: the entries of Resource.
        via: the services named by kms:ViaService in its conditions, each by its first label.
    """

    role: str
    role_arn: str
    policy: str
    index: int
    action: str
    resources: tuple[str, ...]
    via: tuple[str, ...] = ()


def granted(account: Any, environment: str) -> list[Grant]:
    """Every grant of every role in the stacks of an environment.

    Args:
        account: gives boto3 clients (`autolote.accounts.Account`).
        environment: its name.

    Raises:
        LookupError: no stack of it is deployed.
    """
    prefix = f"autolote-{environment}-"
    found: list[Grant] = []
    cloudformation = account.client("cloudformation")
    stacks = [
        stack["StackName"]
        for page in cloudformation.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
        if stack["StackName"].startswith(prefix)
    ]
    if not stacks:
        raise LookupError(f"no stack of the environment {environment!r} is deployed there")
    for name in stacks:
        told = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        for resource in told:
            if resource["ResourceType"] == "AWS::IAM::Role":
                label = f"{name.removeprefix(prefix)}/{_name(resource['LogicalResourceId'])}"
                found += _of_role(account.client("iam"), resource["PhysicalResourceId"], label)
    return found


def _name(logical_id: str) -> str:
    """A logical id without the hash that the CDK puts after it."""
    return _HASH.sub("", logical_id)


def _of_role(iam: Any, name: str, label: str) -> Iterator[Grant]:
    arn = iam.get_role(RoleName=name)["Role"]["Arn"]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        told = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        yield from _of_policy(told, f"{arn}/inline/{policy}", arn, label)
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        policy_arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
        told = iam.get_policy_version(PolicyArn=policy_arn, VersionId=version)
        yield from _of_policy(told["PolicyVersion"]["Document"], policy_arn, arn, label)


def _of_policy(document: Any, policy: str, arn: str, label: str) -> Iterator[Grant]:
    found: Mapping[str, Any] = (
        json.loads(unquote(document)) if isinstance(document, str) else document
    )
    for index, statement in enumerate(_several(found["Statement"])):
        if statement["Effect"] != "Allow":
            continue
        for action in _several(statement.get("Action", "NotAction")):
            yield Grant(
                role=label,
                role_arn=arn,
                policy=policy,
                index=index,
                action=action,
                resources=tuple(_several(statement.get("Resource", "NotResource"))),
                via=_via(statement.get("Condition", {})),
            )


def _via(condition: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(
        str(value).partition(".")[0]
        for keys in condition.values()
        for key, values in keys.items()
        if key.lower() == "kms:viaservice"
        for value in _several(values)
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
