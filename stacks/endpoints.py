"""Which AWS services are reached from within the private VPC, what for, and on whose behalf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from stacks.names import Names


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An interface endpoint.

    Attributes:
        service: the end of its name: com.amazonaws.<region>.<service>.
        actions: what is called through it, as IAM names it.
        reason: who calls what.
        foreign: whether images are read that other accounts own.
    """

    service: str
    actions: str
    reason: str
    foreign: bool = False


# https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html names what
# a VpcOnly domain asks for; tests/template/test_network.py finds what the functions call.
ENDPOINTS: Sequence[Endpoint] = (
    Endpoint(
        service="sagemaker.api",
        actions="sagemaker:*",
        reason="functions start, describe and stop jobs; a VpcOnly domain demands it",
    ),
    Endpoint(
        service="sagemaker.runtime",
        actions="sagemaker:*",
        reason="a VpcOnly domain demands it; Autopilot explains its best model by an endpoint",
    ),
    Endpoint(
        service="states",
        actions="states:*",
        reason="StartRun starts executions and finds those that exist",
    ),
    Endpoint(
        service="codebuild",
        actions="codebuild:*",
        reason="BuildImage starts the image's build and waits for it",
    ),
    Endpoint(
        service="ecr.api",
        actions="ecr:*",
        reason="BuildImage asks whether the image is there; jobs and notebooks get its layers",
        foreign=True,
    ),
    Endpoint(
        service="ecr.dkr",
        actions="ecr:*",
        reason="images of jobs and of notebooks with Docker are pulled through it",
        foreign=True,
    ),
    Endpoint(
        service="logs",
        actions="logs:*",
        reason="BuildImage reads the build's log; notebooks read and write what their jobs log",
    ),
    Endpoint(
        service="sts",
        actions="sts:*",
        reason="notebooks ask who they are; the SageMaker SDK does so before every job",
    ),
    Endpoint(
        service="kms",
        actions="kms:*",
        reason="notebooks look up the key that they name to S3 and to jobs",
    ),
    Endpoint(
        service="monitoring",
        actions="cloudwatch:*",
        reason="jobs and models put metrics",
    ),
    Endpoint(
        service="events",
        actions="events:*",
        reason="notebooks send requests to the environment's bus",
    ),
    Endpoint(
        service="sns",
        actions="sns:*",
        reason="for code of the team's own in this VPC; the kit publishes from outside of it",
    ),
)


def of_account(names: Names, endpoint: Endpoint) -> iam.PolicyDocument:
    """What may pass an endpoint: calls of the account's own principals on its own resources.

    Which of these calls a role may make is its own policies' matter. Images of AWS's, as
    Autopilot's, lie in registries of accounts that AWS does not list in one place: they can be
    read, and nothing can be pushed there.
    """
    statements = [_own(names, endpoint.actions)]
    if endpoint.foreign:
        statements.append(
            iam.PolicyStatement(
                sid="ReadImagesOfOthers",
                principals=[iam.AnyPrincipal()],
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                resources=[f"arn:{names.partition}:ecr:{names.region}:*:repository/*"],
                conditions={"StringEquals": {"aws:PrincipalAccount": names.account}},
            )
        )
    return iam.PolicyDocument(statements=statements)


def of_account_in_s3(names: Names) -> iam.PolicyDocument:
    """What may pass to S3: the same, and two of AWS's buckets that presigned URLs lead to.

    Such a URL is signed by AWS, so that the account of its principal is none of ours.
    """
    layers = f"prod-{names.region}-starport-layer-bucket"
    answers = f"cloudformation-custom-resource-response-{names.region.replace('-', '')}"
    return iam.PolicyDocument(
        statements=[
            _own(names, "s3:*"),
            # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
            _presigned("ImageLayers", "s3:GetObject", f"arn:{names.partition}:s3:::{layers}/*"),
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/vpc-interface-endpoints.html
            _presigned("Answers", "s3:PutObject", f"arn:{names.partition}:s3:::{answers}/*"),
        ]
    )


def _own(names: Names, actions: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="OwnPrincipalsOwnResources",
        principals=[iam.AnyPrincipal()],
        actions=[actions],
        resources=["*"],
        conditions={
            "StringEquals": {
                "aws:PrincipalAccount": names.account,
                "aws:ResourceAccount": names.account,
            }
        },
    )


def _presigned(sid: str, action: str, resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, principals=[iam.AnyPrincipal()], actions=[action], resources=[resource]
    )
