"""Every resource, and what it is for in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from autolote.audit.facts.words import name, noun
from autolote.audit.model import Environment, Resource

# What a type is for, where neither the resource nor what uses it says so.
_PURPOSES = {
    "AWS::CloudWatch::Dashboard": "Shows the state of runs on one page",
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
    if resource.type in _PURPOSES:
        return _PURPOSES[resource.type]
    if resource.type == "AWS::EC2::VPCEndpoint":
        return f"A private way to {_service(resource)}"
    if resource.type == "AWS::S3::Bucket":
        return _bucket(resource, users)
    if resource.type == "AWS::Logs::LogGroup":
        return _serves("Logs of", resource, users)
    attached = [resource.environment.find(reference) for reference in resource.references()]
    of = [name(one) for one in attached if one]
    return f"{noun(resource.type).capitalize()} of {of[0]}" if of else noun(resource.type)


def _bucket(bucket: Resource, users: Mapping[str, list[Resource]]) -> str:
    logged = [
        one.where
        for one in users.get(bucket.where, [])
        if one.type == "AWS::S3::Bucket" and "LoggingConfiguration" in one.properties
    ]
    return f"Access logs of bucket {', '.join(logged)}" if logged else "Keeps data"


def _serves(what: str, resource: Resource, users: Mapping[str, list[Resource]]) -> str:
    served = [one for one in users.get(resource.where, []) if not one.type.startswith("AWS::IAM")]
    return f"{what} {name(served[0])}" if served else f"{what} {resource.text('LogGroupName')}"


def _service(endpoint: Resource) -> str:
    return endpoint.text("ServiceName").partition("amazonaws.")[2].partition(".")[2] or "a service"
