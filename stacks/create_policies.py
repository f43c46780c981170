"""What the functions that start jobs may create: only what is encrypted, in our network, and small
enough, whatever their code asks for.

Which condition keys an action knows: "Actions, resources, and condition keys for Amazon SageMaker",
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam

from stacks.placement import Placement
from stacks.policies import Scope, allow

Conditions = Mapping[str, Mapping[str, Any]]


def create_automl_jobs(scope: Scope, *, placement: Placement | None) -> list[iam.PolicyStatement]:
    """Start the kit's Autopilot jobs. No condition key tells which instances Autopilot chooses."""
    return _create(
        scope,
        "automl-job",
        "CreateAutoMLJobV2",
        _ENCRYPTED_TRAFFIC,
        _encrypted_storage(scope),
        _in_our_network(placement),
    )


def create_training_jobs(
    scope: Scope, *, placement: Placement | None, types: Sequence[str], max_seconds: int
) -> list[iam.PolicyStatement]:
    """Start the kit's training jobs, which get no network at all.

    Args:
        types: the instance types that a job may have.
        max_seconds: the longest that a job may train.
    """
    return _create(
        scope,
        "training-job",
        "CreateTrainingJob",
        _ENCRYPTED_TRAFFIC,
        {"Bool": {"sagemaker:NetworkIsolation": "true"}},
        {"NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": str(max_seconds)}},
        _encrypted_storage(scope),
        _all_of("sagemaker:InstanceTypes", types),
        _in_our_network(placement),
    )


def create_models(scope: Scope, *, placement: Placement | None) -> list[iam.PolicyStatement]:
    """Make the kit's models. Isolation cannot be a condition: one that loads its model.txt from S3
    needs a network to S3 (lambda/steps/create_model.py)."""
    return _create(scope, "model", "CreateModel", _in_our_network(placement))


def create_transform_jobs(scope: Scope, *, types: Sequence[str]) -> list[iam.PolicyStatement]:
    """Start the kit's transform jobs, of the kit's models. Their network is that of the model."""
    return _create(
        scope,
        "transform-job",
        "CreateTransformJob",
        {"ArnLike": {"sagemaker:ModelArn": scope.names.sagemaker("model")}},
        _encrypted_storage(scope),
        _all_of("sagemaker:InstanceTypes", types),
    )


_ENCRYPTED_TRAFFIC: Conditions = {"Bool": {"sagemaker:InterContainerTrafficEncryption": "true"}}


def _create(
    scope: Scope, kind: str, action: str, *conditions: Conditions
) -> list[iam.PolicyStatement]:
    """Create under all of these conditions, and tag in the same call but never afterwards:
    https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html"""
    merged: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            merged.setdefault(operator, {}).update(keys)
    resources = [scope.names.sagemaker(kind)]
    return [
        allow([f"sagemaker:{action}"], resources, merged or None),
        allow(["sagemaker:AddTags"], resources, {"Null": {"sagemaker:TaggingAction": "false"}}),
    ]


def _encrypted_storage(scope: Scope) -> Conditions:
    keys = ("sagemaker:OutputKmsKey", "sagemaker:VolumeKmsKey")
    return {"ArnEquals": dict.fromkeys(keys, scope.key_arn)}


def _in_our_network(placement: Placement | None) -> Conditions:
    if placement is None:
        return {}
    subnets = _all_of("sagemaker:VpcSubnets", placement.subnet_ids)
    groups = _all_of("sagemaker:VpcSecurityGroupIds", placement.job_groups)
    return {operator: {**subnets[operator], **groups[operator]} for operator in subnets}


def _all_of(key: str, allowed: Sequence[str]) -> Conditions:
    """Every value is an allowed one, and there is one: ForAllValues alone holds for none as well:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    return {"ForAllValues:StringEquals": {key: list(allowed)}, "Null": {key: "false"}}
