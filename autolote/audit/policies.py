"""Policies as they stand in templates, statement by statement: of identities and of resources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autolote.audit import arns, shapes
from autolote.audit.model import Environment, Reference, Resource

# Where a resource keeps its policy, and what names the resources that the policy is of; "" for a
# policy that is its resource's own property.
_RESOURCE_POLICIES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
    "AWS::KMS::Key": ("KeyPolicy", ""),
    "AWS::ECR::Repository": ("RepositoryPolicyText", ""),
    "AWS::Events::EventBus": ("Policy", ""),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument", ""),
    "AWS::EFS::FileSystem": ("FileSystemPolicy", ""),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument", ""),
}
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; every text is as `arns.plain` leaves it.

    Attributes:
        holder: the resource in whose template the statement stands.
        principals: pairs of kind ("AWS", "Service", "Federated"...) and value; `("AWS", "*")` is
            anybody.
        conditions: operator -> lower-case condition key -> values.
    """

    holder: Resource
    sid: str = ""
    allows: bool = True
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[tuple[str, str], ...] = ()
    not_principals: bool = False
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def condition_keys(self) -> set[str]:
        """The condition keys, in lower case as IAM compares them."""
        return {key for keys in self.conditions.values() for key in keys}

    def values(self, key: str) -> tuple[str, ...]:
        """All values that conditions on a key give, whatever the operator."""
        found = (keys.get(key.lower(), ()) for keys in self.conditions.values())
        return tuple(value for values in found for value in values)

    def reaches_action(self, action: str) -> bool:
        """Whether an action is among the statement's; letter case does not matter."""
        if self.not_actions:
            return not any(arns.reaches(one, action, ignore_case=True) for one in self.not_actions)
        return any(arns.reaches(one, action, ignore_case=True) for one in self.actions)

    def reaches_resource(self, *written: str) -> bool:
        """Whether a resource, in any of the ways that its ARN may be written, is among them."""
        if self.not_resources:
            return not any(arns.reaches(one, arn) for one in self.not_resources for arn in written)
        return any(arns.reaches(one, arn) for one in self.resources for arn in written)


@lru_cache(maxsize=8)
def of_identities(environment: Environment) -> tuple[Statement, ...]:
    """Every statement that says what an identity of ours may do, wherever it is attached."""
    return tuple(_of_identities(environment))


def _of_identities(environment: Environment) -> Iterator[Statement]:
    for resource in environment.of_type(*_ATTACHED):
        yield from statements(resource, resource.get("PolicyDocument"))
    for resource in environment.of_type(*_IDENTITIES):
        for policy in resource.objects("Policies"):
            yield from statements(resource, policy.get("PolicyDocument"))


def of_role(role: Resource) -> list[Statement]:
    """What one role may do: its own policies, and those of the same environment attached to it."""
    holders = {role.reference, *role.references("ManagedPolicyArns")}
    holders |= _attached_to(role.environment).get(role.reference, set())
    held = _held_by(role.environment)
    return [statement for holder in sorted(holders) for statement in held.get(holder, ())]


@lru_cache(maxsize=8)
def _held_by(environment: Environment) -> Mapping[Reference, list[Statement]]:
    """Policy, or role with inline policies -> its statements."""
    found: dict[Reference, list[Statement]] = {}
    for statement in of_identities(environment):
        found.setdefault(statement.holder.reference, []).append(statement)
    return found


@lru_cache(maxsize=8)
def _attached_to(environment: Environment) -> Mapping[Reference, set[Reference]]:
    """Role -> the policies that name it."""
    found: dict[Reference, set[Reference]] = {}
    for policy in environment.of_type(*_ATTACHED):
        for role in policy.references("Roles"):
            found.setdefault(role, set()).add(policy.reference)
    return found


def trusts(role: Resource) -> list[Statement]:
    """Who may take on a role."""
    return list(statements(role, role.get("AssumeRolePolicyDocument")))


