"""AWS::EC2::VPCEndpoint and AWS::EC2::FlowLog."""

from typing import Any

from autolote.local.aws.cloudformation.model import DeploymentFailedError
from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
)
from autolote.local.aws.cloudformation.providers.networks import tag_again, tagged

_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")
_FLOW_LOG = frozenset(
    {
        "DeliverLogsPermissionArn",
        "LogDestination",
        "LogDestinationType",
        "LogFormat",
        "LogGroupName",
        "MaxAggregationInterval",
        "ResourceId",
        "ResourceType",
        "TrafficType",
    }
)


def _create_endpoint(ctx: Context, properties: Properties) -> Made:
    made = ctx.call(
        "ec2",
        "create_vpc_endpoint",
        VpcEndpointType=properties.get("VpcEndpointType", "Gateway"),
        **chosen(
            properties, "VpcId", "ServiceName", "PolicyDocument", "PrivateDnsEnabled", *_LISTS
        ),
        **tagged("vpc-endpoint", properties),
    )["VpcEndpoint"]
    return _endpoint(ctx, made["VpcEndpointId"])


def _update_endpoint(ctx: Context, endpoint: str, before: Properties, after: Properties) -> Made:
    given: dict[str, Any] = {}
    for name in _LISTS:
        old, new = before.get(name) or [], after.get(name) or []
        given[f"Add{name}"] = [one for one in new if one not in old]
        given[f"Remove{name}"] = [one for one in old if one not in new]
    if changed(before, after, "PolicyDocument"):
        policy = after.get("PolicyDocument")
        given |= {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
    if changed(before, after, "PrivateDnsEnabled"):
        given["PrivateDnsEnabled"] = after.get("PrivateDnsEnabled", False)
    given = {name: value for name, value in given.items() if value != []}
    if given:
        ctx.call("ec2", "modify_vpc_endpoint", VpcEndpointId=endpoint, **given)
    tag_again(ctx, endpoint, before, after)
    return _endpoint(ctx, endpoint)


def _endpoint(ctx: Context, endpoint: str) -> Made:
    (found,) = ctx.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"]
    entries = [
        f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}"
        for entry in found.get("DnsEntries", [])
    ]
    return Made(
        id=endpoint,
        attributes={
            "Id": endpoint,
            "CreationTimestamp": str(found["CreationTimestamp"]),
            "DnsEntries": entries,
            "NetworkInterfaceIds": found.get("NetworkInterfaceIds", []),
        },
    )


def _delete_endpoint(ctx: Context, endpoint: str, _: Properties) -> None:
    ctx.call_if_there("ec2", "delete_vpc_endpoints", VpcEndpointIds=[endpoint])


def _create_flow_log(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, *(_FLOW_LOG - {"ResourceId"}))
    found = ctx.call(
        "ec2",
        "create_flow_logs",
        ResourceIds=[properties["ResourceId"]],
        **given,
        **tagged("vpc-flow-log", properties),
    )
    for failed in found.get("Unsuccessful", []):  # the call succeeds all the same
        raise DeploymentFailedError(failed["Error"]["Message"])
    (made,) = found["FlowLogIds"]
    return Made(id=made, attributes={"Id": made})


def _update_flow_log(ctx: Context, log: str, before: Properties, after: Properties) -> Made:
    tag_again(ctx, log, before, after)
    return Made(id=log, attributes={"Id": log})


PROVIDERS = {
    "AWS::EC2::VPCEndpoint": Provider(
        create=_create_endpoint,
        update=_update_endpoint,
        delete=_delete_endpoint,
        replaced_by=frozenset({"ServiceName", "VpcEndpointType", "VpcId"}),
    ),
    "AWS::EC2::FlowLog": Provider(
        create=_create_flow_log,
        update=_update_flow_log,
        delete=lambda ctx, log, _: ctx.call_if_there("ec2", "delete_flow_logs", FlowLogIds=[log]),
        replaced_by=_FLOW_LOG,
    ),
}
