"""Every finding of the audit that is accepted: which rule, where, and why. There is no other place.

The rules are cdk-nag's packs AwsSolutions and NIST 800-53 rev 5 (stacks/app.py plugs them in).
A finding that is not in this table makes synthesis fail; a row that no finding needs, and one for
a construct that is gone, makes a test or synthesis fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from autolote.settings import Settings
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


def _functions(*names: str) -> tuple[str, ...]:
    return tuple(f"pipeline/{name}/Function/Resource" for name in names)


def _any(resource: str) -> str:
    """The finding that a statement's resource holds a wildcard."""
    return f"AwsSolutions-IAM5[Resource::{resource}]"


_EVERY_FUNCTION = tuple(spec.name for spec in f.FUNCTIONS)
_CALLED_BY_A_STATE = tuple(spec.name for spec in f.FUNCTIONS if not spec.asynchronous)
_JOBS = ("AutoMLJobs", "TransformJobs")
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

WAIVERS = (
    # --- IAM: wildcards in resources -----------------------------------------------------------
    Waiver(
        rule=_any("*"),
        constructs=(
            *_policies(*_EVERY_FUNCTION, *_JOBS),
            "pipeline/Runs/Run/Policy/Resource",
        ),
        reason="Only actions that AWS lets nobody scope to a resource: each one stands, with its "
        "reason, in UNSCOPED in stacks/policies.py, and a test holds the templates to it",
    ),
    Waiver(
        rule=_any("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{prefix}-{owner}:*"),
        constructs=_policies(*_EVERY_FUNCTION),
        reason="The function's own log group; Lambda names the streams in it while it runs",
    ),
    Waiver(
        rule=_any("arn:aws:logs:{region}:{account}:log-group:/aws/sagemaker/*"),
        constructs=_policies(*_JOBS),
        reason="SageMaker writes the logs of all jobs of an account into groups it names itself",
    ),
    Waiver(
        rule=_any("arn:aws:ecr:{region}:*:repository/*"),
        constructs=_policies(*_JOBS),
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
        constructs=_policies("AutoMLJobs", f.VALIDATE_REQUEST.name, f.PREPARE_INPUT.name),
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
        constructs=_policies(*_JOBS),
        reason=_NAMED_BY_TEAM,
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
    # --- Lambda --------------------------------------------------------------------------------
    Waiver(
        rule="NIST.800.53.R5-LambdaConcurrency",
        constructs=_functions(*_EVERY_FUNCTION),
        reason="A reservation is taken from the whole account, where a new account has 10 in all "
        "and the deployment would fail; a run calls one function at a time, for seconds",
    ),
    Waiver(
        rule="NIST.800.53.R5-LambdaDLQ",
        constructs=_functions(*_CALLED_BY_A_STATE),
        reason="Only the state machine calls it, and waits for the answer; Lambda uses a "
        "dead-letter queue for asynchronous calls alone. What fails is caught by the machine",
    ),
    Waiver(
        rule="NIST.800.53.R5-LambdaInsideVPC",
        constructs=_functions(*_EVERY_FUNCTION),
        reason='It calls AWS APIs alone, over TLS; network.mode = "existing" in the settings puts '
        "every function and every job into a VPC where one is demanded",
    ),
    # --- S3 ------------------------------------------------------------------------------------
    Waiver(
        rule="NIST.800.53.R5-S3BucketReplicationEnabled",
        constructs=("storage/Data/Resource", "storage/AccessLogs/Resource"),
        reason="What a run writes can be made again from its inputs, which are versioned; data "
        "leaves its Region only if the team decides so",
    ),
    Waiver(
        rule="NIST.800.53.R5-S3DefaultEncryptionKMS",
        constructs=("storage/AccessLogs/Resource",),
        reason="S3 delivers access logs only to buckets with SSE-S3: "
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    ),
)


def findings(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """The finding's id, the construct's path and the reason, for every row of the table."""
    environment = {
        "prefix": settings.prefix,
        "region": settings.region,
        "account": settings.account or "<AWS::AccountId>",
    }
    for waiver in WAIVERS:
        for path in waiver.constructs:
            rule = waiver.rule.format(**environment, owner=path.split("/")[1])
            yield rule, path, waiver.reason


def apply(stage: cdk.Stage, settings: Settings) -> None:
    """Acknowledge the findings of one environment, each at its own resource.

    Raises:
        LookupError: the table names a construct that is not there.
    """
    for rule, path, reason in findings(settings):
        accepted = cdk.Acknowledgment(id=rule, reason=reason)
        cdk.Validations.of(_find(stage, path)).acknowledge(accepted)


def _find(stage: cdk.Stage, path: str) -> Construct:
    found: Construct | None = stage
    for name in path.split("/"):
        found = found.node.try_find_child(name) if found else None
    if found is None:
        raise LookupError(f"stacks/waivers.py names {path}, which is not in {stage.node.id}")
    return found
