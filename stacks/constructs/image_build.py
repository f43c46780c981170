"""The CodeBuild project that makes the scoring image of one source."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from autolote.image_settings import Image
from stacks import image_policies
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.step_function import NOT_PACKAGED
from stacks.names import Names

SOURCE = Path(__file__).parents[2] / "container"
# The kernel is compiled in the image; what was compiled on this machine is no source.
NOT_SOURCE = [*NOT_PACKAGED, "native/build"]
BUILDSPEC = "buildspec.yml"
BUILD_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
BUILD_MINUTES = 10
QUEUE_MINUTES = 5  # the least there is; nothing else waits in line


def image_tag(source_hash: str, image: Image) -> str:
    """What the image is called: the hash of all that it is made of."""
    parts = "\n".join((source_hash, image.python_digest, str(image.run_as)))
    return hashlib.sha256(parts.encode()).hexdigest()


class ImageBuild(Construct):
    """The project, its source, its role.

    Source and tag stand in the project itself, so that whoever starts a build of it can only make
    the image that belongs there.

    Attributes:
        tag: of the image that it makes.
        project: the project.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        image: Image,
        repository: ecr.Repository,
        key: kms.IKey,
        log_group: logs.LogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        source = assets.Asset(self, "Source", path=str(SOURCE), exclude=NOT_SOURCE)
        self.tag = image_tag(source.asset_hash, image)
        owner = ServiceRole(
            self,
            "Build",
            principal=image_policies.build(names),
            description="The build of the scoring image runs as this",
        )
        policy = owner.grant(
            image_policies.build_and_push(
                names,
                source_bucket_arn=source.bucket.bucket_arn,
                source_key=source.s3_object_key,
                repository_arn=repository.repository_arn,
            )
        )
        variables = {
            "REPOSITORY": repository.repository_name,
            "REPOSITORY_URI": repository.repository_uri,
            "IMAGE_TAG": self.tag,
            "PYTHON_DIGEST": image.python_digest,
            "RUN_AS": str(image.run_as),
        }
        self.project = codebuild.CfnProject(
            self,
            "Project",
            name=names.build_project_name,
            description="autolote: builds and pushes the scoring image",
            service_role=owner.role.role_arn,
            encryption_key=key.key_arn,
            source=codebuild.CfnProject.SourceProperty(
                type="S3",
                location=f"{source.s3_bucket_name}/{source.s3_object_key}",
                build_spec=BUILDSPEC,
            ),
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="NO_ARTIFACTS"),
            environment=codebuild.CfnProject.EnvironmentProperty(
                type="LINUX_CONTAINER",
                image=BUILD_IMAGE,
                compute_type="BUILD_GENERAL1_SMALL",
                # A Docker daemon runs inside the build's own container, and needs it:
                # https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html
                privileged_mode=True,
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(name=name, value=value)
                    for name, value in variables.items()
                ],
            ),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=log_group.log_group_name
                )
            ),
            timeout_in_minutes=BUILD_MINUTES,
            queued_timeout_in_minutes=QUEUE_MINUTES,
            concurrent_build_limit=1,
        )
        resource = policy.node.default_child
        assert isinstance(resource, iam.CfnManagedPolicy)
        self.project.add_resource_dependency(resource)
