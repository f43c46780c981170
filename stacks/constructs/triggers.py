"""What starts a run, and what ends one that was cut off: rules, and the custom bus."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.notifications import Notifications
from stacks.names import Names

# A request that could not be handed over for a day is not started behind anyone's back.
MAX_EVENT_AGE = cdk.Duration.hours(24)
RETRY_ATTEMPTS = 185  # EventBridge's own default, and its most


class Triggers(Construct):
    """The bus that requests are put on, and the rules.

    Attributes:
        bus: the custom event bus.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        bucket_name: str,
        starter: lambda_.IFunction,
        stopper: lambda_.IFunction,
        notifications: Notifications,
        dead_letters: sqs.IQueue,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._dead_letters = dead_letters
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=names.prefix,
            description="Requests for runs: detail-type RunRequested",
            kms_key=key,
            # For what cannot be encrypted or decrypted, when the key is not to be had:
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
            dead_letter_queue=dead_letters,
        )
        events.Rule(
            self,
            "RunRequested",
            description="A request on the bus starts a run",
            event_bus=self.bus,
            event_pattern=events.EventPattern(
                # A project's own users may only say that they are this project: domain_policies.py.
                source=events.Match.any_of(
                    events.Match.exact_string("autolote"), events.Match.prefix("autolote.")
                ),
                detail_type=["RunRequested"],
            ),
            targets=[self._function(starter)],
        )
        events.Rule(
            self,
            "RequestDropped",
            description="A request put into the bucket starts a run",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket_name]},
                    # prefix and suffix side by side would mean one or the other.
                    "object": {"key": [{"wildcard": "requests/*.json"}]},
                },
            ),
            targets=[self._function(starter)],
        )
        self._ended(
            "RunFailed",
            "A run that failed past its own handling has its jobs stopped",
            machine=names.machine,
            statuses=["FAILED"],
            targets=[self._function(stopper)],
        )
        cut_off = self._cut_off(names, stopper, notifications)
        notifications.let_publish("EventBridge", _only_from(cut_off))

    def _cut_off(
        self, names: Names, stopper: lambda_.IFunction, notifications: Notifications
    ) -> events.Rule:
        """An execution that is aborted or times out gets no chance to stop its own jobs."""
        return self._ended(
            "RunCutOff",
            "A run that is aborted or times out has its jobs stopped",
            machine=names.machine,
            statuses=["ABORTED", "TIMED_OUT"],
            targets=[
                self._function(stopper),
                _Message(
                    notifications.topic,
                    self._dead_letters,
                    events.RuleTargetInput.from_text(
                        f"{names.prefix}: run {events.EventField.from_path('$.detail.name')} is "
                        f"{events.EventField.from_path('$.detail.status')}; its jobs are stopped. "
                        f"Execution: {events.EventField.from_path('$.detail.executionArn')}"
                    ),
                ),
            ],
        )

    def _ended(
        self,
        name: str,
        description: str,
        *,
        machine: str,
        statuses: list[str],
        targets: list[events.IRuleTarget],
    ) -> events.Rule:
        """A rule on the runs that ended so.

        A failed run has stopped its jobs itself, unless the error was one that no Catch sees, as
        States.Runtime and States.DataLimitExceeded: stopping twice does no harm.
        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """
        return events.Rule(
            self,
            name,
            description=description,
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"stateMachineArn": [machine], "status": statuses},
            ),
            targets=targets,
        )

    def _function(self, function: lambda_.IFunction) -> targets.LambdaFunction:
        """A target that is given the whole event."""
        return targets.LambdaFunction(
            function,
            dead_letter_queue=self._dead_letters,
            max_event_age=MAX_EVENT_AGE,
            retry_attempts=RETRY_ATTEMPTS,
        )


@jsii.implements(events.IRuleTarget)
class _Message:
    """A text for the topic's subscribers.

    CDK's own target for topics would add a statement to the topic's policy that lets every rule
    of every account publish.
    """

    def __init__(
        self, topic: sns.ITopic, dead_letters: sqs.IQueue, text: events.RuleTargetInput
    ) -> None:
        self._topic, self._dead_letters, self._text = topic, dead_letters, text

    def bind(self, rule: events.IRule, target_id: str | None = None) -> events.RuleTargetConfig:
        del rule, target_id
        return events.RuleTargetConfig(
            arn=self._topic.topic_arn,
            input=self._text,
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                arn=self._dead_letters.queue_arn
            ),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=int(MAX_EVENT_AGE.to_seconds()),
                maximum_retry_attempts=RETRY_ATTEMPTS,
            ),
        )


def _only_from(rule: events.Rule) -> iam.IPrincipal:
    return iam.ServicePrincipal(
        "events.amazonaws.com", conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}}
    )
