"""Who may do what: a role for each Lambda function, and three that SageMaker's jobs run as."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from autolote.settings import Settings
from stacks import create_policies, job_policies, policies
from stacks import functions as f
from stacks.constructs.deployers import deployers_policy
from stacks.constructs.service_role import ServiceRole
from stacks.names import Names
from stacks.placement import Placement
from stacks.policies import Scope


class IdentityStack(cdk.Stack):
    """The roles of an environment.

    Attributes:
        function_roles: by name of the function.
        automl_role: what Autopilot runs as.
        training_role: what training jobs run as.
        scoring_role: what models, and so transform jobs, run as.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        bucket_arn: str,
        key_arn: str,
        placement: Placement | None,
        **options: object,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        names = Names.of(self, prefix=settings.prefix)
        self._scope = Scope(names=names, bucket_arn=bucket_arn, key_arn=key_arn)
        self._in_vpc = placement is not None

        automl = self._job_role("AutoMLJobs", "Autopilot runs as this")
        may = job_policies.train_by_automl(self._scope, role_arn=automl.role.role_arn)
        automl.grant([*may, *(job_policies.attach_any_job() if placement else [])])
        attach = job_policies.attach_job(self._scope) if placement else []
        training = self._job_role("TrainingJobs", "Training jobs run as this")
        training.grant([*job_policies.train_by_script(self._scope), *attach])
        scoring = self._job_role("TransformJobs", "Models and transform jobs run as this")
        scoring.grant([*job_policies.score(self._scope), *attach])
        self.automl_role, self.training_role = automl.role, training.role
        self.scoring_role = scoring.role

        wanted = _function_statements(
            self._scope,
            automl=automl.role.role_arn,
            training=training.role.role_arn,
            scoring=scoring.role.role_arn,
            settings=settings,
            placement=placement,
        )
        deployers_policy(self, names=names)
        self.function_roles = {
            spec.name: self._function_role(spec, wanted[spec.name]) for spec in f.FUNCTIONS
        }

    def _job_role(self, construct_id: str, description: str) -> ServiceRole:
        # A role shared by several kinds of job must not be narrowed to one kind of SourceArn:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
        names = self._scope.names
        principal = iam.ServicePrincipal(
            policies.SAGEMAKER,
            conditions={
                "StringEquals": {"aws:SourceAccount": names.account},
                "ArnLike": {"aws:SourceArn": names.arn("sagemaker", "*")},
            },
        )
        return ServiceRole(self, construct_id, principal=principal, description=description)

    def _function_role(
        self, spec: f.FunctionSpec, statements: list[iam.PolicyStatement]
    ) -> iam.Role:
        # Lambda documents no source condition for execution roles; only a caller who may pass
        # the role within this account can make a function run as it.
        owner = ServiceRole(
            self,
            spec.name,
            principal=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"The Lambda function {spec.name} runs as this",
        )
        group = self._scope.names.function_log_group(spec.name)
        dead_letters = policies.send_dead_letters(self._scope.names, key_arn=self._scope.key_arn)
        always = [policies.write_log(self._scope, group), policies.trace()]
        if self._in_vpc:
            always += policies.attach_function(self._scope.names)
        owner.grant([*statements, *always, *dead_letters])
        return owner.role


def _function_statements(
    scope: Scope,
    *,
    automl: str,
    training: str,
    scoring: str,
    settings: Settings,
    placement: Placement | None,
) -> dict[str, list[iam.PolicyStatement]]:
    """What each Lambda function calls, besides its log and its traces."""
    names = scope.names
    read_key = policies.use_key_for_s3(scope)
    write_key = policies.use_key_for_s3(scope, write=True)
    describe_automl = policies.use_jobs(scope, "automl-job", "DescribeAutoMLJobV2")
    describe_training = policies.use_jobs(scope, "training-job", "DescribeTrainingJob")
    describe_transform = policies.use_jobs(scope, "transform-job", "DescribeTransformJob")
    return {
        f.START_RUN.name: [
            policies.allow(["states:StartExecution"], [names.machine]),
            *policies.read_executions(scope),
            policies.read_versions(scope, "requests/*"),
            read_key,
        ],
        f.VALIDATE_REQUEST.name: [
            policies.list_objects(scope),
            policies.read_objects(scope, "*"),
            policies.read_versions(scope, "*"),
            policies.write_objects(scope, "*/runs/*/plan.json"),
            write_key,
        ],
        f.START_AUTOML.name: [
            *create_policies.create_automl_jobs(scope, placement=placement),
            describe_automl,
            policies.pass_role(automl),
            policies.lend_key_to_jobs(scope),
        ],
        f.DESCRIBE_AUTOML.name: [describe_automl],
        f.START_TRAINING.name: [
            *create_policies.create_training_jobs(
                scope,
                placement=placement,
                types=settings.instances.training_allowed,
                max_seconds=settings.limits.max_training_runtime_seconds,
            ),
            describe_training,
            policies.pass_role(training),
            policies.lend_key_to_jobs(scope),
        ],
        f.DESCRIBE_TRAINING.name: [describe_training],
        f.PASSES_GATE.name: [],
        f.CREATE_MODEL.name: [
            *create_policies.create_models(scope, placement=placement),
            policies.use_jobs(scope, "model", "DescribeModel"),
            describe_automl,
            policies.pass_role(scoring),
            policies.read_objects(scope, "*/runs/*/training/*"),
            read_key,
        ],
        f.PREPARE_INPUT.name: [
            policies.read_objects(scope, "*/runs/*/plan.json"),
            policies.read_versions(scope, "*"),
            policies.upload_objects(scope, "*/runs/*/input/*"),
            policies.tag_objects(scope, "*/runs/*/input/*"),
            write_key,
        ],
        f.START_TRANSFORM.name: [
            *create_policies.create_transform_jobs(
                scope, types=settings.instances.transform_allowed
            ),
            describe_transform,
            policies.lend_key_to_jobs(scope),
        ],
        f.DESCRIBE_TRANSFORM.name: [describe_transform],
        f.CHECK_GOLDEN.name: [
            policies.list_objects(scope),
            # The stored predictions may be anywhere in the project, and are pinned to a version.
            policies.read_versions(scope, "*"),
            policies.read_objects(scope, "*/runs/*/golden/predictions/*"),
            read_key,
        ],
        f.VERIFY_OUTPUT.name: [
            policies.list_objects(scope),
            policies.read_objects(
                scope, "*/runs/*/plan.json", "*/runs/*/input/*", "*/runs/*/predictions/*"
            ),
            read_key,
        ],
        f.PUBLISH_MANIFEST.name: [
            describe_automl,
            policies.unscoped("sagemaker:ListCandidatesForAutoMLJob"),
            policies.list_objects(scope),
            policies.read_objects(scope, "*/runs/*/plan.json"),
            policies.write_objects(scope, "*/runs/*/manifest.json"),
            write_key,
        ],
        f.STOP_JOBS.name: [
            policies.use_jobs(scope, "automl-job", "StopAutoMLJob", "DescribeAutoMLJobV2"),
            policies.use_jobs(scope, "training-job", "StopTrainingJob", "DescribeTrainingJob"),
            policies.use_jobs(scope, "transform-job", "StopTransformJob", "DescribeTransformJob"),
            *policies.read_executions(scope),
            policies.write_objects(scope, "*/runs/*/failure.json"),
            policies.use_key_for_s3(scope, read=False, write=True),
        ],
    }
