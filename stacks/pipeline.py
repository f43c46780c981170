"""What a request goes through: the triggers, the functions, the state machine, the messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from autolote.settings import Settings
from stacks import functions as f
from stacks.constructs.machine import Machine
from stacks.constructs.notifications import Notifications
from stacks.constructs.schedules import Schedules
from stacks.constructs.step_function import StepFunction, encrypted_log_group, package
from stacks.constructs.triggers import Triggers
from stacks.identity import IdentityStack
from stacks.names import Names
from stacks.placement import Placement
from stacks.policies import Scope
from stacks.storage import removal_policy


class PipelineStack(cdk.Stack):
    """Everything between a request and its manifest."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key: kms.IKey,
        bucket: s3.IBucket,
        dead_letters: sqs.IQueue,
        identity: IdentityStack,
        image_uri: str,
        placement: Placement | None,
        **options: object,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._settings = settings
        self._names = Names.of(self, prefix=settings.prefix)
        self._bucket, self._identity = bucket, identity
        # As imported ones, key and queue are given nothing on the way: their policies are complete.
        self._key = kms.Key.from_key_arn(self, "Key", key.key_arn)
        self._dead_letters = sqs.Queue.from_queue_arn(self, "DeadLetters", dead_letters.queue_arn)
        self._image_uri, self._placement = image_uri, placement
        self._notifications = Notifications(
            self, "Notifications", key=self._key, emails=settings.notification_emails
        )
        self._code = package()
        functions = {spec.name: self._function(spec) for spec in f.FUNCTIONS}
        machine = Machine(
            self,
            "Runs",
            names=self._names,
            limits=settings.limits,
            functions=functions,
            topic=self._notifications.topic,
            key=self._key,
            log_group=self._log_group("RunsLog", self._names.machine_log_group),
        )
        self._notifications.let_publish("StateMachine", machine.role)
        triggers = Triggers(
            self,
            "Triggers",
            names=self._names,
            bucket_name=bucket.bucket_name,
            starter=functions[f.START_RUN.name],
            stopper=functions[f.STOP_JOBS.name],
            notifications=self._notifications,
            dead_letters=self._dead_letters,
            key=self._key,
        )
        if settings.schedules:  # without one, its role would be nobody's
            Schedules(
                self,
                "Schedules",
                schedules=settings.schedules,
                permissions=Scope(
                    names=self._names, bucket_arn=bucket.bucket_arn, key_arn=key.key_arn
                ),
                starter=functions[f.START_RUN.name],
                dead_letters=self._dead_letters,
            )
        self._outputs(functions[f.START_RUN.name], machine, triggers)

    def _function(self, spec: f.FunctionSpec) -> lambda_.Function:
        step = StepFunction(
            self,
            spec.name,
            spec=spec,
            code=self._code,
            # It holds all that is needed already: nothing may be added on the way.
            role=self._identity.function_roles[spec.name].without_policy_updates(),
            environment=self._environment() | self._own_environment().get(spec.name, {}),
            log_group=self._log_group(f"{spec.name}Log", self._names.function_log_group(spec.name)),
            key=self._key,
            placement=self._placement,
            dead_letters=self._dead_letters,
            reserved_concurrency=self._settings.functions.reserved_concurrency,
        )
        return step.function

    def _environment(self) -> dict[str, str]:
        """What every function is told."""
        return {
            "ENVIRONMENT": self._settings.environment,
            "PREFIX": self._settings.prefix,
            "DATA_BUCKET": self._bucket.bucket_name,
            "KEY_ARN": self._key.key_arn,
            "SETTINGS": json.dumps(
                {
                    "projects": self._settings.projects,
                    "instances": asdict(self._settings.instances),
                    "limits": asdict(self._settings.limits),
                    "tags": dict(self._settings.tags),
                    "network": self._placement.for_jobs() if self._placement else None,
                },
                sort_keys=True,
            ),
        }

    def _own_environment(self) -> Mapping[str, dict[str, str]]:
        """What only one function is told, by its name."""
        return {
            f.START_RUN.name: {"STATE_MACHINE_ARN": self._names.machine},
            f.START_AUTOML.name: {"AUTOML_ROLE_ARN": self._identity.automl_role.role_arn},
            f.START_TRAINING.name: {
                "TRAINING_ROLE_ARN": self._identity.training_role.role_arn,
                "SCORING_IMAGE": self._image_uri,
            },
            f.CREATE_MODEL.name: {
                "SCORING_ROLE_ARN": self._identity.scoring_role.role_arn,
                "SCORING_IMAGE": self._image_uri,
            },
        }

    def _log_group(self, construct_id: str, name: str) -> logs.LogGroup:
        return encrypted_log_group(
            self,
            construct_id,
            name=name,
            key=self._key,
            days=self._settings.retention.log_days,
            removal_policy=removal_policy(self._settings.retention),
        )

    def _outputs(self, starter: lambda_.IFunction, machine: Machine, triggers: Triggers) -> None:
        """What tools find the environment by."""
        outputs = {
            "BusName": triggers.bus.event_bus_name,
            "StarterFunctionName": starter.function_name,
            "StateMachineArn": machine.machine.state_machine_arn,
            "TopicArn": self._notifications.topic.topic_arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
