"""The two-person rule: who deploys the kit approves no model."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.names import Names


def deployers_policy(scope: Construct, *, names: Names) -> iam.ManagedPolicy:
    """A policy that grants nothing, to be attached to every principal that deploys.

    It refuses what a deployment never does: to approve a model package, in any of the two calls
    that can, and to take this policy off or change it. So whoever deploys can make a model, and
    needs somebody else to let it be used. docs/security.md says how it is attached.
    """
    return iam.ManagedPolicy(
        scope,
        "Deployers",
        managed_policy_name=names.deployers,
        description="Who deploys autolote approves no model; attach it to whoever deploys",
        statements=[_approve_nothing(names), *_keep_it(names)],
    )


def _approve_nothing(names: Names) -> iam.PolicyStatement:
    """Condition key and actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html"""
    return iam.PolicyStatement(
        sid="ApproveNoModel",
        effect=iam.Effect.DENY,
        actions=["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"],
        resources=[
            names.arn("sagemaker", f"{kind}/*") for kind in ("model-package", "model-package-group")
        ],
        conditions={"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}},
    )


def _keep_it(names: Names) -> list[iam.PolicyStatement]:
    arn = names.deployers_arn
    return [
        iam.PolicyStatement(
            sid="KeepThisPolicy",
            effect=iam.Effect.DENY,
            actions=[
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            resources=[arn],
        ),
        iam.PolicyStatement(
            sid="KeepItAttached",
            effect=iam.Effect.DENY,
            actions=["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"],
            resources=["*"],
            conditions={"ArnEquals": {"iam:PolicyARN": arn}},
        ),
    ]
