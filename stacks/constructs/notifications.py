"""How people hear of a run."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class Notifications(Construct):
    """An encrypted topic with its e-mail subscriptions.

    Attributes:
        topic: tells of every run that ends.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        emails: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

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
