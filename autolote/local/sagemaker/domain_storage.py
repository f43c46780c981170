"""The file system that SageMaker makes for a domain, in the account of whoever made the domain.

It is tagged with the domain's ARN, has a mount target in each of the domain's subnets, and two
security groups that name each other. They are what is left when a domain is deleted.
Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-tasks-manage-storage.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from typing import Any

from botocore.exceptions import ClientError

from .context import Context
from .jobs import Interrupt

MANAGED_BY = "ManagedByAmazonSageMakerResource"
_NFS = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}


def make_file_system(context: Context, domain: dict[str, Any]) -> str:
    """Make file system, groups and mount targets of a domain's description; returns its id.

    Raises:
        botocore.exceptions.ClientError: EC2 or EFS refused.
    """
    groups = _make_groups(context, domain)
    efs, tags = context.client("efs"), [{"Key": MANAGED_BY, "Value": domain["DomainArn"]}]
    key = {"KmsKeyId": domain["KmsKeyId"]} if "KmsKeyId" in domain else {}
    made: str = efs.create_file_system(
        CreationToken=domain["DomainId"], Encrypted=True, Tags=tags, **key
    )["FileSystemId"]
    add_mount_targets(context, made, domain["SubnetIds"], groups["inbound"])
    return made


def add_mount_targets(context: Context, file_system: str, subnets: list[str], group: str) -> None:
    """A mount target in each subnet; a zone has one at most, so further subnets of it share it."""
    efs = context.client("efs")
    for subnet in subnets:
        try:
            efs.create_mount_target(
                FileSystemId=file_system, SubnetId=subnet, SecurityGroups=[group]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "MountTargetConflict":
                raise


def inbound_group(context: Context, domain: dict[str, Any]) -> str:
    """The group of the mount targets."""
    return _groups(context, domain)["inbound"]


def _make_groups(context: Context, domain: dict[str, Any]) -> dict[str, str]:
    ec2, made = context.client("ec2"), {}
    for way in ("inbound", "outbound"):
        made[way] = ec2.create_security_group(
            GroupName=_group_name(way, domain["DomainId"]),
            Description=f"Allows {way} NFS traffic of Studio domain {domain['DomainId']}",
            VpcId=domain["VpcId"],
            TagSpecifications=[
                {
                    "ResourceType": "security-group",
                    "Tags": [{"Key": MANAGED_BY, "Value": domain["DomainArn"]}],
                }
            ],
        )["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=made["inbound"], IpPermissions=[_to(made["outbound"])]
    )
    ec2.authorize_security_group_egress(
        GroupId=made["outbound"], IpPermissions=[_to(made["inbound"])]
    )
    return made


def _group_name(way: str, domain: str) -> str:
    return f"security-group-for-{way}-nfs-{domain}"


def _to(group: str) -> dict[str, Any]:
    return {**_NFS, "UserIdGroupPairs": [{"GroupId": group}]}


def _groups(context: Context, domain: dict[str, Any]) -> dict[str, str]:
    ec2, found = context.client("ec2"), {}
    for way in ("inbound", "outbound"):
        name = {"Name": "group-name", "Values": [_group_name(way, domain["DomainId"])]}
        inside = {"Name": "vpc-id", "Values": [domain["VpcId"]]}
        for group in ec2.describe_security_groups(Filters=[name, inside])["SecurityGroups"]:
            found[way] = group["GroupId"]
    return found


def delete_file_system(context: Context, domain: dict[str, Any], interrupt: Interrupt) -> None:
    """Delete all of it; what somebody has deleted before is no obstacle.

    Raises:
        botocore.exceptions.ClientError: EC2 or EFS refused.
    """
    _delete_storage(context, domain["HomeEfsFileSystemId"], interrupt)
    ec2, groups = context.client("ec2"), _groups(context, domain)
    if len(groups) == 2:
        ec2.revoke_security_group_ingress(
            GroupId=groups["inbound"], IpPermissions=[_to(groups["outbound"])]
        )
    for group in reversed(groups.values()):
        ec2.delete_security_group(GroupId=group)


def _delete_storage(context: Context, file_system: str, interrupt: Interrupt) -> None:
    efs = context.client("efs")
    try:
        for target in efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"]:
            efs.delete_mount_target(MountTargetId=target["MountTargetId"])
        while efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"]:
            interrupt.wait(0.1)
        efs.delete_file_system(FileSystemId=file_system)
    except ClientError as error:
        if error.response["Error"]["Code"] != "FileSystemNotFound":
            raise
