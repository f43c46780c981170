"""The registry of the scoring image."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct


def scoring_repository(
    scope: Construct, *, name: str, key: kms.IKey, keep: int, removal_policy: cdk.RemovalPolicy
) -> ecr.Repository:
    """A repository whose tags never move, under the kit's key, scanned on push.

    It needs no policy of its own: SageMaker pulls with the role of the job, in this account.

    Args:
        keep: how many images stay, the latest ones. A model is made anew in each run and names the
            image of its time, so that this is how many deployments back a model can still be run.
    """
    repository = ecr.Repository(
        scope,
        "Repository",
        repository_name=name,
        image_tag_mutability=ecr.TagMutability.IMMUTABLE,
        image_scan_on_push=True,
        encryption=ecr.RepositoryEncryption.KMS,
        encryption_key=key,
        removal_policy=removal_policy,
        empty_on_delete=removal_policy == cdk.RemovalPolicy.DESTROY,
    )
    repository.add_lifecycle_rule(
        description="what a push that broke off left behind",
        rule_priority=1,
        tag_status=ecr.TagStatus.UNTAGGED,
        max_image_age=cdk.Duration.days(1),
    )
    repository.add_lifecycle_rule(
        description=f"the latest {keep} stay",
        rule_priority=2,
        tag_status=ecr.TagStatus.ANY,
        max_image_count=keep,
    )
    return repository
