"""The interfaces that services hold in a network of ours, and what else is in it.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
"""

from typing import Any

from autolote.teardown.cloud import Cloud
from autolote.teardown.model import NotDoneError, Task, Tell, Thing
from autolote.teardown.stacks import NETWORK, Stack


def tasks(cloud: Cloud, stack: Stack, needs: frozenset[str]) -> list[Task]:
    """Waiting for the interfaces in the VPC of a stack; nothing if it makes none."""
    made = []
    for vpc in stack.ids("AWS::EC2::VPC"):
        arn = f"arn:{stack.thing.arn.split(':')[1]}:ec2:{cloud.account.region}:"
        arn += f"{stack.thing.arn.split(':')[4]}:vpc/{vpc}/network-interfaces"
        made.append(
            Task(
                thing=Thing(kind="network interfaces", name=vpc, arn=arn),
                verb="wait for",
                why="Lambda keeps a function's for up to 20 minutes after the function",
                needs=needs,
                carry_out=_waiting(cloud, stack, vpc),
                command=f"aws ec2 describe-network-interfaces --filters Name=vpc-id,Values={vpc}",
            )
        )
    return made


def _waiting(cloud: Cloud, stack: Stack, vpc: str) -> Any:
    return lambda tell: clear(cloud, stack, vpc, tell)


def clear(cloud: Cloud, stack: Stack, vpc: str, tell: Tell) -> None:
    """Wait until no interface is left in a VPC but those of the stack's own endpoints.

    Interfaces that a service has let go of are deleted.

    Raises:
        NotDoneError: one stays, with what it is.
    """

    def is_clear() -> bool:
        strangers = _strangers(cloud, stack, vpc)
        for one in strangers:
            if one["Status"] == "available" and one.get("RequesterManaged"):
                given = {"NetworkInterfaceId": one["NetworkInterfaceId"]}
                cloud.insist(_deletion(cloud, given), tell=tell)
        foreign = [one for one in strangers if _is_foreign(one)]
        if foreign:
            raise NotDoneError("; ".join(_said(one) for one in foreign))
        return not strangers

    cloud.until(is_clear, what=f"network interfaces in {vpc} are going", tell=tell)


def _deletion(cloud: Cloud, given: dict[str, str]) -> Any:
    return lambda: cloud.client("ec2").delete_network_interface(**given)


def _strangers(cloud: Cloud, stack: Stack, vpc: str) -> list[dict[str, Any]]:
    ours = _of_endpoints(cloud, stack)
    return [
        one
        for one in cloud.pages(
            "ec2",
            "describe_network_interfaces",
            "NetworkInterfaces",
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        )
        if one["NetworkInterfaceId"] not in ours
    ]


def _of_endpoints(cloud: Cloud, stack: Stack) -> set[str]:
    ids = stack.ids("AWS::EC2::VPCEndpoint")
    endpoints = cloud.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints") if ids else ()
    return {
        interface
        for endpoint in endpoints
        if endpoint["VpcEndpointId"] in ids
        for interface in endpoint.get("NetworkInterfaceIds", [])
    }


def _is_foreign(interface: dict[str, Any]) -> bool:
    """Whether nobody will take an interface away: a person made it, or it is attached."""
    return not interface.get("RequesterManaged")


def _said(interface: dict[str, Any]) -> str:
    what = interface.get("Description") or interface.get("InterfaceType")
    return (
        f"{interface['NetworkInterfaceId']} in {interface['SubnetId']} is not ours ({what}): "
        "delete it, or what it is attached to"
    )


def is_network(stack: Stack) -> bool:
    """Whether a stack has a network, so that others' leftovers can hold it."""
    return bool(stack.ids(*NETWORK))
