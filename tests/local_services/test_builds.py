"""A build of CodeBuild reads, logs and pushes under its project's role."""

from typing import Any

import pytest

from tests.local_aws.account_process import AccountProcess, eventually
from tests.local_aws.image_stack import zipped
from tests.local_services.parts import ACCOUNT, allow, arn, decisions, role

BUCKET = "build-sources"
DOCKERFILE = """
FROM registry/python AS base
COPY serve.py /opt/
ENTRYPOINT ["python", "/opt/serve.py"]
"""
SOURCE = {
    "Dockerfile": DOCKERFILE,
    "buildspec.yml": "version: 0.2\n",
    "serve.py": "",
}
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and
# https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
NEEDS = {
    "logs:CreateLogStream": arn("logs", "log-group:builds:*"),
    "logs:PutLogEvents": arn("logs", "log-group:builds:*"),
    "s3:GetObject": f"arn:aws:s3:::{BUCKET}/source.zip",
    "s3:GetBucketAcl": f"arn:aws:s3:::{BUCKET}",
    "s3:GetBucketLocation": f"arn:aws:s3:::{BUCKET}",
    "ecr:GetAuthorizationToken": "*",
    "ecr:DescribeImages": arn("ecr", "repository/built"),
    "ecr:BatchCheckLayerAvailability": arn("ecr", "repository/built"),
    "ecr:InitiateLayerUpload": arn("ecr", "repository/built"),
    "ecr:UploadLayerPart": arn("ecr", "repository/built"),
    "ecr:CompleteLayerUpload": arn("ecr", "repository/built"),
    "ecr:BatchGetImage": arn("ecr", "repository/built"),
    "ecr:PutImage": arn("ecr", "repository/built"),
}


@pytest.fixture(scope="module", autouse=True)
def places(account: AccountProcess) -> None:
    """Source, registry and log of all builds."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    s3.put_object(Bucket=BUCKET, Key="source.zip", Body=zipped(SOURCE))
    account.client("ecr").create_repository(repositoryName="built")
    account.client("logs").create_log_group(logGroupName="builds")


def build(account: AccountProcess, name: str, role_arn: str) -> Any:
    """A build of a new project, at its end."""
    variables = {
        "REPOSITORY": "built",
        "REPOSITORY_URI": f"{ACCOUNT}.dkr.ecr.sa-east-1.amazonaws.com/built",
        "IMAGE_TAG": name,
    }
    codebuild = account.client("codebuild")
    codebuild.create_project(
        name=name,
        source={
            "type": "S3",
            "location": f"{BUCKET}/source.zip",
            "buildspec": "buildspec.yml",
        },
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [
                {"name": key, "value": value} for key, value in variables.items()
            ],
        },
        serviceRole=role_arn,
        logsConfig={"cloudWatchLogs": {"status": "ENABLED", "groupName": "builds"}},
    )
    started = codebuild.start_build(projectName=name)["build"]["id"]

    def ended() -> Any:
        (found,) = codebuild.batch_get_builds(ids=[started])["builds"]
        return found if found["buildComplete"] else None

    return eventually(ended)


@pytest.mark.parametrize(
    ("missing", "phase", "said"),
    [
        (
            "logs:CreateLogStream",
            "PROVISIONING",
            "does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build",
        ),
        ("s3:GetObject", "DOWNLOAD_SOURCE", "Forbidden"),
        ("s3:GetBucketAcl", "DOWNLOAD_SOURCE", "s3:GetBucketAcl"),
        ("ecr:GetAuthorizationToken", "BUILD", "ecr:GetAuthorizationToken"),
        ("ecr:UploadLayerPart", "BUILD", "ecr:UploadLayerPart"),
        ("ecr:PutImage", "BUILD", "ecr:PutImage"),
    ],
)
def test_a_build_fails_where_its_role_ends(
    account: AccountProcess, name: str, missing: str, phase: str, said: str
) -> None:
    may = [allow(action, where) for action, where in NEEDS.items() if action != missing]
    found = build(account, name, role(account, name, "codebuild", *may))
    assert found["buildStatus"] == "FAILED"
    last = found["phases"][-1]
    assert last["phaseType"] == phase
    assert said in last["contexts"][0]["message"]


def test_a_build_with_just_these_pushes_its_image(account: AccountProcess, name: str) -> None:
    may = [allow(action, where) for action, where in NEEDS.items()]
    role_arn = role(account, name, "codebuild", *may)
    found = build(account, name, role_arn)
    assert found["buildStatus"] == "SUCCEEDED", found["phases"]
    assert {(action, True) for action in NEEDS} <= decisions(account, role_arn)
    assert account.client("ecr").describe_images(
        repositoryName="built", imageIds=[{"imageTag": name}]
    )
