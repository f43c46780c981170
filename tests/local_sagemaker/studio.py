"""A VPC, the domain API in it, and what tests of domains ask of both."""

import uuid
from typing import Any

from botocore.exceptions import ClientError

from .account import ACCOUNT, REGION, ROLE, Account, wait_for

MANAGED_BY = "ManagedByAmazonSageMakerResource"
PRIVATE = {
    "OwnershipSettings": {"OwnerUserProfileName": "ana"},
    "SpaceSharingSettings": {"SharingType": "Private"},
    "SpaceSettings": {"AppType": "JupyterLab"},
}
JUPYTER = {"AppType": "JupyterLab", "AppName": "default"}


class Studio:
    """One VPC with two subnets, and the domain API in it."""

    def __init__(self, account: Account) -> None:
        self.account, self.api = account, account.sagemaker
        self.ec2, self.efs = account.client("ec2"), account.client("efs")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.group = self.ec2.create_security_group(
            GroupName="apps", Description="apps", VpcId=self.vpc
        )["GroupId"]

    def request(self, **changes: Any) -> dict[str, Any]:
        return {
            "DomainName": f"n-{uuid.uuid4().hex[:12]}",
            "AuthMode": "IAM",
            "VpcId": self.vpc,
            "SubnetIds": self.subnets,
            "AppNetworkAccessType": "VpcOnly",
            "DefaultUserSettings": {"ExecutionRole": ROLE, "SecurityGroups": [self.group]},
        } | changes

    def domain(self, **changes: Any) -> str:
        made: str = self.api.create_domain(**self.request(**changes))["DomainId"]
        return made

    def ready(self, **changes: Any) -> str:
        """A domain in service."""
        made = self.domain(**changes)
        self.status(self.api.describe_domain, "InService", DomainId=made)
        return made

    def profile(self, domain: str, name: str = "ana", **changes: Any) -> None:
        where = {"DomainId": domain, "UserProfileName": name}
        self.api.create_user_profile(**where, **changes)
        self.status(self.api.describe_user_profile, "InService", **where)

    def space(self, domain: str, name: str, **changes: Any) -> None:
        where = {"DomainId": domain, "SpaceName": name}
        self.api.create_space(**where, **changes)
        self.status(self.api.describe_space, "InService", **where)

    def status(self, describe: Any, wanted: str, **where: Any) -> Any:
        return wait_for(lambda: describe(**where), lambda found: found["Status"] == wanted)

    def gone(self, describe: Any, **where: Any) -> None:
        def is_gone() -> bool:
            try:
                describe(**where)
            except ClientError as error:
                return bool(error.response["Error"]["Code"] == "ResourceNotFound")
            return False

        wait_for(is_gone, bool)

    def leftovers(self, domain: str) -> tuple[list[str], list[str]]:
        """File systems and security groups that are tagged with a domain."""
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/{domain}"
        tag = {"Key": MANAGED_BY, "Value": arn}
        systems = [
            one["FileSystemId"]
            for one in self.efs.describe_file_systems()["FileSystems"]
            if tag in one["Tags"]
        ]
        named = {"Name": f"tag:{MANAGED_BY}", "Values": [arn]}
        groups = self.ec2.describe_security_groups(Filters=[named])["SecurityGroups"]
        return systems, sorted(group["GroupName"] for group in groups)
