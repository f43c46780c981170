"""Requests that are made again and again, by EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from autolote.settings import Schedule
from stacks import policies
from stacks.constructs.service_role import ServiceRole
from stacks.policies import Scope

# The Scheduler puts the time the schedule was due in its place, so that one occurrence is one
# run, however often it is delivered:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class Schedules(Construct):
    """The schedules of an environment, in a group of their own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        schedules: Sequence[Schedule],
        permissions: Scope,
        starter: lambda_.IFunction,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        names = permissions.names
        group = scheduler.CfnScheduleGroup(self, "Group", name=names.prefix)
        owner = ServiceRole(
            self,
            "Scheduler",
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            principal=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": names.account,
                        "aws:SourceArn": names.arn("scheduler", f"schedule-group/{names.prefix}"),
                    }
                },
            ),
            description="The Scheduler starts runs as this",
        )
        policy = owner.grant(
            [
                policies.allow(["lambda:InvokeFunction"], [starter.function_arn]),
                *policies.send_dead_letters(names, key_arn=permissions.key_arn),
                policies.read_schedules(permissions),
            ]
        )
        for schedule in schedules:
            resource = scheduler.CfnSchedule(
                self,
                schedule.name,
                name=schedule.name,
                group_name=names.prefix,
                schedule_expression=schedule.expression,
                schedule_expression_timezone=schedule.timezone,
                kms_key_arn=permissions.key_arn,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=starter.function_arn,
                    role_arn=owner.role.role_arn,
                    input=_input(schedule),
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                        arn=dead_letters.queue_arn
                    ),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=3600, maximum_retry_attempts=10
                    ),
                ),
            )
            resource.add_dependency(group)
            resource.node.add_dependency(policy)


def _input(schedule: Schedule) -> str:
    return json.dumps(
        {
            "trigger": "schedule",
            "schedule": schedule.name,
            "scheduled_time": SCHEDULED_TIME,
            "request": schedule.request,
        }
    )
