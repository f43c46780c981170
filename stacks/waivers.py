"""Every finding of the audit that is accepted: which rule, where, and why. There is no other place.

The rules are cdk-nag's packs AwsSolutions and NIST 800-53 rev 5 (stacks/app.py plugs them in).
A finding that is not in this table makes synthesis fail; a row that no finding needs, and one for
a construct that is gone, makes a test or synthesis fail. The rows about IAM are in waivers_iam.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from constructs import Construct

from autolote.settings import Settings
from stacks import functions as f
from stacks.waivers_iam import EVERY_FUNCTION, IAM, Waiver


def _functions(*names: str) -> tuple[str, ...]:
    return tuple(f"pipeline/{name}/Function/Resource" for name in names)


_BUILD_STARTER = f"image/{f.BUILD_IMAGE.name}/Function/Resource"
# Where the settings name an image, nothing builds one.
_OF_THE_BUILD = ("image/ImageBuild/", f"image/{f.BUILD_IMAGE.name}")
_CALLED_BY_A_STATE = tuple(spec.name for spec in f.FUNCTIONS if not spec.asynchronous)

WAIVERS = (
    *IAM,
    # --- Lambda --------------------------------------------------------------------------------
    Waiver(
        rule="NIST.800.53.R5-LambdaConcurrency",
        constructs=(*_functions(*EVERY_FUNCTION), _BUILD_STARTER),
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
        rule="NIST.800.53.R5-LambdaDLQ",
        constructs=(_BUILD_STARTER,),
        reason="CloudFormation waits for its answer, for 16 minutes at most, and fails the "
        "deployment without one; nobody would look for it in a queue",
    ),
    Waiver(
        rule="NIST.800.53.R5-LambdaInsideVPC",
        constructs=(*_functions(*EVERY_FUNCTION), _BUILD_STARTER),
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
            if settings.image.tag is not None and path.startswith(_OF_THE_BUILD):
                continue
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
