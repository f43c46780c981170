"""Names that are contracts: what another stack, a permission or a person finds a resource by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one environment, and the ARNs that follow from them.

    Attributes:
        prefix: what job names and the scope of every permission start with.
    """

    prefix: str
    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, stack: cdk.Stack, *, prefix: str) -> Self:
        """The names as `stack` sees them: its account may only be known at deployment."""
        return cls(
            prefix=prefix, partition=stack.partition, region=stack.region, account=stack.account
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def sagemaker(self, kind: str) -> str:
        """The SageMaker resources of one kind (`automl-job`, `model`...) that the kit names."""
        return self.arn("sagemaker", f"{kind}/{self.prefix}-*")

    @property
    def machine(self) -> str:
        """The state machine's ARN. Its name is the prefix, so that the starter's role, which is
        made before the machine, can name it."""
        return self.arn("states", f"stateMachine:{self.prefix}")

    @property
    def executions(self) -> str:
        """Every execution of the state machine."""
        return self.arn("states", f"execution:{self.prefix}:*")

    @property
    def bus(self) -> str:
        """The event bus that requests are put on. It is named after the environment."""
        return self.arn("events", f"event-bus/{self.prefix}")

    @property
    def rules(self) -> list[str]:
        """The rules of our stacks, on the default bus and on ours. CloudFormation names them after
        the stack, and so after the environment."""
        return [
            self.arn("events", f"rule/{where}{self.prefix}-*") for where in ("", f"{self.prefix}/")
        ]

    @property
    def dead_letters(self) -> str:
        """The queue that takes what could not be delivered; roles are made before it, too."""
        return self.arn("sqs", self.dead_letters_name)

    @property
    def dead_letters_name(self) -> str:
        """See `dead_letters`."""
        return f"{self.prefix}-undelivered"

    @property
    def machine_log_group(self) -> str:
        """Below /aws/vendedlogs/ log delivery needs no resource policy, of which a Region has 10:
        https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"""
        return f"/aws/vendedlogs/states/{self.prefix}"

    def function_log_group(self, function: str) -> str:
        """The log group of one Lambda function."""
        return f"/aws/lambda/{self.prefix}-{function}"

    @property
    def flow_log_group(self) -> str:
        """The log group of the VPC's flow log."""
        return f"/aws/vpc/{self.prefix}"

    @property
    def deployers(self) -> str:
        """The policy of whoever deploys, which people attach by its name."""
        return f"{self.prefix}-deployers"

    @property
    def deployers_arn(self) -> str:
        """The policy's ARN, which it names itself."""
        return f"arn:{self.partition}:iam::{self.account}:policy/{self.deployers}"

    @property
    def scoring_repository(self) -> str:
        """The ECR repository of the image that serves and trains the team's own models."""
        return f"{self.prefix}-scoring"

    @property
    def scoring_repository_arn(self) -> str:
        """The repository's ARN; roles are made before it."""
        return self.arn("ecr", f"repository/{self.scoring_repository}")

    @property
    def build_project_name(self) -> str:
        """The CodeBuild project that makes this image; its log group is called after it."""
        return f"{self.prefix}-scoring-image"

    @property
    def build_project(self) -> str:
        """The project's ARN, which its own role names before the project is made."""
        return self.arn("codebuild", f"project/{self.build_project_name}")

    @property
    def build_log_group(self) -> str:
        """See `build_project_name`."""
        return f"/aws/codebuild/{self.build_project_name}"
