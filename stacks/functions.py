"""The Lambda functions: the starter, one for each kind of state, and one for deployments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One Lambda function.

    Attributes:
        name: also the name of its state in the state machine. What works on golden rows as it does
            on the rows to score has a second state: see `RunDefinition`.
        module: below the folder.
        folder: below lambda/.
        timeout: seconds.
        memory: MiB; a whole vCPU comes with 1769 of them:
            https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    name: str
    module: str
    folder: str = "steps"
    timeout: int
    memory: int = 256


START_RUN = FunctionSpec(name="StartRun", module="start_run", timeout=60)
VALIDATE_REQUEST = FunctionSpec(
    name="ValidateRequest", module="validate_request", timeout=300, memory=512
)
START_AUTOML = FunctionSpec(name="StartAutoML", module="start_automl", timeout=120)
DESCRIBE_AUTOML = FunctionSpec(name="DescribeAutoML", module="describe_automl", timeout=60)
START_TRAINING = FunctionSpec(name="StartTraining", module="start_training", timeout=120)
DESCRIBE_TRAINING = FunctionSpec(name="DescribeTraining", module="describe_training", timeout=60)
PASSES_GATE = FunctionSpec(name="PassesGate", module="passes_gate", timeout=60)
CREATE_MODEL = FunctionSpec(name="CreateModel", module="create_model", timeout=60)
PREPARE_INPUT = FunctionSpec(name="PrepareInput", module="prepare_input", timeout=900, memory=1024)
START_TRANSFORM = FunctionSpec(name="StartTransform", module="start_transform", timeout=120)
DESCRIBE_TRANSFORM = FunctionSpec(name="DescribeTransform", module="describe_transform", timeout=60)
CHECK_GOLDEN = FunctionSpec(name="CheckGolden", module="check_golden", timeout=300, memory=1769)
VERIFY_OUTPUT = FunctionSpec(name="VerifyOutput", module="verify_output", timeout=900, memory=1769)
PUBLISH_MANIFEST = FunctionSpec(
    name="PublishManifest", module="publish_manifest", timeout=120, memory=512
)
STOP_JOBS = FunctionSpec(name="StopJobs", module="stop_jobs", timeout=120)

# CloudFormation calls it, so it is no part of FUNCTIONS, which a run consists of. It waits for a
# build, for as long as Lambda lets a function run:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
BUILD_IMAGE = FunctionSpec(
    name="BuildImage", module="build_image", folder="deploy", timeout=900, memory=256
)

FUNCTIONS = (
    START_RUN,
    VALIDATE_REQUEST,
    START_AUTOML,
    DESCRIBE_AUTOML,
    START_TRAINING,
    DESCRIBE_TRAINING,
    PASSES_GATE,
    CREATE_MODEL,
    PREPARE_INPUT,
    START_TRANSFORM,
    DESCRIBE_TRANSFORM,
    CHECK_GOLDEN,
    VERIFY_OUTPUT,
    PUBLISH_MANIFEST,
    STOP_JOBS,
)
