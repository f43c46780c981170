"""AWS::EC2::SecurityGroup, SecurityGroupIngress and SecurityGroupEgress."""

from collections.abc import Sequence
from typing import Any

from autolote.local.aws.cloudformation.provider import Context, Made, Properties, Provider, chosen
from autolote.local.aws.cloudformation.providers.networks import tag_again, tagged

_INGRESS = frozenset(
    {
        "GroupId",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "SourcePrefixListId",
    }
)
_EGRESS = frozenset(
    {
        "GroupId",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "CidrIp",
        "CidrIpv6",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    }
)
# Others have no ports: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
_PROTOCOLS_WITH_PORTS = ("tcp", "6", "udp", "17", "icmp", "1", "icmpv6", "58")
_ALL_OUT = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def _permission(rule: Properties) -> dict[str, Any]:
    """A rule of a template as the API takes it; its other side is a block, a group or a list."""
    said = chosen(rule, "Description")
    found: dict[str, Any] = chosen(rule, "IpProtocol", "FromPort", "ToPort")
    if found["IpProtocol"] not in ("-1", *_PROTOCOLS_WITH_PORTS):
        found |= {"FromPort": -1, "ToPort": -1}  # moto asks for them whatever the protocol
    for ours, member, theirs in (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
        ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
        ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
    ):
        if ours in rule:
            found[member] = [{theirs: rule[ours], **said}]
    return found


def _allow(ctx: Context, way: str, group: str, rules: Sequence[Properties]) -> list[str]:
    """Add rules; returns their ids."""
    made: list[str] = []
    for rule in rules:
        given = {"GroupId": group, "IpPermissions": [_permission(rule)]}
        found = ctx.call("ec2", f"authorize_security_group_{way}", **given)
        made += [one["SecurityGroupRuleId"] for one in found["SecurityGroupRules"]]
    return made


def _revoke(ctx: Context, way: str, group: str, rules: Sequence[Properties]) -> None:
    for rule in rules:
        permission = _permission({key: rule[key] for key in rule if key != "Description"})
        given = {"GroupId": group, "IpPermissions": [permission]}
        ctx.call_if_there("ec2", f"revoke_security_group_{way}", **given)


def _create_group(ctx: Context, properties: Properties) -> Made:
    made: str = ctx.call(
        "ec2",
        "create_security_group",
        GroupName=properties.get("GroupName") or ctx.name(longest=255),
        Description=properties["GroupDescription"],
        **chosen(properties, "VpcId"),
        **tagged("security-group", properties),
    )["GroupId"]
    _change_rules(ctx, made, {}, properties)
    return _group(made, properties)


def _change_rules(ctx: Context, group: str, before: Properties, after: Properties) -> None:
    """Take away what is no longer wanted, then add; without any rule all may go out."""
    for way, name, default in (
        ("ingress", "SecurityGroupIngress", []),
        ("egress", "SecurityGroupEgress", [_ALL_OUT]),
    ):
        old, new = before.get(name) or default, after.get(name) or default
        _revoke(ctx, way, group, [rule for rule in old if rule not in new])
        _allow(ctx, way, group, [rule for rule in new if rule not in old])


def _update_group(ctx: Context, group: str, before: Properties, after: Properties) -> Made:
    _change_rules(ctx, group, before, after)
    tag_again(ctx, group, before, after)
    return _group(group, after)


def _group(group: str, properties: Properties) -> Made:
    attributes = {"GroupId": group, "Id": group, **chosen(properties, "VpcId")}
    return Made(id=group, attributes=attributes)


def _rule(way: str, replaced_by: frozenset[str]) -> Provider:
    """A rule that is a resource of its own, so that two groups can name each other."""

    def create(ctx: Context, properties: Properties) -> Made:
        (made,) = _allow(ctx, way, properties["GroupId"], [properties])
        return Made(id=made, attributes={"Id": made})

    def describe(ctx: Context, rule: str, _before: Properties, after: Properties) -> Made:
        told = {"SecurityGroupRuleId": rule, "Description": after.get("Description", "")}
        ctx.call(
            "ec2",
            f"update_security_group_rule_descriptions_{way}",
            GroupId=after["GroupId"],
            SecurityGroupRuleDescriptions=[told],
        )
        return Made(id=rule, attributes={"Id": rule})

    def delete(ctx: Context, rule: str, properties: Properties) -> None:
        given = {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [rule]}
        ctx.call_if_there("ec2", f"revoke_security_group_{way}", **given)

    return Provider(create=create, update=describe, delete=delete, replaced_by=replaced_by)


PROVIDERS = {
    "AWS::EC2::SecurityGroup": Provider(
        create=_create_group,
        update=_update_group,
        delete=lambda ctx, group, _: ctx.call_if_there(
            "ec2", "delete_security_group", GroupId=group
        ),
        replaced_by=frozenset({"GroupDescription", "GroupName", "VpcId"}),
    ),
    "AWS::EC2::SecurityGroupIngress": _rule("ingress", _INGRESS),
    "AWS::EC2::SecurityGroupEgress": _rule("egress", _EGRESS),
}
