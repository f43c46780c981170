"""The state machine: its role, its limits, its log."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct
from rules.plan import GOLDEN_SECONDS

from autolote.settings import Limits
from stacks import policies
from stacks.constructs import tasks
from stacks.constructs.run_definition import RunDefinition
from stacks.constructs.service_role import ServiceRole
from stacks.functions import START_RUN
from stacks.names import Names

# Validation, preparation, comparison, verification and what is waited between the end of a job and
# the next look at it: far below a day together.
STEPS_MARGIN_SECONDS = 24 * 3600


def machine_timeout_seconds(limits: Limits) -> int:
    """No run that keeps its own limits is cut off: every job, each after a full wait in line."""
    training = max(limits.max_automl_runtime_seconds, limits.max_training_wait_seconds)
    jobs = training + limits.max_transform_runtime_seconds + GOLDEN_SECONDS
    return jobs + 3 * tasks.longest_quota_wait() + STEPS_MARGIN_SECONDS


class Machine(Construct):
    """The state machine of an environment.

    Attributes:
        machine: the state machine.
        role: what it runs as.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        limits: Limits,
        functions: Mapping[str, lambda_.IFunction],
        topic: sns.ITopic,
        key: kms.IKey,
        log_group: logs.LogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        steps = [function for name, function in functions.items() if name != START_RUN.name]
        owner = ServiceRole(
            self,
            "Run",
            principal=_step_functions(names),
            description="The state machine runs as this",
        )
        policy = owner.grant(_statements(names=names, steps=steps, topic=topic, key=key))
        self.role = owner.role
        definition = RunDefinition(self, environment=names.prefix, functions=functions, topic=topic)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=names.prefix,
            comment="One autolote request: train, pass the gate, score, verify, publish, notify.",
            definition_body=sfn.DefinitionBody.from_chainable(definition.build()),
            # As an imported role it is given nothing on the way, and brings no second dependency.
            role=iam.Role.from_role_arn(self, "RunAs", self.role.role_arn, mutable=False),
            timeout=cdk.Duration.seconds(machine_timeout_seconds(limits)),
            tracing_enabled=True,
            encryption_configuration=sfn.CustomerManagedEncryptionConfiguration(key),
            # Execution data would put every request, and what a failed call answered, in the log.
            logs=sfn.LogOptions(
                destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
        )
        self.machine.node.add_dependency(policy)


def _step_functions(names: Names) -> iam.IPrincipal:
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    return iam.ServicePrincipal(
        "states.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": names.machine},
        },
    )


def _statements(
    *, names: Names, steps: list[lambda_.IFunction], topic: sns.ITopic, key: kms.IKey
) -> list[iam.PolicyStatement]:
    return [
        policies.allow(["lambda:InvokeFunction"], [step.function_arn for step in steps]),
        *policies.encrypt_executions(names, key_arn=key.key_arn),
        policies.allow(["sns:Publish"], [topic.topic_arn]),
        # To publish to an encrypted topic:
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        policies.allow(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key.key_arn],
            {"StringEquals": {"kms:ViaService": f"sns.{names.region}.amazonaws.com"}},
        ),
        # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        policies.unscoped(
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ),
        # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
        policies.unscoped(
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ),
    ]
