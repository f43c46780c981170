"""AWS::EC2::VPC, Subnet, RouteTable, SubnetRouteTableAssociation and Route."""

from typing import Any

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_list,
    tag_map,
)

_TARGETS = ("GatewayId", "NatGatewayId", "NetworkInterfaceId", "VpcEndpointId")


def tagged(kind: str, properties: Properties) -> dict[str, Any]:
    """The tags of a new resource of EC2, as its Create operations take them."""
    tags = tag_list(properties)
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def tag_again(ctx: Context, resource: str, before: Properties, after: Properties) -> None:
    """Bring the tags of a resource of EC2 from one set to the other."""
    gone = [{"Key": key} for key in sorted(set(tag_map(before)) - set(tag_map(after)))]
    if gone:
        ctx.call("ec2", "delete_tags", Resources=[resource], Tags=gone)
    if tag_list(after) and changed(before, after, "Tags"):
        ctx.call("ec2", "create_tags", Resources=[resource], Tags=tag_list(after))


def _create_vpc(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "CidrBlock", "InstanceTenancy")
    vpc = ctx.call("ec2", "create_vpc", **given, **tagged("vpc", properties))["Vpc"]["VpcId"]
    _switch_dns(ctx, vpc, {}, properties)
    return _vpc(ctx, vpc)


def _switch_dns(ctx: Context, vpc: str, before: Properties, after: Properties) -> None:
    # One attribute in a call: API_ModifyVpcAttribute.
    for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
        wanted = _flag(after.get(name, default))
        if wanted != _flag(before.get(name, default)):
            ctx.call("ec2", "modify_vpc_attribute", VpcId=vpc, **{name: {"Value": wanted}})


def _flag(value: Any) -> bool:
    return str(value).lower() == "true"


def _update_vpc(ctx: Context, vpc: str, before: Properties, after: Properties) -> Made:
    _switch_dns(ctx, vpc, before, after)
    tag_again(ctx, vpc, before, after)
    return _vpc(ctx, vpc)


def _vpc(ctx: Context, vpc: str) -> Made:
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    default = [*inside, {"Name": "default", "Values": ["true"]}]
    named = [*inside, {"Name": "group-name", "Values": ["default"]}]
    (found,) = ctx.call("ec2", "describe_vpcs", VpcIds=[vpc])["Vpcs"]
    acls = ctx.call("ec2", "describe_network_acls", Filters=default)["NetworkAcls"]
    groups = ctx.call("ec2", "describe_security_groups", Filters=named)["SecurityGroups"]
    associations = [one["AssociationId"] for one in found["CidrBlockAssociationSet"]]
    return Made(
        id=vpc,
        attributes={
            "VpcId": vpc,
            "CidrBlock": found["CidrBlock"],
            "CidrBlockAssociations": associations,
            "DefaultNetworkAcl": acls[0]["NetworkAclId"],
            "DefaultSecurityGroup": groups[0]["GroupId"],
            "Ipv6CidrBlocks": [],
        },
    )


def _create_subnet(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
    made = ctx.call("ec2", "create_subnet", **given, **tagged("subnet", properties))["Subnet"]
    _map_addresses(ctx, made["SubnetId"], {}, properties)
    return _subnet(ctx, made["SubnetId"])


def _map_addresses(ctx: Context, subnet: str, before: Properties, after: Properties) -> None:
    wanted = _flag(after.get("MapPublicIpOnLaunch", False))
    if wanted != _flag(before.get("MapPublicIpOnLaunch", False)):
        flag = {"Value": wanted}
        ctx.call("ec2", "modify_subnet_attribute", SubnetId=subnet, MapPublicIpOnLaunch=flag)


def _update_subnet(ctx: Context, subnet: str, before: Properties, after: Properties) -> Made:
    _map_addresses(ctx, subnet, before, after)
    tag_again(ctx, subnet, before, after)
    return _subnet(ctx, subnet)


def _subnet(ctx: Context, subnet: str) -> Made:
    (found,) = ctx.call("ec2", "describe_subnets", SubnetIds=[subnet])["Subnets"]
    names = ("SubnetId", "VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId")
    return Made(id=subnet, attributes={name: found[name] for name in names})


def _create_table(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "VpcId")
    made = ctx.call("ec2", "create_route_table", **given, **tagged("route-table", properties))
    return _table(made["RouteTable"]["RouteTableId"])


def _update_table(ctx: Context, table: str, before: Properties, after: Properties) -> Made:
    tag_again(ctx, table, before, after)
    return _table(table)


def _table(table: str) -> Made:
    return Made(id=table, attributes={"RouteTableId": table})


def _associate(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "RouteTableId", "SubnetId")
    made = ctx.call("ec2", "associate_route_table", **given)["AssociationId"]
    return Made(id=made, attributes={"Id": made})


def _create_route(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "RouteTableId", "DestinationCidrBlock", *_TARGETS)
    ctx.call("ec2", "create_route", **given)
    return _route(properties)


def _replace_route(ctx: Context, _id: str, _before: Properties, after: Properties) -> Made:
    given = chosen(after, "RouteTableId", "DestinationCidrBlock", *_TARGETS)
    ctx.call("ec2", "replace_route", **given)
    return _route(after)


def _route(properties: Properties) -> Made:
    block = properties["DestinationCidrBlock"]
    return Made(id=f"{properties['RouteTableId']}|{block}", attributes={"CidrBlock": block})


def _delete_route(ctx: Context, _: str, properties: Properties) -> None:
    given = chosen(properties, "RouteTableId", "DestinationCidrBlock")
    ctx.call_if_there("ec2", "delete_route", **given)


PROVIDERS = {
    "AWS::EC2::VPC": Provider(
        create=_create_vpc,
        update=_update_vpc,
        delete=lambda ctx, vpc, _: ctx.call_if_there("ec2", "delete_vpc", VpcId=vpc),
        replaced_by=frozenset({"CidrBlock", "InstanceTenancy"}),
    ),
    "AWS::EC2::Subnet": Provider(
        create=_create_subnet,
        update=_update_subnet,
        delete=lambda ctx, subnet, _: ctx.call_if_there("ec2", "delete_subnet", SubnetId=subnet),
        replaced_by=frozenset({"VpcId", "AvailabilityZone", "AvailabilityZoneId", "CidrBlock"}),
    ),
    "AWS::EC2::RouteTable": Provider(
        create=_create_table,
        update=_update_table,
        delete=lambda ctx, table, _: ctx.call_if_there(
            "ec2", "delete_route_table", RouteTableId=table
        ),
        replaced_by=frozenset({"VpcId"}),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Provider(
        create=_associate,
        update=lambda _ctx, made, _before, _after: Made(id=made, attributes={"Id": made}),
        delete=lambda ctx, made, _: ctx.call_if_there(
            "ec2", "disassociate_route_table", AssociationId=made
        ),
        replaced_by=frozenset({"SubnetId", "RouteTableId"}),
    ),
    "AWS::EC2::Route": Provider(
        create=_create_route,
        update=_replace_route,
        delete=_delete_route,
        replaced_by=frozenset({"RouteTableId", "DestinationCidrBlock"}),
    ),
}
