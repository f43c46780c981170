"""What can be reached from outside the account, and what reaches out: nothing, or each of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from autolote.audit.facts.network import NO_VPC, Network
from autolote.audit.facts.statements import Statement
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment

# Conditions that narrow "everyone" to somebody, as S3 counts them among others:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_NARROWING = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "kms:calleraccount",
}
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@dataclass(frozen=True, order=True, kw_only=True)
class Exposure:
    """One way in or out.

    Attributes:
        direction: "in": somebody outside the account reaches it; "out": it reaches the internet.
        says: what exactly, in a sentence.
    """

    direction: Literal["in", "out"]
    where: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Exposures:
    """What was found, and what was looked at: `checked` is pairs of what and how many."""

    found: tuple[Exposure, ...]
    checked: tuple[tuple[str, int], ...]


def exposures(
    environment: Environment, statements: Iterable[Statement], network: Network, words: Words
) -> Exposures:
    """Every way in or out that the templates show; sorted."""
    policies = [one for one in statements if one.kind in ("resource", "trust") and one.allows]
    found = {
        *_opened(policies, words),
        *_buckets(environment),
        *_public_by_nature(environment),
        *_groups(network),
        *_out(network),
    }
    checked = (
        ("statements of resource and trust policies", len(policies)),
        ("buckets", len(environment.of_type("AWS::S3::Bucket"))),
        ("functions", len(environment.of_type("AWS::Lambda::Function"))),
        ("security group rules", len(network.rules)),
        ("subnets", len(network.subnets)),
        ("things that run", len(network.placements)),
    )
    return Exposures(found=tuple(sorted(found)), checked=checked)


def _opened(policies: Iterable[Statement], words: Words) -> Iterator[Exposure]:
    for statement in policies:
        narrowed = any(condition.key in _NARROWING for condition in statement.conditions)
        for principal in statement.principals:
            public = principal.kind == "public" and not narrowed
            foreign = principal.kind == "account" and principal.name != "this account"
            if public or foreign or principal.kind == "federated":
                actions = ", ".join(statement.actions)
                on = ", ".join(words.target(resource).words for resource in statement.resources)
                says = f"{principal.name} may {actions} on {on}"
                yield Exposure(direction="in", where=statement.source, says=says)


def _buckets(environment: Environment) -> Iterator[Exposure]:
    for bucket in environment.of_type("AWS::S3::Bucket"):
        block = "PublicAccessBlockConfiguration"
        missing = [field for field in _BLOCKS if bucket.get(f"{block}.{field}") is not True]
        if missing:
            says = f"public access is not blocked: {', '.join(missing)} is not true"
            yield Exposure(direction="in", where=bucket.where, says=says)


def _public_by_nature(environment: Environment) -> Iterator[Exposure]:
    for type_, field, values, says in _OPEN:
        for resource in environment.of_type(type_):
            if not values or resource.text(field) in values:
                yield Exposure(direction="in", where=resource.where, says=says)
    for type_, says in _OUTWARD.items():
        for resource in environment.of_type(type_):
            yield Exposure(direction="out", where=resource.where, says=says)


# Type, property, the values of it that open it (none: it is open by nature), and what that means.
_OPEN: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("AWS::Lambda::Url", "AuthType", ("NONE",), "a URL that anybody may call"),
    ("AWS::EC2::Subnet", "MapPublicIpOnLaunch", ("true",), "gives out public addresses"),
    ("AWS::EC2::EIP", "", (), "a public address"),
    ("AWS::ECR::PublicRepository", "", (), "images that anybody may pull"),
    ("AWS::ApiGateway::RestApi", "", (), "an API with an address on the internet"),
    ("AWS::ApiGatewayV2::Api", "", (), "an API with an address on the internet"),
    ("AWS::CloudFront::Distribution", "", (), "published on the internet"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Scheme",
        ("", "internet-facing"),
        "a load balancer on the internet",
    ),
)
_OUTWARD = {
    "AWS::EC2::InternetGateway": "a way to and from the internet",
    "AWS::EC2::NatGateway": "a way to the internet",
    "AWS::EC2::EgressOnlyInternetGateway": "a way to the internet",
}


def _groups(network: Network) -> Iterator[Exposure]:
    for rule in network.rules:
        if rule.anywhere:
            inward = rule.direction.startswith("in")
            yield Exposure(
                direction="in" if inward else "out",
                where=rule.group,
                says=f"{rule.ports} {rule.direction} {rule.peer}",
            )


def _out(network: Network) -> Iterator[Exposure]:
    for placement in network.placements:
        if placement.network == NO_VPC:
            yield Exposure(direction="out", where=placement.where, says=f"runs {NO_VPC}")
        elif "PublicInternetOnly" in placement.network:
            says = "apps of Studio reach the internet (PublicInternetOnly)"
            yield Exposure(direction="out", where=placement.where, says=says)
