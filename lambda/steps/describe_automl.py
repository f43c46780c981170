"""State DescribeAutoML: look at the run's AutoML job, and say when to look again."""

import time
from collections.abc import Mapping
from typing import Any

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
    if status == "Stopped":
        raise errors.AutoMLJobStopped(f"{name} was stopped by somebody; redrive the execution.")
    if status not in ("InProgress", "Stopping"):
        raise errors.UnknownStatus(f"{name} has the status {status}, which is not known here.")
    return {**told, "wait_seconds": _wait(training)}


def _wait(training: Mapping[str, Any]) -> int:
    elapsed, limit = time.time() - training["started_at"], training["limit_seconds"]
    margin = waiting.AUTOML_MARGIN_SECONDS
    if waiting.is_overdue(elapsed_seconds=elapsed, limit_seconds=limit, margin_seconds=margin):
        raise errors.AutoMLTimedOut(
            f"{training['job_name']} has run for {elapsed:,.0f} seconds, beyond its limit of "
            f"{limit:,} and a margin of {margin:,}; it will be stopped."
        )
    return waiting.next_wait(elapsed_seconds=elapsed, limit_seconds=limit, margin_seconds=margin)


handler = runtime.step(work)
