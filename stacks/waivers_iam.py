"""The accepted findings about wildcards in the resources of IAM policies: see stacks/waivers.py."""

from __future__ import annotations

from dataclasses import dataclass

from stacks import functions as f


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One accepted finding.

    Attributes:
        rule: the finding's id; {prefix}, {region}, {account} stand for the environment's own, and
            {owner} for the second part of the construct's path.
        constructs: paths below the environment's stage, to the resource itself.
        reason: the evidence for an auditor.
    """

    rule: str
    constructs: tuple[str, ...]
    reason: str


def _policies(*owners: str) -> tuple[str, ...]:
    return tuple(f"identity/{owner}/Policy/Resource" for owner in owners)


def _any(resource: str) -> str:
    """The finding that a statement's resource holds a wildcard."""
    return f"AwsSolutions-IAM5[Resource::{resource}]"


EVERY_FUNCTION = tuple(spec.name for spec in f.FUNCTIONS)
_JOBS = ("AutoMLJobs", "TrainingJobs", "TransformJobs")
_BUILD = "image/ImageBuild/Build/Policy/Resource"
_BUILD_STARTER = "image/BuildImageRole/Policy/Resource"
_BUILD_LOG = "arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/{prefix}-scoring-image"
_BUCKET = "{prefix}-data-bucket-arn"  # the export that the storage stack gives it
_SAGEMAKER = "arn:aws:sagemaker:{region}:{account}"
_NAMED_BY_KIT = (
    "Jobs and models are made during a run, so their names cannot be known before; all of them "
    "start with the environment's prefix, and nothing else in the account does"
)
_NAMED_BY_TEAM = (
    "Projects and experiments are folders that the team makes; within a run's folder the "
    "statement is limited to the one file or folder that this role is responsible for"
)

IAM = (
    Waiver(
        rule=_any("*"),
        constructs=(
            *_policies(*EVERY_FUNCTION, *_JOBS),
            "pipeline/Runs/Run/Policy/Resource",
            _BUILD,
            _BUILD_STARTER,
        ),
        reason="Only actions that AWS lets nobody scope to a resource: each one stands, with its "
        "reason, in UNSCOPED in stacks/policies.py, and a test holds the templates to it",
    ),
    Waiver(
        rule=_any("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-{owner}:*"),
        constructs=_policies(*EVERY_FUNCTION),
        reason="The function's own log group; Lambda names the streams in it while it runs",
    ),
    Waiver(
        rule=_any("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-BuildImage:*"),
        constructs=(_BUILD_STARTER,),
        reason="The function's own log group; Lambda names the streams in it while it runs",
    ),
    Waiver(
        rule=_any(_BUILD_LOG + ":*"),
        constructs=(_BUILD,),
        reason="The project's own log group; CodeBuild makes a stream in it for each build",
    ),
    Waiver(
        rule=_any(_BUILD_LOG + ":log-stream:*"),
        constructs=(_BUILD_STARTER,),
        reason="Read only: the end of the log of a build that failed, which is told to whoever "
        "deploys; CodeBuild makes a stream for each build",
    ),
    Waiver(
        rule=_any("arn:aws:logs:{region}:{account}:log-group:/aws/sagemaker/*"),
        constructs=_policies(*_JOBS),
        reason="SageMaker writes the logs of all jobs of an account into groups it names itself",
    ),
    Waiver(
        rule=_any("arn:aws:ecr:{region}:*:repository/*"),
        constructs=_policies("AutoMLJobs", "TransformJobs"),
        reason="Autopilot's images lie in registries of AWS, in accounts that differ by Region "
        "and algorithm; only actions that read an image",
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":automl-job/{prefix}-*"),
        constructs=_policies(
            f.START_AUTOML.name,
            f.DESCRIBE_AUTOML.name,
            f.CREATE_MODEL.name,
            f.PUBLISH_MANIFEST.name,
            f.STOP_JOBS.name,
        ),
        reason=_NAMED_BY_KIT,
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":training-job/{prefix}-*"),
        constructs=_policies(f.START_TRAINING.name, f.DESCRIBE_TRAINING.name, f.STOP_JOBS.name),
        reason=_NAMED_BY_KIT,
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":transform-job/{prefix}-*"),
        constructs=_policies(
            f.START_TRANSFORM.name,
            f.DESCRIBE_TRANSFORM.name,
            f.STOP_JOBS.name,
        ),
        reason=_NAMED_BY_KIT,
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":model/{prefix}-*"),
        constructs=_policies(f.CREATE_MODEL.name, "AutoMLJobs"),
        reason=_NAMED_BY_KIT,
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":endpoint-config/{prefix}-*"),
        constructs=_policies("AutoMLJobs"),
        reason="Autopilot explains its best candidate with a short-lived endpoint it names itself",
    ),
    Waiver(
        rule=_any(_SAGEMAKER + ":endpoint/{prefix}-*"),
        constructs=_policies("AutoMLJobs"),
        reason="Autopilot explains its best candidate with a short-lived endpoint it names itself",
    ),
    Waiver(
        rule=_any("arn:aws:states:{region}:{account}:execution:{prefix}:*"),
        constructs=_policies(f.START_RUN.name),
        reason="The executions of the one state machine; the starter describes an execution of "
        "the same name to tell a second delivery of a request from another request",
    ),
    Waiver(
        rule=_any(_BUCKET + "/*"),
        constructs=_policies(
            "AutoMLJobs",
            "TrainingJobs",
            f.VALIDATE_REQUEST.name,
            f.PREPARE_INPUT.name,
            f.CHECK_GOLDEN.name,
        ),
        reason="Read only: a request may name any data of its own project, and projects are "
        "folders that the team makes",
    ),
    Waiver(
        rule=_any(_BUCKET + "/requests/*"),
        constructs=_policies(f.START_RUN.name),
        reason="Read only: a request is an object that the team names",
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/model.txt"),
        constructs=_policies("TransformJobs"),
        reason="Read only: each experiment of the team may hold a model of this name",
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/plan.json"),
        constructs=_policies(
            f.VALIDATE_REQUEST.name, f.VERIFY_OUTPUT.name, f.PUBLISH_MANIFEST.name
        ),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/input/*"),
        constructs=_policies(f.PREPARE_INPUT.name, f.VERIFY_OUTPUT.name, "TransformJobs"),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/automl/*"),
        constructs=_policies("AutoMLJobs", "TransformJobs"),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/training/*"),
        constructs=_policies("TrainingJobs", "TransformJobs", f.CREATE_MODEL.name),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/checkpoints/*"),
        constructs=_policies("TrainingJobs"),
        reason="Checkpoints of training jobs, below a folder of their own that nothing else uses; "
        "the job names the objects in it while it runs",
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/predictions/*"),
        constructs=_policies(f.VERIFY_OUTPUT.name, "TransformJobs"),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/manifest.json"),
        constructs=_policies(f.PUBLISH_MANIFEST.name),
        reason=_NAMED_BY_TEAM,
    ),
    Waiver(
        rule=_any(_BUCKET + "/*/runs/*/failure.json"),
        constructs=_policies(f.STOP_JOBS.name),
        reason=_NAMED_BY_TEAM,
    ),
)
