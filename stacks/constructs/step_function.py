"""A Lambda function of the kit, with the log group that it writes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.functions import FunctionSpec
from stacks.placement import Placement

SOURCE = Path(__file__).parents[2] / "lambda"
# What a test run or an editor leaves behind would make the package another one on each machine.
NOT_PACKAGED = ["**/__pycache__", "**/*.pyc", "**/.*", "**/*.egg-info"]


def package() -> lambda_.Code:
    """The one package that every function of a stack runs from."""
    return lambda_.Code.from_asset(str(SOURCE), exclude=NOT_PACKAGED)


def encrypted_log_group(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    key: kms.IKey,
    days: int,
    removal_policy: cdk.RemovalPolicy,
) -> logs.LogGroup:
    """A log group under the kit's key, kept for `days`, which may be any number AWS allows."""
    group = logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        encryption_key=key,
        removal_policy=removal_policy,
    )
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = days
    return group


class StepFunction(Construct):
    """One Lambda function: its code is shared, its role and its log are its own.

    It has a dead-letter queue also where nothing calls it asynchronously today: whoever lets
    something do so need not think of it.

    Attributes:
        function: the function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: FunctionSpec,
        code: lambda_.Code,
        role: iam.IRole,
        environment: Mapping[str, str],
        log_group: logs.LogGroup,
        key: kms.IKey,
        placement: Placement | None,
        dead_letters: sqs.IQueue,
        reserved_concurrency: int | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"autolote: {spec.name}",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"{spec.folder}.{spec.module}.handler",
            code=code,
            timeout=cdk.Duration.seconds(spec.timeout),
            memory_size=spec.memory,
            environment=dict(environment),
            environment_encryption=key,
            role=role,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            tracing=lambda_.Tracing.ACTIVE,
            dead_letter_queue=dead_letters,
            reserved_concurrent_executions=reserved_concurrency,
        )
        if placement is not None:
            # The L2 property wants a Vpc with its availability zones, which only a lookup in the
            # account could tell.
            resource = self.function.node.default_child
            assert isinstance(resource, lambda_.CfnFunction)
            resource.vpc_config = placement.for_functions()
