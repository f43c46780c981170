"""The network interfaces of Lambda functions in a VPC: shared, and slow to go.

Functions with the same subnet and security groups share one interface. When the last of them is
deleted or moved, Lambda keeps it "for up to 20 minutes", and until then neither the subnet nor
the groups can be deleted.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html and
https://docs.aws.amazon.com/lambda/latest/dg/foundation-networking.html
"""

import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from autolote.local.aws.account import Account
from autolote.local.aws.networks import claim
from autolote.local.aws.patches import original, put, replace
from autolote.local.aws.pending import Pending

LINGER_SECONDS = 20 * 60  # account seconds
KIND = "release of a function's network interface"
Place = tuple[str, frozenset[str]]


def install(account: Account, pending: Pending) -> None:
    """Let functions with VpcConfig have interfaces in EC2."""

    def release(payload: dict[str, Any]) -> None:
        time.sleep(LINGER_SECONDS / account.speed)
        found = _ec2(account.account_id, account.region).enis
        interface = found.get(payload["interface"])
        if interface is None:
            return
        if _place(interface) in _wanted(lambda_backends[account.account_id][account.region]):
            interface.leaving = False
        else:
            del found[interface.id]

    pending.register(KIND, release)
    for name, signature in {
        "create_function": "self, spec",
        "delete_function": "self, function_name, qualifier",
        "update_function_configuration": "self, function_name, qualifier, body",
    }.items():
        _adjust_after(name, signature, pending)
    replace(LambdaFunction, "vpc_config", property(_vpc_config), signature="self")


def _adjust_after(name: str, signature: str, pending: Pending) -> None:
    carry_out = original(LambdaBackend, name, signature=signature)

    def adjusting(self: Any, *given: Any, **named: Any) -> Any:
        for one in (*given, *named.values()):
            if isinstance(one, Mapping):
                _check(self, one.get("VpcConfig") or {})
        answer = carry_out(self, *given, **named)
        _adjust(self, pending)
        return answer

    put(LambdaBackend, name, adjusting)


def _check(backend: Any, given: Mapping[str, Any]) -> None:
    """AWS: https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html."""
    subnets, groups = given.get("SubnetIds") or [], given.get("SecurityGroupIds") or []
    if not subnets and not groups:
        return
    if not subnets or not groups:
        raise InvalidParameterValueException(
            "SubnetIds and SecurityIds must coexist or be both empty list.",
        )
    ec2 = _ec2(backend.account_id, backend.region_name)
    known = {subnet for zone in ec2.subnets.values() for subnet in zone}
    missing = [f"subnet ID {one}" for one in subnets if one not in known] + [
        f"security group {one}" for one in groups if ec2.get_security_group_from_id(one) is None
    ]
    if missing:
        raise InvalidParameterValueException(
            "Error occurred while DescribeSubnets or DescribeSecurityGroups. EC2 Error Message: "
            f"The {', '.join(missing)} does not exist",
        )


def _adjust(backend: Any, pending: Pending) -> None:
    wanted = _wanted(backend)
    if not wanted and "moto.ec2.models" not in sys.modules:
        return
    ec2 = _ec2(backend.account_id, backend.region_name)
    there = {_place(one): one for one in ec2.enis.values() if one.interface_type == "lambda"}
    for subnet, groups in wanted.keys() - there.keys():
        made = ec2.create_network_interface(ec2.get_subnet(subnet), [], group_ids=sorted(groups))
        function = wanted[subnet, groups]
        claim(made, kind="lambda", description=f"AWS Lambda VPC ENI-{function}-{uuid.uuid4()}")
        made.leaving = False
    for place, interface in there.items():
        if place not in wanted and not interface.leaving:
            interface.leaving = True
            pending.start(KIND, {"interface": interface.id})


def _wanted(backend: Any) -> dict[Place, str]:
    """Where functions want interfaces, each with the name of one that does."""
    return {
        (subnet, frozenset(given["SecurityGroupIds"])): function.function_name
        for function in backend.list_functions()
        if (given := function._vpc_config)
        for subnet in given.get("SubnetIds") or []
    }


def _place(interface: Any) -> Place:
    return interface.subnet_id, frozenset(group.id for group in interface.group_set)


def _vpc_config(function: Any) -> dict[str, Any] | None:
    """VpcConfig as GetFunction shows it, with the VPC's id."""
    given = function._vpc_config
    if not given:
        return None
    subnets = given.get("SubnetIds") or []
    vpc = ""
    if subnets:
        vpc = _ec2(function.account_id, function.region).get_subnet(subnets[0]).vpc_id
    groups = given.get("SecurityGroupIds") or []
    return {"SubnetIds": subnets, "SecurityGroupIds": groups, "VpcId": vpc}


def _ec2(account: str, region: str) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[account][region]
