"""Who may talk to whom within the VPC, on which ports."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

HTTPS, NFS = 443, 2049
# Between the parts of one user's Studio:
# https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
STUDIO_PORTS = (8192, 65_535)
# What a group must have for its members to encrypt what they tell each other: IKE and ESP.
# https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html
IKE, ESP = 500, "50"

# A group without a rule for what leaves it would let everything out:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
_NOWHERE = ec2.CfnSecurityGroup.EgressProperty(
    ip_protocol="-1", cidr_ip="127.0.0.1/32", description="Nothing leaves"
)


class SecurityGroups(Construct):
    """One group for the endpoints, and one for each kind of what reaches them, and S3.

    Attributes:
        endpoints: id of the endpoints' group.
        functions: of the Lambda functions'.
        jobs: of the jobs'.
        studio: of the group that every app of the domain is in.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc_id: str, cidr: str, s3_prefix_list: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._vpc_id, self._s3 = vpc_id, s3_prefix_list
        self.endpoints = _group(self, "Endpoints", vpc_id, "Endpoints of AWS services", [_NOWHERE])
        self.functions = self._client("Functions", "Lambda functions")
        self.jobs = self._client("Jobs", "SageMaker jobs and models")
        self._let_jobs_encrypt()
        home = ec2.CfnSecurityGroup.EgressProperty(
            ip_protocol="tcp",
            from_port=NFS,
            to_port=NFS,
            cidr_ip=cidr,
            description="NFS to the home folders, whose group is SageMaker's own",
        )
        self.studio = self._client("Studio", "Apps of the SageMaker domain", home)

    def _client(
        self, construct_id: str, description: str, *more: ec2.CfnSecurityGroup.EgressProperty
    ) -> str:
        """A group that reaches the endpoints and S3, over HTTPS, and nothing else but `more`."""
        egress = [
            ec2.CfnSecurityGroup.EgressProperty(
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                destination_security_group_id=self.endpoints,
                description="HTTPS to the endpoints",
            ),
            ec2.CfnSecurityGroup.EgressProperty(
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                destination_prefix_list_id=self._s3,
                description="HTTPS to S3",
            ),
            *more,
        ]
        group = _group(self, construct_id, self._vpc_id, description, egress)
        ec2.CfnSecurityGroupIngress(
            self,
            f"{construct_id}ToEndpoints",
            group_id=self.endpoints,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            source_security_group_id=group,
            description=f"HTTPS from: {description}",
        )
        return group

    def _let_jobs_encrypt(self) -> None:
        """Instances of one job talk to each other encrypted, and in no other way."""
        _talk_within(self, "JobsIke", group=self.jobs, protocol="udp", ports=(IKE, IKE))
        _talk_within(self, "JobsEsp", group=self.jobs, protocol=ESP, ports=None)


def _group(
    scope: Construct,
    construct_id: str,
    vpc_id: str,
    description: str,
    egress: list[ec2.CfnSecurityGroup.EgressProperty],
) -> str:
    group = ec2.CfnSecurityGroup(
        scope,
        construct_id,
        vpc_id=vpc_id,
        group_description=f"autolote: {description}",
        security_group_egress=egress,
    )
    return group.attr_group_id


def lonely_group(scope: Construct, construct_id: str, *, vpc_id: str, description: str) -> str:
    """A group whose members talk to each other, as the parts of one Studio do, and to nobody else.

    Returns:
        Its id.
    """
    group = _group(scope, construct_id, vpc_id, description, [_NOWHERE])
    _talk_within(scope, f"{construct_id}Within", group=group, protocol="tcp", ports=STUDIO_PORTS)
    return group


def _talk_within(
    scope: Construct,
    construct_id: str,
    *,
    group: str,
    protocol: str,
    ports: tuple[int, int] | None,
) -> None:
    """Let the members of a group talk to each other; protocols but TCP and UDP have no ports."""
    first, last = ports or (None, None)
    description = "Between members of the group"
    ec2.CfnSecurityGroupIngress(
        scope,
        f"{construct_id}In",
        group_id=group,
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        source_security_group_id=group,
        description=description,
    )
    ec2.CfnSecurityGroupEgress(
        scope,
        f"{construct_id}Out",
        group_id=group,
        ip_protocol=protocol,
        from_port=first,
        to_port=last,
        destination_security_group_id=group,
        description=description,
    )
