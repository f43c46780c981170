"""EC2 and EFS: what cannot be deleted yet, and the network interfaces that services hold.

moto deletes a subnet or a security group that is in use, gives an endpoint's interfaces addresses
of nowhere and the default group, and forgets whose an interface is. All of that is what makes a
network hard to take down on AWS, so here it holds. EC2 is only imported when it is used (lean.py).
AWS: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from autolote.local.aws.account import Account
from autolote.local.aws.lean import when_imported
from autolote.local.aws.patches import original, put
from autolote.local.aws.pending import Pending

MOUNT_TARGET_SECONDS = 60  # account seconds from DeleteMountTarget until its interface is gone
KIND = "mount target deletion"


def install(account: Account, pending: Pending) -> None:
    """Make it so as soon as somebody uses EC2 or EFS."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # nobody starts instances here
    when_imported("moto.ec2.models", _install_endpoints)
    when_imported("moto.ec2.responses", _install_refusals)
    when_imported("moto.efs.models", lambda: _install_mount_targets(pending))

    def finish(payload: dict[str, Any]) -> None:
        time.sleep(MOUNT_TARGET_SECONDS / account.speed)
        from moto.efs.models import efs_backends  # noqa: PLC0415

        backend: Any = efs_backends[account.account_id][account.region]
        if payload["id"] in backend.mount_targets_by_id:
            backend.finish_mount_target(payload["id"])

    pending.register(KIND, finish)


def claim(interface: Any, *, kind: str, description: str) -> None:
    """Say that an interface belongs to a service, and is in use by it."""
    interface.requester_managed, interface.status = True, "in-use"
    interface.interface_type, interface.description = kind, description


def _install_refusals() -> None:
    from moto.ec2.responses.elastic_network_interfaces import (  # noqa: PLC0415
        ElasticNetworkInterfaces,
    )
    from moto.ec2.responses.security_groups import SecurityGroups  # noqa: PLC0415
    from moto.ec2.responses.subnets import Subnets  # noqa: PLC0415
    from moto.ec2.responses.vpcs import VPCs  # noqa: PLC0415

    _refuse(VPCs, "delete_vpc", "VpcId", _check_vpc)
    _refuse(Subnets, "delete_subnet", "SubnetId", _check_subnet)
    _refuse(SecurityGroups, "delete_security_group", "GroupId", _check_group)
    _refuse(
        ElasticNetworkInterfaces,
        "delete_network_interface",
        "NetworkInterfaceId",
        _check_interface,
    )


def _refuse(owner: Any, name: str, parameter: str, check: Callable[[Any, str], None]) -> None:
    """Let an operation of the API check what it is about first."""
    carry_out = original(owner, name, signature="self")

    def checked(self: Any) -> Any:
        check(self.ec2_backend, str(self._get_param(parameter)))
        return carry_out(self)

    put(owner, name, checked)


