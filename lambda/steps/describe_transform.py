"""States DescribeTransform and DescribeGolden: look at a transform job, say when to look again."""

from rules import waiting

from steps import aws, describing, errors, parts, runtime
from steps.environment import Environment

_LOG = "Its log is in the log group /aws/sagemaker/TransformJobs, streams {}/..."
_CAPACITY = (
    " Redrive the execution to try again under a new job name, or send the request again with "
    "another score.instance_type."
)


def work(event: runtime.Event, _env: Environment) -> runtime.Result:
    """`$.scoring`, or for the golden rows `$.golden`, as it is now.

    Raises:
        TransformJobFailed: with SageMaker's reason.
        TransformJobStopped: somebody stopped the job.
        TransformTimedOut: it runs beyond its limit.
        UnknownStatus: SageMaker gave a status that is not known here.
    """
    state, part = parts.of(event)
    scoring = state[part.at]
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
    return describing.wait_on(
        told,
        margin_seconds=waiting.TRANSFORM_MARGIN_SECONDS,
        beyond=f"{part.limit}, {told['limit_seconds']:,}",
        stopped=errors.TransformJobStopped,
        timed_out=errors.TransformTimedOut,
    )


handler = runtime.step(work)
