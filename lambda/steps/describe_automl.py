"""State DescribeAutoML: look at the run's AutoML job, and say when to look again."""

from rules import candidates, waiting

from steps import aws, describing, errors, runtime
from steps.environment import Environment

_ADVICE = "The job's log and its secondary status are in the SageMaker console, below AutoML jobs."


def work(state: runtime.Event, _env: Environment) -> runtime.Result:
    """`$.training` as it is now.

    Raises:
        AutoMLJobFailed: with SageMaker's reason.
        AutoMLJobStopped: somebody stopped the job.
        AutoMLTimedOut: it runs beyond its limit and margin.
        NoCandidate: it completed with nothing that could be used.
        UnknownStatus: SageMaker gave a status that is not known here.
    """
    training = state["training"]
    name = training["job_name"]
    job = describing.patiently(
        lambda: aws.client("sagemaker").describe_auto_ml_job_v2(AutoMLJobName=name)
    )
    status, secondary = job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]
    told = {**training, "status": status, "secondary_status": secondary}
    if status == "Completed":
        best = job.get("BestCandidate")
        if not best or not best.get("InferenceContainers"):
            raise errors.NoCandidate(
                f"{name} completed ({secondary}) without a candidate; give it a longer "
                "train.max_runtime_seconds or more train.max_candidates."
            )
        problem = candidates.problem_type(job)
        return {**told, "candidate": candidates.summary(best), "problem_type": problem}
    if status == "Failed":
        raise errors.AutoMLJobFailed(f"{name}: {errors.reason(job)} {_ADVICE}")
    margin = waiting.AUTOML_MARGIN_SECONDS
    return describing.wait_on(
        told,
        margin_seconds=margin,
        beyond=f"its limit of {told['limit_seconds']:,} and a margin of {margin:,}",
        stopped=errors.AutoMLJobStopped,
        timed_out=errors.AutoMLTimedOut,
    )


handler = runtime.step(work)
