"""State DescribeTransform: look at the run's transform job, and say when to look again."""

import time
from collections.abc import Mapping
from typing import Any

from rules import waiting

from steps import aws, describing, errors, runtime
from steps.environment import Environment

_LOG = "Its log is in the log group /aws/sagemaker/TransformJobs, streams {}/..."
_CAPACITY = (
    " Redrive the execution to try again under a new job name, or send the request again with "
    "another score.instance_type."
)


def work(state: runtime.Event, _env: Environment) -> runtime.Result:
    """`$.scoring` as it is now.

    Raises:
        TransformJobFailed: with SageMaker's reason.
        TransformJobStopped: somebody stopped the job.
        TransformTimedOut: it runs beyond its limit.
        UnknownStatus: SageMaker gave a status that is not known here.
    """
    scoring = state["scoring"]
    name = scoring["job_name"]
    job = describing.patiently(
        lambda: aws.client("sagemaker").describe_transform_job(TransformJobName=name)
    )
    status = job["TransformJobStatus"]
    told = {**scoring, "status": status}
    if status == "Completed":
        # Billed from start to end: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTransformJob.html
        seconds = (job["TransformEndTime"] - job["TransformStartTime"]).total_seconds()
        return {**told, "seconds": round(seconds, 3)}
    if status == "Failed":
        reason = errors.reason(job)
        advice = _CAPACITY if "CapacityError" in reason else f" {_LOG.format(name)}"
        raise errors.TransformJobFailed(f"{name}: {reason.rstrip('.')}.{advice}")
    if status == "Stopped":
        raise errors.TransformJobStopped(f"{name} was stopped by somebody; redrive the execution.")
    if status not in ("InProgress", "Stopping"):
        raise errors.UnknownStatus(f"{name} has the status {status}, which is not known here.")
    return {**told, "wait_seconds": _wait(scoring)}


def _wait(scoring: Mapping[str, Any]) -> int:
    elapsed, limit = time.time() - scoring["started_at"], scoring["limit_seconds"]
    margin = waiting.TRANSFORM_MARGIN_SECONDS
    if waiting.is_overdue(elapsed_seconds=elapsed, limit_seconds=limit, margin_seconds=margin):
        raise errors.TransformTimedOut(
            f"{scoring['job_name']} has run for {elapsed:,.0f} seconds, beyond "
            f"score.max_runtime_seconds, {limit:,}; it will be stopped."
        )
    return waiting.next_wait(elapsed_seconds=elapsed, limit_seconds=limit, margin_seconds=margin)


handler = runtime.step(work)
