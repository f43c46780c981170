"""The network: no way in from the internet and none out, and what leaves is the account's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autolote.audit import policies
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource
from autolote.audit.policies import Statement

NETWORK = Subject("Network")
_VPC = "https://docs.aws.amazon.com/vpc/latest/"
_WORLD = ("0.0.0.0/0", "::/0")
_BINDS_ACCOUNT = {
    "aws:principalaccount",
    "aws:resourceaccount",
    "aws:principalorgid",
    "aws:resourceorgid",
    "aws:principalarn",
}
_GATES = {
    "AWS::EC2::InternetGateway": "is a way to and from the internet",
    "AWS::EC2::EgressOnlyInternetGateway": "is a way to the internet",
    "AWS::EC2::NatGateway": "is a way to the internet",
    "AWS::EC2::VPCPeeringConnection": "is a way to another VPC",
}


@NETWORK.check(
    "network-gate",
    title="No VPC has a way to the internet",
    remedy="Remove it, and reach AWS services through endpoints",
    aws=_VPC + "userguide/VPC_Internet_Gateway.html",
)
def gate(environment: Environment) -> Iterator[Hit]:
    for resource in environment.of_type(*_GATES):
        yield Hit(at=resource, message=_GATES[resource.type])


@NETWORK.check(
    "network-route",
    title="No route leads to everywhere",
    remedy="Remove the route, and reach AWS services through endpoints",
    aws=_VPC + "userguide/route-table-options.html",
)
def route(environment: Environment) -> Iterator[Hit]:
    for resource in environment.of_type("AWS::EC2::Route"):
        for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock"):
            if resource.get(name) in _WORLD:
                yield Hit(at=resource, message=f"leads to {resource.get(name)}")


@NETWORK.check(
    "network-public-subnet",
    title="No subnet gives public addresses",
    remedy="Set MapPublicIpOnLaunch to false",
    aws=_VPC + "userguide/subnet-public-ip.html",
)
def public_subnet(environment: Environment) -> Iterator[Hit]:
    for subnet in environment.of_type("AWS::EC2::Subnet"):
        if subnet.get("MapPublicIpOnLaunch") is True:
            yield Hit(at=subnet, message="gives a public address to whatever starts in it")


@NETWORK.check(
    "network-flow-log",
    title="Who talked to whom in a VPC is logged",
    remedy="Add an AWS::EC2::FlowLog for the VPC, of TrafficType ALL",
    aws=_VPC + "userguide/flow-logs.html",
)
def flow_log(environment: Environment) -> Iterator[Hit]:
    logs = environment.of_type("AWS::EC2::FlowLog")
    logged = [
        vpc
        for log in logs
        if log.get("TrafficType") in ("ALL", None)
        for vpc in log.refers_to("ResourceId", "AWS::EC2::VPC")
    ]
    for vpc in environment.of_type("AWS::EC2::VPC"):
        if vpc not in logged:
            yield Hit(at=vpc, message="logs no flows")


@NETWORK.check(
    "network-ingress",
    title="No security group lets the world in",
    remedy="Name the group or the network that comes in",
    aws=_VPC + "userguide/security-group-rules.html",
)
def ingress(environment: Environment) -> Iterator[Hit]:
    yield from _open(environment, "Ingress", "lets in")


@NETWORK.check(
    "network-egress",
    title="No security group lets out to the world",
    remedy="Name the group, the prefix list or the network; a group without any egress rule lets "
    "everything out",
    aws=_VPC + "userguide/security-group-rules.html",
)
def egress(environment: Environment) -> Iterator[Hit]:
    yield from _open(environment, "Egress", "lets out to")
    for group in environment.of_type("AWS::EC2::SecurityGroup"):
        separate = environment.of_type("AWS::EC2::SecurityGroupEgress")
        has_rules = group.get("SecurityGroupEgress") or any(
            group in rule.refers_to("GroupId") for rule in separate
        )
        if not has_rules:
            yield Hit(at=group, detail="none", message="has no egress rule, so lets everything out")


@NETWORK.check(
    "network-default-group",
    title="Nothing runs in a VPC's default security group",
    remedy="Name a group of one's own",
    aws=_VPC + "userguide/default-security-group.html",
)
def default_group(environment: Environment) -> Iterator[Hit]:
    for resource in environment.resources:
        if any(one.attribute == "DefaultSecurityGroup" for one in resource.references()):
            yield Hit(at=resource, message="uses the default security group of the VPC")


@NETWORK.check(
    "endpoint-policy",
    title="Every endpoint has a policy",
    remedy="Set PolicyDocument: without one, any account's calls pass, on any account's resources",
    aws=_VPC + "privatelink/vpc-endpoints-access.html",
)
def endpoint_policy(environment: Environment) -> Iterator[Hit]:
    for endpoint in environment.of_type("AWS::EC2::VPCEndpoint"):
        if not endpoint.get("PolicyDocument"):
            yield Hit(at=endpoint, message="has no policy, so lets everything through")


@NETWORK.check(
    "endpoint-policy-open",
    title="Through an endpoint pass calls of this account, or on resources that are named",
    remedy="Add conditions on aws:PrincipalAccount and aws:ResourceAccount, or name the resources",
    aws=_VPC + "privatelink/vpc-endpoints-access.html",
)
def endpoint_policy_open(environment: Environment) -> Iterator[Hit]:
    for endpoint in environment.of_type("AWS::EC2::VPCEndpoint"):
        for statement in policies.of_resource(endpoint):
            if _passes_anything(statement):
                yield Hit(
                    at=endpoint,
                    detail=statement.sid or ", ".join(statement.actions),
                    message=f"lets any account's {', '.join(statement.actions)} through, on "
                    f"{', '.join(statement.resources)}",
                )


@NETWORK.check(
    "function-outside-vpc",
    title="Where there is a VPC, every function runs in it",
    remedy="Set VpcConfig",
    aws="https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
)
def function_outside(environment: Environment) -> Iterator[Hit]:
    yield from _outside(environment, "AWS::Lambda::Function", "VpcConfig.SubnetIds")


@NETWORK.check(
    "model-outside-vpc",
    title="Where there is a VPC, every model and file system stands in it",
    remedy="Set VpcConfig",
    aws="https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html",
)
def model_outside(environment: Environment) -> Iterator[Hit]:
    yield from _outside(environment, "AWS::SageMaker::Model", "VpcConfig.Subnets")


def _outside(environment: Environment, type_: str, path: str) -> Iterator[Hit]:
    found = environment.of_type(type_)
    has_vpc = environment.of_type("AWS::EC2::VPC") or any(one.get(path) for one in found)
    for resource in found:
        if has_vpc and not resource.get(path):
            yield Hit(at=resource, message="runs outside the environment's VPC")


def _open(environment: Environment, way: str, said: str) -> Iterator[Hit]:
    for resource, rule in _rules(environment, way):
        for name in ("CidrIp", "CidrIpv6"):
            if rule.get(name) in _WORLD:
                ports = f"{rule.get('FromPort', 'all')}-{rule.get('ToPort', 'all')}"
                yield Hit(
                    at=resource, detail=ports, message=f"{said} {rule[name]} on ports {ports}"
                )


def _rules(environment: Environment, way: str) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for group in environment.of_type("AWS::EC2::SecurityGroup"):
        for rule in group.objects(f"SecurityGroup{way}"):
            yield group, rule
    for resource in environment.of_type(f"AWS::EC2::SecurityGroup{way}"):
        yield resource, resource.properties


def _passes_anything(statement: Statement) -> bool:
    anybody = ("AWS", "*") in statement.principals
    bound = _BINDS_ACCOUNT & statement.condition_keys
    named = all(_is_named(resource) for resource in statement.resources)
    return statement.allows and anybody and not bound and not named


def _is_named(resource: str) -> bool:
    """Whether a resource is one that is known: `*` only within a bucket, after its name."""
    bucket, _, _ = resource.partition("/")
    return "*" not in bucket and "?" not in bucket
