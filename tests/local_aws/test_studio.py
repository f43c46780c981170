"""A SageMaker domain by CloudFormation: it comes with everything, and holds its network."""

from typing import Any

from tests.local_aws.account_process import ROLE, AccountProcess, eventually
from tests.local_aws.test_networks import network, refused


def sagemaker(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::SageMaker::{kind}", "Properties": properties}


def studio(stack: str, **changes: Any) -> dict[str, Any]:
    """A network, a domain in it, a user with a private space."""
    inside = {"DomainId": {"Ref": "Domain"}}
    settings = {"ExecutionRole": ROLE, "SecurityGroups": [{"Ref": "Inside"}]}
    config = {"LifecycleConfigArns": [{"Fn::GetAtt": ["Config", "StudioLifecycleConfigArn"]}]}
    return network(
        Config=sagemaker(
            "StudioLifecycleConfig",
            StudioLifecycleConfigName=stack,
            StudioLifecycleConfigAppType="JupyterLab",
            StudioLifecycleConfigContent={"Fn::Base64": "#!/bin/sh"},
        ),
        Domain=sagemaker(
            "Domain",
            DomainName=stack,
            AuthMode="IAM",
            VpcId={"Ref": "Vpc"},
            SubnetIds=[{"Ref": "A"}, {"Ref": "B"}],
            AppNetworkAccessType="VpcOnly",
            DefaultUserSettings={**settings, "JupyterLabAppSettings": config},
            **changes,
        ),
        Ana=sagemaker("UserProfile", **inside, UserProfileName="ana"),
        Space={
            **sagemaker(
                "Space",
                **inside,
                SpaceName="private",
                OwnershipSettings={"OwnerUserProfileName": "ana"},
                SpaceSharingSettings={"SharingType": "Private"},
                SpaceSettings={"AppType": "JupyterLab"},
            ),
            "DependsOn": "Ana",
        },
    )


def deployed(account: AccountProcess, stack: str, resources: dict[str, Any]) -> dict[str, Any]:
    efs = {"Value": {"Fn::GetAtt": ["Domain", "HomeEfsFileSystemId"]}}
    made = account.deploy(stack, resources, Outputs={"Efs": efs})
    assert made["StackStatus"].endswith("_COMPLETE"), account.failures(stack)
    assert "ROLLBACK" not in made["StackStatus"], account.failures(stack)
    return made


def deleted(account: AccountProcess, stack_id: str) -> str:
    account.client("cloudformation").delete_stack(StackName=stack_id)
    return str(account.at_rest(stack_id)["StackStatus"])


def test_a_domain_is_updated_in_place(account: AccountProcess, stack: str) -> None:
    deployed(account, stack, studio(stack))
    ids, api = account.physical_ids(stack), account.client("sagemaker")
    assert ids["Ana"] == f"ana|{ids['Domain']}"
    assert ids["Space"] == f"{ids['Domain']}|private"
    tags = [{"Key": "team", "Value": "a"}]
    deployed(account, stack, studio(stack, TagPropagation="ENABLED", Tags=tags))
    assert account.physical_ids(stack) == ids
    told = api.describe_domain(DomainId=ids["Domain"])
    assert (told["Status"], told["TagPropagation"]) == ("InService", "ENABLED")
    assert api.list_tags(ResourceArn=told["DomainArn"])["Tags"] == tags


def test_what_a_domain_leaves_behind_blocks_its_network(
    account: AccountProcess, stack: str
) -> None:
    """An app first; then file system, mount targets, and the groups that name each other."""
    made = deployed(account, stack, studio(stack))
    ids, api, stack_id = account.physical_ids(stack), account.client("sagemaker"), made["StackId"]
    app = {"DomainId": ids["Domain"], "AppType": "JupyterLab", "AppName": "default"}
    app["SpaceName"] = "private"
    api.create_app(**app)
    assert deleted(account, stack_id) == "DELETE_FAILED"
    assert "App(s) are associated" in account.failures(stack_id)[0]
    eventually(lambda: api.describe_app(**app)["Status"] == "InService")
    api.delete_app(**app)
    eventually(lambda: api.describe_app(**app)["Status"] == "Deleted")

    assert deleted(account, stack_id) == "DELETE_FAILED"
    assert "has dependencies and cannot be deleted" in account.failures(stack_id)[0]
    with_the_id(account, made["Outputs"][0]["OutputValue"], ids["Vpc"])
    assert deleted(account, stack_id) == "DELETE_COMPLETE"


def with_the_id(account: AccountProcess, file_system: str, vpc: str) -> None:
    """Take away what is left of a domain, in the only order that EFS and EC2 allow."""
    efs, ec2 = account.client("efs"), account.client("ec2")
    refused(efs.delete_file_system, "FileSystemInUse", FileSystemId=file_system)
    targets = efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"]
    for target in targets:
        efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    eventually(lambda: not efs.describe_mount_targets(FileSystemId=file_system)["MountTargets"])
    efs.delete_file_system(FileSystemId=file_system)
    groups = {
        group["GroupName"].split("-")[3]: group["GroupId"]
        for group in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
            "SecurityGroups"
        ]
        if group["GroupName"].startswith("security-group-for")
    }
    refused(ec2.delete_security_group, "DependencyViolation", GroupId=groups["inbound"])
    refused(ec2.delete_security_group, "DependencyViolation", GroupId=groups["outbound"])
    nfs = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}
    pair = [{"GroupId": groups["outbound"]}]
    ec2.revoke_security_group_ingress(
        GroupId=groups["inbound"], IpPermissions=[{**nfs, "UserIdGroupPairs": pair}]
    )
    ec2.delete_security_group(GroupId=groups["outbound"])
    ec2.delete_security_group(GroupId=groups["inbound"])


def test_a_domain_that_is_refused_leaves_nothing(account: AccountProcess, stack: str) -> None:
    account.deploy(stack, studio(stack, DefaultSpaceSettings={"ExecutionRole": ROLE}))
    assert "VpcOnly needs at least one security group" in account.failures(stack)[0]
    found = account.client("sagemaker").list_domains()["Domains"]
    assert stack not in [domain["DomainName"] for domain in found]
    configs = account.client("sagemaker").list_studio_lifecycle_configs(NameContains=stack)
    assert configs["StudioLifecycleConfigs"] == []
