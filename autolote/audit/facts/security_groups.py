"""The rules of security groups: which ports are open to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autolote.audit.facts.statements import mappings
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment, Resource

_ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, order=True, kw_only=True)
class GroupRule:
    """One rule of a security group. `ports` is "tcp 443", "tcp 8192 to 65535" or "everything"."""

    group: str
    direction: str
    ports: str
    peer: str
    anywhere: bool
    description: str


def rules(environment: Environment, words: Words) -> Iterator[GroupRule]:
    """Every rule of every group, wherever the template writes it; AWS's default where none is."""
    for group in environment.of_type("AWS::EC2::SecurityGroup"):
        for field, direction in _INLINE.items():
            for inline in mappings(group.get(field)):
                yield _rule(group, group.where, direction, inline, words)
        if "SecurityGroupEgress" not in group.properties:
            yield GroupRule(
                group=group.where,
                direction="out to",
                ports="everything",
                peer="anywhere (0.0.0.0/0), AWS's default",
                anywhere=True,
                description="",
            )
    for type_, direction in _APART.items():
        for rule in environment.of_type(type_):
            yield _rule(
                rule,
                ", ".join(one.where for one in rule.refers_to("GroupId")) or rule.text("GroupId"),
                direction,
                rule.properties,
                words,
            )


_INLINE = {"SecurityGroupIngress": "in from", "SecurityGroupEgress": "out to"}
_APART = {
    "AWS::EC2::SecurityGroupIngress": "in from",
    "AWS::EC2::SecurityGroupEgress": "out to",
}


def _rule(
    resource: Resource, group: str, direction: str, rule: Mapping[str, Any], words: Words
) -> GroupRule:
    peers = {key: rule[key] for key in _PEERS if rule.get(key)}
    said = [
        f"{'prefix list ' if 'PrefixList' in key else ''}"
        f"{words.target(resource.environment.text(value, stack=resource.stack)).words}"
        for key, value in peers.items()
    ]
    peer = ", ".join(said) or "nobody"
    anywhere = peer in _ANYWHERE
    return GroupRule(
        group=group,
        direction=direction,
        ports=_ports(rule),
        peer=f"anywhere ({peer})" if anywhere else peer,
        anywhere=anywhere,
        description=str(rule.get("Description", "")),
    )


_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourcePrefixListId",
    "DestinationPrefixListId",
)


# https://www.iana.org/assignments/protocol-numbers/
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "50": "esp", "51": "ah", "58": "icmpv6"}


def _ports(rule: Mapping[str, Any]) -> str:
    number = str(rule.get("IpProtocol", "-1"))
    protocol = _PROTOCOLS.get(number, number)
    if protocol == "-1":
        return "everything"
    low, high = rule.get("FromPort"), rule.get("ToPort")
    if low is None or low == -1:
        return protocol
    return f"{protocol} {low}" if low == high else f"{protocol} {low} to {high}"