@lru_cache(maxsize=8)
def of_resources(environment: Environment) -> tuple[tuple[Statement, list[Resource]], ...]:
    """Every statement of a resource's policy, with the resources of ours that the policy is of."""
    return tuple(_of_resources(environment))


def _of_resources(environment: Environment) -> Iterator[tuple[Statement, list[Resource]]]:
    for holder in environment.of_type(*_RESOURCE_POLICIES):
        path, of = _RESOURCE_POLICIES[holder.type]
        targets = _found(holder.references(of), environment) if of else [holder]
        for statement in statements(holder, holder.get(path)):
            yield statement, targets
    for permission in environment.of_type("AWS::Lambda::Permission"):
        yield _permission(permission), _found(permission.references("FunctionName"), environment)
    for policy in environment.of_type("AWS::Events::EventBusPolicy"):
        targets = _found(policy.references("EventBusName"), environment)
        for statement in statements(policy, {"Statement": policy.get("Statement")}):
            yield statement, targets


def of_resource(resource: Resource) -> list[Statement]:
    """The statements of every policy of one resource."""
    return _held_for(resource.environment).get(resource.reference, [])


@lru_cache(maxsize=8)
def _held_for(environment: Environment) -> Mapping[Reference, list[Statement]]:
    found: dict[Reference, list[Statement]] = {}
    for statement, targets in of_resources(environment):
        for target in targets:
            found.setdefault(target.reference, []).append(statement)
    return found


def statements(holder: Resource, document: Any) -> Iterator[Statement]:
    """The statements of a policy document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    if not isinstance(document, Mapping):
        return
    for body in shapes.mappings(document.get("Statement")):
        yield _statement(holder, body)


def _statement(holder: Resource, body: Mapping[str, Any]) -> Statement:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(_text(holder, one) for one in shapes.items(body.get(name)))

    return Statement(
        holder=holder,
        sid=str(body.get("Sid", "")),
        allows=body.get("Effect") == "Allow",
        actions=texts("Action"),
        not_actions=texts("NotAction"),
        resources=texts("Resource"),
        not_resources=texts("NotResource"),
        principals=tuple(_principals(holder, body.get("Principal"))),
        not_principals="NotPrincipal" in body,
        conditions={
            operator: {
                key.lower(): tuple(_text(holder, one) for one in shapes.items(values))
                for key, values in shapes.mapping(keys).items()
            }
            for operator, keys in shapes.mapping(body.get("Condition")).items()
        },
    )


def _principals(holder: Resource, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for kind, names in value.items():
            for name in shapes.items(names):
                yield str(kind), _text(holder, name)
    elif value is not None:
        yield "AWS", _text(holder, value)


def _permission(permission: Resource) -> Statement:
    """A permission of Lambda as the statement that Lambda makes of it:
    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
    principal = permission.text("Principal")
    is_service = principal.endswith(".amazonaws.com")
    conditions: dict[str, dict[str, tuple[str, ...]]] = {}
    if permission.get("SourceArn") is not None:
        source = arns.plain(permission.environment, permission.text("SourceArn"))
        conditions["ArnLike"] = {"aws:sourcearn": (source,)}
    equal = {"SourceAccount": "aws:sourceaccount", "PrincipalOrgID": "aws:principalorgid"}
    for name, key in equal.items():
        if permission.get(name) is not None:
            value = arns.plain(permission.environment, permission.text(name))
            conditions.setdefault("StringEquals", {})[key] = (value,)
    return Statement(
        holder=permission,
        actions=(permission.text("Action"),),
        resources=("*",),
        principals=(("Service" if is_service else "AWS", principal),),
        conditions=conditions,
    )


def _found(references: list[Reference], environment: Environment) -> list[Resource]:
    found = (environment.find(reference) for reference in references)
    return [resource for resource in found if resource is not None]


def _text(holder: Resource, value: Any) -> str:
    return arns.plain(holder.environment, holder.environment.text(value, stack=holder.stack))
