"""State DescribeTraining: look at the run's training job, and say when to look again."""

from collections.abc import Mapping
from typing import Any

from rules import training_jobs, waiting

from steps import aws, describing, errors, runtime
from steps.environment import Environment

_LOG = "Its log is in the log group /aws/sagemaker/TrainingJobs, streams {}/..."
_CAPACITY = (
    " Redrive the execution to try again under a new job name, or send the request again with "
    "another train.instance_type."
)
# A job that reaches a limit is Stopped; what stopped it is its secondary status:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
_OUT_OF_TIME = {
    "MaxRuntimeExceeded": "train.max_runtime_seconds. Redrive the execution to go on from the "
    "last checkpoint, or send the request again with more",
    "MaxWaitTimeExceeded": "train.max_wait_seconds without spot capacity for the rest. Redrive "
    "the execution to go on from the last checkpoint, or send the request again with more or "
    "with train.spot false",
}


def work(state: runtime.Event, _env: Environment) -> runtime.Result:
    """`$.training` as it is now.

    Raises:
        TrainingJobFailed: with SageMaker's reason, which is the script's own when it has one.
        TrainingJobStopped: somebody stopped the job.
        TrainingTimedOut: it reached a limit of its own, or runs beyond its limit and margin.
        UnknownStatus: SageMaker gave a status that is not known here.
    """
    training = state["training"]
    name = training["job_name"]
    job = describing.patiently(
        lambda: aws.client("sagemaker").describe_training_job(TrainingJobName=name)
    )
    status, secondary = job["TrainingJobStatus"], job["SecondaryStatus"]
    told = {**training, "status": status, "secondary_status": secondary}
    if status == "Completed":
        return {**told, **_completed(training, job)}
    if status == "Failed":
        reason = errors.reason(job)
        advice = _CAPACITY if "CapacityError" in reason else f" {_LOG.format(name)}"
        raise errors.TrainingJobFailed(f"{name}: {reason.rstrip('.')}.{advice}")
    if status == "Stopped" and secondary in _OUT_OF_TIME:
        raise errors.TrainingTimedOut(f"{name} reached {_OUT_OF_TIME[secondary]}.")
    margin = waiting.TRAINING_MARGIN_SECONDS
    return describing.wait_on(
        told,
        margin_seconds=margin,
        beyond=f"its limit of {told['limit_seconds']:,} and a margin of {margin:,}",
        stopped=errors.TrainingJobStopped,
        timed_out=errors.TrainingTimedOut,
    )


def _completed(training: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    metrics = training_jobs.metrics(job)
    return {
        "candidate": {
            "name": training["job_name"],
            "objective": training["metric"],
            "value": metrics.get(training["metric"]),
            "metrics": metrics,
        },
        "model_uri": job["ModelArtifacts"]["S3ModelArtifacts"],
        **training_jobs.bill(job),
    }


handler = runtime.step(work)
