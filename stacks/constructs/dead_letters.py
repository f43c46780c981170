"""Where everything goes that could not be delivered."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.names import Names


def dead_letters(scope: Construct, *, names: Names, key: kms.IKey) -> sqs.Queue:
    """The queue of EventBridge, the Scheduler and every function: encrypted, kept for 14 days.

    It lies beside the key and the buckets because functions of two stacks fail into it. Nothing
    takes messages from it but people, so it has no dead-letter queue of its own, and no other
    queue may use it as one.
    """
    queue = sqs.Queue(
        scope,
        "DeadLetters",
        queue_name=names.dead_letters_name,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=cdk.Duration.days(14),  # the longest that SQS keeps a message
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.DENY_ALL
        ),
    )
    queue.add_to_resource_policy(_rules_and_bus(names, queue))
    return queue


def _rules_and_bus(names: Names, queue: sqs.Queue) -> iam.PolicyStatement:
    """Roles send by their own permission; EventBridge has none and is let in here:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"""
    return iam.PolicyStatement(
        sid="EventBridge",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": [*names.rules, names.bus]},
        },
    )
