"""Every resource, and what it is for in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autolote.audit.facts.network import service_of
from autolote.audit.facts.words import name, noun
from autolote.audit.model import Environment, Resource

# What a type is for, where neither the resource nor what uses it says so.
_PURPOSES = {
    "AWS::CloudWatch::Dashboard": "Shows the state of runs on one page",
    "AWS::ECR::Repository": "Keeps images",
    "AWS::EC2::FlowLog": "Records which connections were made and refused",
    "AWS::EC2::RouteTable": "Says where packets of its subnets may go",
    "AWS::EC2::SubnetRouteTableAssociation": "Gives a subnet its routes",
    "AWS::EC2::VPC": "The private network",
    "AWS::EFS::MountTarget": "Lets a subnet reach the file system",
    "AWS::SageMaker::Domain": "SageMaker Studio for the team",
    "AWS::SageMaker::Space": "A workspace in Studio",
    "AWS::SageMaker::UserProfile": "One person's settings in Studio",
    "AWS::SQS::Queue": "Keeps what could not be delivered or has failed",
    "AWS::SNS::Topic": "Tells people how runs ended",
    "AWS::Scheduler::ScheduleGroup": "Holds the schedules",
    "AWS::StepFunctions::StateMachine": "Runs the steps one after another",
}
_SAYING = ("Description", "AlarmDescription", "GroupDescription", "RoleDescription")


@dataclass(frozen=True, order=True, kw_only=True)
class Item:
    """One resource.

    Attributes:
        where: `stack/Name`.
        purpose: what it is for, in words.
        attached: what it belongs to or serves, each as `stack/Name`.
    """

    stack: str
    type: str
    name: str
    logical_id: str
    where: str
    purpose: str
    attached: tuple[str, ...]


def inventory(environment: Environment) -> tuple[Item, ...]:
    """All resources, by stack, type and name."""
    users = _users(environment)
    return tuple(
        sorted(
            Item(
                stack=resource.stack,
                type=resource.type,
                name=resource.name,
                logical_id=resource.logical_id,
                where=resource.where,
                purpose=_purpose(resource, users),
                attached=_attached(resource),
            )
            for resource in environment.resources
        )
    )


def _users(environment: Environment) -> Mapping[str, list[Resource]]:
    """Resource, as `stack/Name` -> what refers to it."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for resource in environment.resources:
        for reference in resource.references():
            target = environment.find(reference)
            if target and resource not in found[target.where]:
                found[target.where].append(resource)
    return found


def _attached(resource: Resource) -> tuple[str, ...]:
    found = (resource.environment.find(reference) for reference in resource.references())
    return tuple(sorted({one.where for one in found if one and one.where != resource.where}))


def _purpose(resource: Resource, users: Mapping[str, list[Resource]]) -> str:
    for field in _SAYING:
        if said := resource.text(field):
            return said
    own = _SPECIAL.get(resource.type)
    if own:
        return own(resource, users)
    return _PURPOSES.get(resource.type) or _of_another(resource)


def _of_another(resource: Resource) -> str:
    attached = [resource.environment.find(reference) for reference in resource.references()]
    of = [name(one) for one in attached if one]
    if resource.type.endswith("Policy") and of:
        return f"Who may use {of[0]}"
    return f"{noun(resource.type).capitalize()} of {of[0]}" if of else noun(resource.type)


def _bucket(bucket: Resource, users: Mapping[str, list[Resource]]) -> str:
    logged = [
        one.where
        for one in users.get(bucket.where, [])
        if one.type == "AWS::S3::Bucket" and "LoggingConfiguration" in one.properties
    ]
    return f"Access logs of bucket {', '.join(logged)}" if logged else "Keeps data"


def _log_group(group: Resource, users: Mapping[str, list[Resource]]) -> str:
    served = [one for one in users.get(group.where, []) if not one.type.startswith("AWS::IAM")]
    return f"Logs of {name(served[0]) if served else group.text('LogGroupName')}"


def _permission(permission: Resource, users: Mapping[str, list[Resource]]) -> str:
    called = permission.refers_to("FunctionName")
    function = name(called[0]) if called else permission.text("FunctionName")
    return f"Lets {permission.text('Principal')} call {function}"


def _endpoint(endpoint: Resource, users: Mapping[str, list[Resource]]) -> str:
    return f"A private way to {service_of(endpoint)}"


_SPECIAL: Mapping[str, Callable[[Resource, Mapping[str, list[Resource]]], str]] = {
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
}
