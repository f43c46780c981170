"""What a deleted domain leaves: its file system with mount targets, and two security groups.

SageMaker tags the file system with the domain's ARN and names the groups by the domain's id.
Mount targets and groups hold no data and keep a VPC from being deleted, so they go in any case;
the file system goes when that was asked.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-tasks-manage-storage.html
"""

from typing import Any

from autolote.teardown.cloud import Cloud, found
from autolote.teardown.model import Kept, Task, Tell, Thing

MANAGED_BY = "ManagedByAmazonSageMakerResource"


def file_systems(cloud: Cloud, domains: tuple[str, ...]) -> list[dict[str, Any]]:
    """The file systems that are tagged as a domain's."""
    if not domains:
        return []
    return [
        one
        for one in cloud.pages("efs", "describe_file_systems", "FileSystems")
        if any(
            tag["Key"] == MANAGED_BY and tag["Value"].rpartition("/")[2] in domains
            for tag in one.get("Tags", [])
        )
    ]


def tasks(
    cloud: Cloud, domains: tuple[str, ...], *, keep_home: bool, after: frozenset[str], again: str
) -> tuple[list[Task], list[Kept]]:
    """What is done with the file systems and groups of domains, and what stays of them.

    Args:
        after: ARNs of the domains that are deleted first.
        again: the command with which the file system goes.
    """
    made: list[Task] = []
    kept: list[Kept] = []
    for system in file_systems(cloud, domains):
        targets = [_target(cloud, system, one, after) for one in _targets(cloud, system)]
        made += targets
        identifier = system["FileSystemId"]
        thing = Thing(kind="file system", name=identifier, arn=system["FileSystemArn"])
        if keep_home:
            why = "the home folders of the domain's users; --delete-home-efs was not given"
            kept.append(Kept(thing=thing, why=why, command=again))
            continue
        needs = after | {target.thing.arn for target in targets}
        made.append(_file_system(cloud, thing, needs))
    mounts = frozenset(task.thing.arn for task in made) | after
    return [*made, *_groups(cloud, domains, mounts)], kept


def _targets(cloud: Cloud, system: dict[str, Any]) -> list[dict[str, Any]]:
    identifier = system["FileSystemId"]
    return list(
        cloud.pages("efs", "describe_mount_targets", "MountTargets", FileSystemId=identifier)
    )


def _target(
    cloud: Cloud, system: dict[str, Any], target: dict[str, Any], after: frozenset[str]
) -> Task:
    identifier = target["MountTargetId"]
    efs = cloud.client("efs")

    def is_gone() -> bool:
        return found(lambda: efs.describe_mount_targets(MountTargetId=identifier)) is None

    def carry_out(tell: Tell) -> None:
        cloud.insist(lambda: efs.delete_mount_target(MountTargetId=identifier), tell=tell)
        cloud.until(is_gone, what=f"mount target {identifier} is going", tell=tell)

    return Task(
        thing=Thing(
            kind="mount target", name=identifier, arn=f"{system['FileSystemArn']}/{identifier}"
        ),
        verb="delete",
        why=f"it holds subnet {target['SubnetId']}, and no data",
        needs=after,
        carry_out=carry_out,
        command=f"aws efs delete-mount-target --mount-target-id {identifier}",
    )


def _file_system(cloud: Cloud, thing: Thing, needs: frozenset[str]) -> Task:
    efs = cloud.client("efs")
    return Task(
        thing=thing,
        verb="delete",
        why="the home folders of the domain's users, as was asked",
        needs=needs,
        carry_out=lambda tell: (
            cloud.insist(lambda: efs.delete_file_system(FileSystemId=thing.name), tell=tell)
            and None
        ),
        command=f"aws efs delete-file-system --file-system-id {thing.name}",
    )


def _groups(cloud: Cloud, domains: tuple[str, ...], needs: frozenset[str]) -> list[Task]:
    names = [
        f"security-group-for-{way}-nfs-{domain}"
        for domain in domains
        for way in ("inbound", "outbound")
    ]
    if not names:
        return []
    there = list(
        cloud.pages(
            "ec2",
            "describe_security_groups",
            "SecurityGroups",
            Filters=[{"Name": "group-name", "Values": names}],
        )
    )
    return [_group(cloud, group, there, needs) for group in there]


def _group(
    cloud: Cloud, group: dict[str, Any], all_of_them: list[dict[str, Any]], needs: frozenset[str]
) -> Task:
    identifier, ec2 = group["GroupId"], cloud.client("ec2")
    partition = ec2.meta.partition

    def carry_out(tell: Tell) -> None:
        for other in all_of_them:
            _forget(cloud, other["GroupId"], identifier)
        cloud.insist(lambda: ec2.delete_security_group(GroupId=identifier), tell=tell)

    return Task(
        thing=Thing(
            kind="security group",
            name=f"{identifier} ({group['GroupName']})",
            arn=f"arn:{partition}:ec2:{cloud.account.region}:{group['OwnerId']}:"
            f"security-group/{identifier}",
        ),
        verb="delete",
        why="SageMaker made it for the domain's file system",
        needs=needs,
        carry_out=carry_out,
        command=f"aws ec2 delete-security-group --group-id {identifier}",
    )


def _forget(cloud: Cloud, group: str, named: str) -> None:
    """Revoke the rules of a group that name another: neither can be deleted before."""
    ec2 = cloud.client("ec2")
    filters = [{"Name": "group-id", "Values": [group]}]
    for rule in cloud.pages(
        "ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=filters
    ):
        if group != named and rule.get("ReferencedGroupInfo", {}).get("GroupId") == named:
            way = "egress" if rule["IsEgress"] else "ingress"
            revoke = getattr(ec2, f"revoke_security_group_{way}")
            revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
