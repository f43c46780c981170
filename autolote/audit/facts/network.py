"""The network: subnets and their routes, endpoints, security groups, and what runs in which."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from autolote.audit.facts.security_groups import GroupRule, rules
from autolote.audit.facts.statements import Statement, as_list
from autolote.audit.facts.words import Words, noun
from autolote.audit.model import Environment, Resource

NO_VPC = "outside a VPC: in AWS's own network, from which the internet can be reached"
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
DEFAULT_POLICY = "everyone may everything on any resource (AWS's default policy)"


@dataclass(frozen=True, order=True, kw_only=True)
class Subnet:
    """One subnet and where its packets may go.

    Attributes:
        routes: besides the one within the VPC, each as "0.0.0.0/0 to internet gateway ..."; those
            to gateway endpoints too.
        public_addresses: whether what starts in it gets a public address.
    """

    where: str
    vpc: str
    block: str
    zone: str
    routes: tuple[str, ...]
    public_addresses: bool


@dataclass(frozen=True, order=True, kw_only=True)
class Endpoint:
    """A private way to one service.

    Attributes:
        zones: number of subnets, each with an interface of its own; 0 for a gateway.
        policy: what it lets through, statement by statement, in words.
    """

    where: str
    service: str
    type: str
    zones: int
    private_dns: bool
    groups: tuple[str, ...]
    policy: tuple[str, ...]


@dataclass(frozen=True, order=True, kw_only=True)
class Placement:
    """Where something that computes runs: subnets and security groups, or `NO_VPC`."""

    where: str
    kind: str
    network: str
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """All of it; every tuple is sorted."""

    subnets: tuple[Subnet, ...]
    endpoints: tuple[Endpoint, ...]
    rules: tuple[GroupRule, ...]
    placements: tuple[Placement, ...]


def network(environment: Environment, statements: Iterable[Statement], words: Words) -> Network:
    """The network of one environment."""
    policies: dict[str, list[str]] = {}
    starters: set[str] = set()
    for statement in statements:
        if statement.kind == "endpoint":
            policies.setdefault(statement.source, []).append(_said(statement, words))
        if any(action.startswith("sagemaker:Create") for action in statement.actions):
            starters.update(principal.name for principal in statement.principals)
    return Network(
        subnets=tuple(sorted(_subnet(s) for s in environment.of_type("AWS::EC2::Subnet"))),
        endpoints=tuple(
            sorted(
                _endpoint(one, tuple(policies.get(one.where, ())))
                for one in environment.of_type("AWS::EC2::VPCEndpoint")
            )
        ),
        rules=tuple(sorted(rules(environment, words))),
        placements=tuple(sorted(_placements(environment, starters))),
    )


def _said(statement: Statement, words: Words) -> str:
    who = ", ".join(principal.name for principal in statement.principals)
    what = ", ".join("everything" if action == "*" else action for action in statement.actions)
    on = ", ".join(words.target(resource).words for resource in statement.resources)
    conditions = " and ".join(condition.said(words) for condition in statement.conditions)
    may = "may" if statement.allows else "may not"
    return f"{who} {may} {what} on {on or 'any resource'}{f' if {conditions}' * bool(conditions)}"


def _subnet(subnet: Resource) -> Subnet:
    return Subnet(
        where=subnet.where,
        vpc=_names(subnet, "VpcId"),
        block=subnet.text("CidrBlock"),
        zone=_zone(subnet),
        routes=tuple(sorted(_routes(subnet))),
        public_addresses=subnet.get("MapPublicIpOnLaunch") is True,
    )


def _zone(subnet: Resource) -> str:
    match subnet.get("AvailabilityZone"):
        case {"Fn::Select": [int() | str() as index, {"Fn::GetAZs": _}]} if str(index).isdecimal():
            return f"zone {int(index) + 1} of the Region"
        case None:
            return subnet.text("AvailabilityZoneId") or "AWS chooses"
        case _:
            return subnet.text("AvailabilityZone")


def _routes(subnet: Resource) -> Iterable[str]:
    environment = subnet.environment
    tables = {
        table.where
        for association in environment.of_type("AWS::EC2::SubnetRouteTableAssociation")
        if subnet in association.refers_to("SubnetId")
        for table in association.refers_to("RouteTableId")
    }
    for route in environment.of_type("AWS::EC2::Route"):
        if any(table.where in tables for table in route.refers_to("RouteTableId")):
            to = route.text("DestinationCidrBlock") or route.text("DestinationIpv6CidrBlock")
            yield f"{to or 'a prefix list'} to {_next_hop(route)}"
    for endpoint in environment.of_type("AWS::EC2::VPCEndpoint"):
        if any(table.where in tables for table in endpoint.refers_to("RouteTableIds")):
            yield f"{service_of(endpoint)} to endpoint {endpoint.where}"


def _next_hop(route: Resource) -> str:
    for field, value in route.properties.items():
        if field.endswith("Id") and field not in ("RouteTableId", "DestinationPrefixListId"):
            found = route.refers_to(field)
            return f"{noun(found[0].type)} {found[0].where}" if found else str(value)
    return "nowhere"


def _endpoint(endpoint: Resource, policy: tuple[str, ...]) -> Endpoint:
    kind = endpoint.text("VpcEndpointType") or "Gateway"
    return Endpoint(
        where=endpoint.where,
        service=service_of(endpoint),
        type=kind,
        zones=0 if kind == "Gateway" else len(as_list(endpoint.get("SubnetIds"))),
        private_dns=endpoint.get("PrivateDnsEnabled") is True,
        groups=tuple(one.where for one in endpoint.refers_to("SecurityGroupIds")),
        policy=policy or (DEFAULT_POLICY,),
    )


def service_of(endpoint: Resource) -> str:
    """The service that an endpoint leads to: "sagemaker.api"."""
    text = endpoint.environment.text(endpoint.get("ServiceName"), stack=endpoint.stack)
    region = endpoint.environment.region or "${AWS::Region}"
    return text.partition(f"{region}.")[2] or text.rpartition("${AWS::Region}.")[2] or text


# What computes -> the properties with its subnets and its security groups.
_PLACED = {
    "AWS::CodeBuild::Project": ("VpcConfig.Subnets", "VpcConfig.SecurityGroupIds"),
    "AWS::EFS::MountTarget": ("SubnetId", "SecurityGroups"),
    "AWS::Lambda::Function": ("VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"),
    "AWS::SageMaker::Domain": ("SubnetIds", "DefaultUserSettings.SecurityGroups"),
}


def _placements(environment: Environment, starters: Collection[str]) -> Iterable[Placement]:
    for resource in environment.of_type(*_PLACED):
        subnets, groups = _PLACED[resource.type]
        kind = noun(resource.type)
        yield _placement(resource, kind, _list(resource, subnets), _list(resource, groups))
        if any(role.where in starters for role in resource.refers_to("Role")):
            yield from _jobs(resource)


def _jobs(starter: Resource) -> Iterable[Placement]:
    """Where the jobs run that a function starts: it is told the network by its variables."""
    ours = [one.where for one in starter.refers_to("Environment.Variables", "AWS::EC2::Subnet")]
    groups = starter.refers_to("Environment.Variables", "AWS::EC2::SecurityGroup")
    if ours:
        of = tuple(one.where for one in groups)
        yield _placement(starter, "jobs that it starts", tuple(ours), of)


def _placement(
    resource: Resource, kind: str, subnets: tuple[str, ...], groups: tuple[str, ...]
) -> Placement:
    network_ = ", ".join(subnets)
    if resource.type == "AWS::SageMaker::Domain":
        access = resource.text("AppNetworkAccessType") or "PublicInternetOnly"
        network_ = f"{network_} ({access})"
    return Placement(where=resource.where, kind=kind, network=network_ or NO_VPC, groups=groups)


def _list(resource: Resource, path: str) -> tuple[str, ...]:
    """The resources that a list refers to; ids from the settings as they are."""
    return tuple(
        ", ".join(found.where for found in _found(resource, value))
        or resource.environment.text(value, stack=resource.stack)
        for value in as_list(resource.get(path))
    )


def _found(resource: Resource, value: Any) -> list[Resource]:
    references = resource.environment.references(value, stack=resource.stack)
    return [one for one in map(resource.environment.find, references) if one]


def _names(resource: Resource, path: str) -> str:
    return ", ".join(_list(resource, path))
