"""How people hear of a run, and where goes what could not be delivered."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class Notifications(Construct):
    """An encrypted topic with its e-mail subscriptions, and the dead-letter queue.

    Attributes:
        topic: tells of every run that ends.
        dead_letters: takes what EventBridge, the Scheduler or Lambda could not deliver.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        queue_name: str,
        emails: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=queue_name,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),  # the longest that SQS keeps a message
        )

    def let_publish(self, sid: str, publisher: iam.IPrincipal) -> None:
        """Let `publisher` publish to the topic.

        A topic policy takes the place of the default one, which let the whole account publish:
        with the refusal of plain HTTP alone, EventBridge would be turned away and nobody told.
        """
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[publisher],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
