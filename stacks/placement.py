"""Where in a VPC the functions, the jobs and the notebooks of an environment stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_lambda as lambda_

from autolote.network_settings import Network


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A VPC, and what stands in it under which security groups.

    Attributes:
        vpc_id: id of the VPC.
        subnet_ids: private subnets of it.
        function_groups: ids of the Lambda functions' security groups.
        job_groups: ids of the security groups of SageMaker's jobs and models.
        studio_groups: ids of the security groups of every app of the domain.
    """

    vpc_id: str
    subnet_ids: tuple[str, ...]
    function_groups: tuple[str, ...]
    job_groups: tuple[str, ...]
    studio_groups: tuple[str, ...]

    @classmethod
    def existing(cls, network: Network) -> Self | None:
        """The team's own VPC, if the settings name one."""
        if network.mode != "existing" or network.vpc_id is None:
            return None
        groups = network.security_group_ids
        return cls(
            vpc_id=network.vpc_id,
            subnet_ids=network.subnet_ids,
            function_groups=groups,
            job_groups=groups,
            studio_groups=groups,
        )

    def for_functions(self) -> lambda_.CfnFunction.VpcConfigProperty:
        """The VpcConfig of a Lambda function."""
        return lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=list(self.subnet_ids), security_group_ids=list(self.function_groups)
        )

    def for_jobs(self) -> dict[str, list[str]]:
        """What the functions that start jobs are told: see `rules.jobs.Surroundings`."""
        return {
            "subnet_ids": list(self.subnet_ids),
            "security_group_ids": list(self.job_groups),
        }
