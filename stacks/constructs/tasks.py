"""The states of the machine that do work: each with a time limit, its retries, and a way out."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as sfn_tasks
from constructs import Construct

from stacks.functions import FunctionSpec

# What passes by itself within minutes. The handlers raise SageMaker's throttling under its name.
TRANSIENT = (
    "ThrottlingException",
    "ServiceUnavailable",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
)
# A quota of concurrent jobs is free again when another job ends, which can take hours: sa-east-1
# lets one Autopilot job run at a time.
QUOTA = "ResourceLimitExceeded"
QUOTA_INTERVAL, QUOTA_BACKOFF, QUOTA_MAX_DELAY, QUOTA_ATTEMPTS = 300, 1.5, 1800, 40
# A task is given up a little after its function is, so that the function's own error is seen.
TASK_MARGIN_SECONDS = 30
PUBLISH_TIMEOUT_SECONDS = 60


def longest_quota_wait() -> int:
    """Seconds that a Start state can spend waiting for a quota before it gives up."""
    delays = (QUOTA_INTERVAL * QUOTA_BACKOFF**attempt for attempt in range(QUOTA_ATTEMPTS))
    return round(sum(min(delay, QUOTA_MAX_DELAY) for delay in delays))


def _retry_transient(task: sfn.TaskStateBase) -> None:
    task.add_retry(
        errors=list(TRANSIENT),
        interval=cdk.Duration.seconds(2),
        backoff_rate=2,
        max_attempts=6,
        max_delay=cdk.Duration.seconds(60),
        jitter_strategy=sfn.JitterType.FULL,
    )


def lambda_task(
    scope: Construct,
    spec: FunctionSpec,
    function: lambda_.IFunction,
    *,
    result: str,
    payload: dict[str, object] | None = None,
    name: str | None = None,
) -> sfn_tasks.LambdaInvoke:
    """The state that calls one function with the whole state and puts its answer at `result`.

    Args:
        result: path, as "$.model".
        payload: what the function is given in place of the state.
        name: of the state, if it is not the function's.
    """
    task = sfn_tasks.LambdaInvoke(
        scope,
        name or spec.name,
        lambda_function=function,
        payload=sfn.TaskInput.from_object(payload) if payload else None,
        payload_response_only=True,
        retry_on_service_exceptions=False,
        result_path=result,
        task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(spec.timeout + TASK_MARGIN_SECONDS)),
    )
    _retry_transient(task)
    return task


def start_task(
    scope: Construct,
    spec: FunctionSpec,
    function: lambda_.IFunction,
    *,
    result: str,
    payload: dict[str, object] | None = None,
    name: str | None = None,
) -> sfn_tasks.LambdaInvoke:
    """A `lambda_task` that starts a job, and so waits in line when a quota is used up."""
    task = lambda_task(scope, spec, function, result=result, payload=payload, name=name)
    task.add_retry(
        errors=[QUOTA],
        interval=cdk.Duration.seconds(QUOTA_INTERVAL),
        backoff_rate=QUOTA_BACKOFF,
        max_attempts=QUOTA_ATTEMPTS,
        max_delay=cdk.Duration.seconds(QUOTA_MAX_DELAY),
    )
    return task


def publish_task(
    scope: Construct, construct_id: str, topic: sns.ITopic, *, subject: str, message: str
) -> sfn_tasks.SnsPublish:
    """The state that tells the topic's subscribers; `$` stays as it is."""
    task = sfn_tasks.SnsPublish(
        scope,
        construct_id,
        topic=topic,
        subject=subject,
        message=sfn.TaskInput.from_text(message),
        result_path=sfn.JsonPath.DISCARD,
        task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(PUBLISH_TIMEOUT_SECONDS)),
    )
    _retry_transient(task)
    # Step Functions documents no names for what SNS raises; a second message does no harm.
    task.add_retry(
        errors=["States.TaskFailed"],
        interval=cdk.Duration.seconds(2),
        backoff_rate=2,
        max_attempts=3,
        jitter_strategy=sfn.JitterType.FULL,
    )
    return task
