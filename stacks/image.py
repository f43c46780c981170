"""The image that serves and trains the team's own models, built while the stack is deployed."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from autolote.settings import Settings
from stacks import image_policies, policies
from stacks.constructs.image_build import ImageBuild
from stacks.constructs.scoring_repository import scoring_repository
from stacks.constructs.service_role import ServiceRole
from stacks.constructs.step_function import StepFunction, encrypted_log_group, package
from stacks.functions import BUILD_IMAGE
from stacks.names import Names
from stacks.placement import Placement
from stacks.storage import removal_policy

ANSWER_MARGIN_SECONDS = 60


class ImageStack(cdk.Stack):
    """The repository and, unless the settings name an image of somebody else, its build.

    Attributes:
        uri: of the image. It is put together from names and the tag, and not exported: the value
            of an export cannot change while another stack imports it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key: kms.IKey,
        dead_letters: sqs.IQueue,
        placement: Placement | None,
        **options: object,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._settings, self._placement = settings, placement
        self._names = Names.of(self, prefix=settings.prefix)
        # As imported ones, key and queue are given nothing on the way: their policies are complete.
        self._key = kms.Key.from_key_arn(self, "Key", key.key_arn)
        self._dead_letters = sqs.Queue.from_queue_arn(self, "DeadLetters", dead_letters.queue_arn)
        repository = scoring_repository(
            self,
            name=self._names.scoring_repository,
            key=self._key,
            keep=settings.image.keep,
            removal_policy=removal_policy(settings.retention),
        )
        tag = settings.image.tag or self._built(repository)
        registry = f"{self.account}.dkr.ecr.{self.region}.{self.url_suffix}"
        self.uri = f"{registry}/{self._names.scoring_repository}:{tag}"
        cdk.CfnOutput(self, "ImageUri", value=self.uri)

    def _built(self, repository: ecr.Repository) -> str:
        """Build the image at deployment; returns its tag."""
        build = ImageBuild(
            self,
            "ImageBuild",
            names=self._names,
            image=self._settings.image,
            repository=repository,
            key=self._key,
            log_group=self._log_group("ImageBuildLog", self._names.build_log_group),
        )
        image = cdk.CustomResource(
            self,
            "Image",
            resource_type="Custom::ScoringImage",
            service_token=self._function(build, repository).function_arn,
            properties={
                "Project": build.project.ref,
                "Repository": repository.repository_name,
                "ImageTag": build.tag,
            },
            # Should the function die, nobody waits the hour that CloudFormation would.
            service_timeout=cdk.Duration.seconds(BUILD_IMAGE.timeout + ANSWER_MARGIN_SECONDS),
        )
        cdk.CfnOutput(self, "ImageDigest", value=image.get_att_string("Digest"))
        return build.tag

    def _function(self, build: ImageBuild, repository: ecr.Repository) -> lambda_.Function:
        """What starts the build and waits for it."""
        spec = BUILD_IMAGE
        owner = ServiceRole(
            self,
            f"{spec.name}Role",
            principal=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"The Lambda function {spec.name} runs as this",
        )
        may = image_policies.start_builds(
            self._names,
            project_arn=build.project.attr_arn,
            repository_arn=repository.repository_arn,
            function=spec.name,
        )
        may += policies.send_dead_letters(self._names, key_arn=self._key.key_arn)
        if self._placement:
            may += policies.attach_function(self._names)
        policy = owner.grant(may)
        step = StepFunction(
            self,
            spec.name,
            spec=spec,
            code=package(),
            # As an imported role it is given nothing on the way, and brings no second dependency.
            role=iam.Role.from_role_arn(self, "RunAs", owner.role.role_arn, mutable=False),
            environment={},
            log_group=self._log_group(f"{spec.name}Log", self._names.function_log_group(spec.name)),
            key=self._key,
            placement=self._placement,
            dead_letters=self._dead_letters,
            reserved_concurrency=self._settings.functions.reserved_concurrency,
        )
        step.function.node.add_dependency(policy)
        return step.function

    def _log_group(self, construct_id: str, name: str) -> logs.LogGroup:
        return encrypted_log_group(
            self,
            construct_id,
            name=name,
            key=self._key,
            days=self._settings.retention.log_days,
            removal_policy=removal_policy(self._settings.retention),
        )
