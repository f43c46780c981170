"""What the build of the scoring image may do, and what the function that starts it may do."""

from __future__ import annotations

from aws_cdk import aws_iam as iam

from stacks import policies
from stacks.names import Names


def build_and_push(
    names: Names, *, source_bucket_arn: str, source_key: str, repository_arn: str
) -> list[iam.PolicyStatement]:
    """CodeBuild: reads this one source, writes its log, pushes to this one repository.

    No permission on the key: there are no artefacts and no cache for it to encrypt, ECR and
    CloudWatch Logs use it under grants and a key policy of their own.
    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    """
    log = names.arn("logs", f"log-group:{names.build_log_group}:*")
    return [
        policies.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log]),
        policies.allow(
            ["s3:GetObject", "s3:GetObjectVersion"], [f"{source_bucket_arn}/{source_key}"]
        ),
        policies.allow(["s3:GetBucketAcl", "s3:GetBucketLocation"], [source_bucket_arn]),
        policies.unscoped("ecr:GetAuthorizationToken"),
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
        policies.allow(
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            [repository_arn],
        ),
    ]


def start_builds(
    names: Names, *, project_arn: str, repository_arn: str, function: str
) -> list[iam.PolicyStatement]:
    """The function behind the custom resource: one project, one repository, one log to read."""
    own_log = names.arn("logs", f"log-group:{names.function_log_group(function)}:*")
    log = names.arn("logs", f"log-group:{names.build_log_group}:log-stream:*")
    return [
        policies.allow(["codebuild:StartBuild", "codebuild:BatchGetBuilds"], [project_arn]),
        policies.allow(["ecr:DescribeImages"], [repository_arn]),
        policies.allow(["logs:GetLogEvents"], [log]),
        policies.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [own_log]),
        policies.trace(),
    ]


def build(names: Names) -> iam.IPrincipal:
    """CodeBuild, on behalf of this project alone.

    https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    return iam.ServicePrincipal(
        "codebuild.amazonaws.com",
        conditions={
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": names.build_project},
        },
    )