def _refusal(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError  # noqa: PLC0415

    refusal: Exception = EC2ClientError(code, message)
    return refusal


def _depended_on(what: str) -> Exception:
    return _refusal("DependencyViolation", f"{what} has dependencies and cannot be deleted.")


def _check_vpc(ec2: Any, vpc: str) -> None:
    holders = (
        *(subnet for zone in ec2.subnets.values() for subnet in zone.values()),
        *ec2.enis.values(),
        *(one for one in ec2.vpc_end_points.values() if one.state != "deleted"),
        *(group for group in ec2.groups[vpc].values() if group.name != "default"),
        *(acl for acl in ec2.network_acls.values() if not acl.default),
        *(gateway for gateway in ec2.internet_gateways.values() if gateway.vpc),
    )
    if any(_vpc_of(holder) == vpc for holder in holders):
        raise _depended_on(f"The vpc '{vpc}'")


def _vpc_of(holder: Any) -> Any:
    return holder.vpc_id if hasattr(holder, "vpc_id") else holder.vpc.id


def _check_subnet(ec2: Any, subnet: str) -> None:
    if any(interface.subnet_id == subnet for interface in ec2.enis.values()):
        raise _depended_on(f"The subnet '{subnet}'")


def _check_group(ec2: Any, group: str) -> None:
    found = ec2.get_security_group_from_id(group)
    if found is None:
        return  # moto says so
    if found.name == "default":
        raise _refusal(
            "CannotDelete",
            f'the specified group: "{group}" name: "default" cannot be deleted by a user',
        )
    held = any(group in _groups(interface) for interface in ec2.enis.values())
    if held or group in _referred_to(ec2, by_others_than=group):
        raise _refusal("DependencyViolation", f"resource {group} has a dependent object")


def _groups(interface: Any) -> set[str]:
    return {group.id for group in interface.group_set}


def _referred_to(ec2: Any, *, by_others_than: str) -> Iterator[str]:
    for groups in ec2.groups.values():
        for group in groups.values():
            if group.id != by_others_than:
                for rule in (*group.ingress_rules, *group.egress_rules):
                    yield str((rule.source_group or {}).get("GroupId"))


def _check_interface(ec2: Any, interface: str) -> None:
    found = ec2.enis.get(interface)
    if found is not None and (found.requester_managed or found.attachment_id):
        raise _refusal(
            "InvalidParameterValue", f"Network interface '{interface}' is currently in use."
        )


def _install_endpoints() -> None:
    from moto.ec2.models.vpcs import VPCBackend  # noqa: PLC0415

    modify = original(
        VPCBackend,
        "modify_vpc_endpoint",
        signature="self, vpc_id, policy_doc, add_subnets, remove_subnets, remove_route_tables, "
        "add_route_tables, add_security_groups, remove_security_groups",
    )
    delete = original(VPCBackend, "delete_vpc_endpoints", signature="self, vpce_ids")
    create = original(VPCBackend, "create_vpc_endpoint")

    def created(self: Any, vpc_id: str, service_name: str, *rest: Any, **named: Any) -> Any:
        _check_endpoint(self, vpc_id, service_name, named)
        made = create(self, vpc_id, service_name, *rest, **named)
        for interface in made.network_interface_ids:
            del self.enis[interface]
        _make_interfaces(self, made)
        return made

    def modified(self: Any, vpc_id: str, *rest: Any, **named: Any) -> None:
        modify(self, vpc_id, *rest, **named)  # moto calls the endpoint's id `vpc_id`
        _make_interfaces(self, self.vpc_end_points[vpc_id])

    def deleted(self: Any, vpce_ids: list[str] | None = None) -> None:
        delete(self, vpce_ids)
        for endpoint in vpce_ids or []:
            self.vpc_end_points.pop(endpoint, None)

    put(VPCBackend, "create_vpc_endpoint", created)
    put(VPCBackend, "modify_vpc_endpoint", modified)
    put(VPCBackend, "delete_vpc_endpoints", deleted)


def _check_endpoint(ec2: Any, vpc_id: str, service: str, given: dict[str, Any]) -> None:
    """What AWS asks of an endpoint: https://docs.aws.amazon.com/vpc/latest/privatelink/."""
    for group in given.get("security_group_ids") or []:
        if ec2.get_security_group_from_id(group) is None:
            raise _refusal("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    if not given.get("private_dns_enabled"):
        return
    vpc = ec2.get_vpc(vpc_id)
    switched_on = (vpc.enable_dns_support, vpc.enable_dns_hostnames)
    if any(str(one).lower() != "true" for one in switched_on):
        raise _refusal(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc_id}",
        )
    for other in ec2.vpc_end_points.values():
        named = (other.vpc_id, other.service_name, bool(other.private_dns_enabled))
        if named == (vpc_id, service, True):
            raise _refusal(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for {service} in the VPC {vpc_id}",
            )


def _make_interfaces(ec2: Any, endpoint: Any) -> None:
    """One interface in each subnet of an interface endpoint, in the endpoint's groups."""
    if str(endpoint.vpc_endpoint_type).lower() != "interface":
        return
    there = {
        ec2.enis[one].subnet_id: one for one in endpoint.network_interface_ids if one in ec2.enis
    }
    wanted = endpoint.subnet_ids or []
    for subnet, interface in there.items():
        if subnet not in wanted:
            del ec2.enis[interface]
    for subnet in wanted:
        if subnet not in there:
            made = ec2.create_network_interface(subnet, [], group_ids=[])
            claim(made, kind="vpc_endpoint", description=f"VPC Endpoint Interface {endpoint.id}")
            there[subnet] = made.id
    groups = [ec2.get_security_group_from_id(one) for one in endpoint.security_group_ids]
    endpoint.network_interface_ids = [there[subnet] for subnet in wanted]
    for interface in endpoint.network_interface_ids:
        if groups:
            ec2.enis[interface]._group_set = groups


def _install_mount_targets(pending: Pending) -> None:
    """A mount target takes its time to go, and its file system waits for it.

    AWS: https://docs.aws.amazon.com/efs/latest/ug/API_DeleteMountTarget.html
    """
    from moto.efs.models import EFSBackend  # noqa: PLC0415

    create = original(
        EFSBackend,
        "create_mount_target",
        signature="self, file_system_id, subnet_id, ip_address, security_groups",
    )
    finish = original(EFSBackend, "delete_mount_target", signature="self, mount_target_id")

    def created(self: Any, file_system_id: str, *rest: Any, **named: Any) -> Any:
        made = create(self, file_system_id, *rest, **named)
        claim(
            self.ec2_backend.enis[made.network_interface_id],
            kind="interface",
            description=f"EFS mount target for {file_system_id} ({made.mount_target_id})",
        )
        return made

    def deleted(self: Any, mount_target_id: str) -> None:
        found = self.mount_targets_by_id.get(mount_target_id)
        if found is None:
            finish(self, mount_target_id)  # moto says that there is none
        elif found.life_cycle_state != "deleting":
            found.life_cycle_state = "deleting"
            pending.start(KIND, {"id": mount_target_id})

    put(EFSBackend, "create_mount_target", created)
    put(EFSBackend, "delete_mount_target", deleted)
    put(EFSBackend, "finish_mount_target", finish)
