"""The jobs of a run as its manifest tells them: what ran, for how long, on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.cost import Job
from rules.policy import Policy

State = Mapping[str, Any]

_SPOT = ("billable_seconds", "spot", "interruptions", "spot_saving_percent")


@dataclass(frozen=True, kw_only=True)
class RunJobs:
    """The jobs of a run, as they are billed; None for what the run did not need."""

    training: Job | None
    golden: Job | None
    scoring: Job | None


def of(state: State, automl_job: Mapping[str, Any] | None, policy: Policy) -> RunJobs:
    """The jobs of a run that got to its end.

    Args:
        state: of the state machine.
        automl_job: what DescribeAutoMLJobV2 says; None when Autopilot was not asked.
        policy: the environment's.
    """
    trained = state.get("training") or {}
    training = None
    if automl_job:
        ended = automl_job.get("EndTime") or automl_job["LastModifiedTime"]
        training = Job(
            instance_type=policy.instances.automl_assumed,
            instance_count=1,
            seconds=round((ended - automl_job["CreationTime"]).total_seconds(), 3),
        )
    elif trained:
        training = _job({**trained, "seconds": trained["billable_seconds"]})
    return RunJobs(
        training=training, golden=_job(state.get("golden")), scoring=_job(state.get("scoring"))
    )


def seconds(state: State, jobs: RunJobs) -> dict[str, float | None]:
    """How long each ran, which for training on spot instances is longer than is billed."""
    found = {"training": jobs.training, "golden": jobs.golden, "scoring": jobs.scoring}
    ran = {part: job.seconds if job else None for part, job in found.items()}
    if jobs.training and "billable_seconds" in state["training"]:
        ran["training"] = state["training"]["seconds"]
    return ran


def told(state: State, jobs: RunJobs) -> list[dict[str, Any]]:
    """One entry for each job of the run, in the order they ran."""
    found = []
    if jobs.training and "billable_seconds" in state["training"]:
        trained = state["training"]
        spot = {name: trained[name] for name in _SPOT}
        found.append({**_entry("training", trained, trained["seconds"]), **spot})
    elif jobs.training:
        # Which instances Autopilot took is not told.
        found.append(_entry("automl", state["training"], jobs.training.seconds))
    for kind, part, job in (
        ("golden transform", "golden", jobs.golden),
        ("transform", "scoring", jobs.scoring),
    ):
        if job:
            found.append(_entry(kind, state[part], job.seconds))
    return found


def _job(part: Mapping[str, Any] | None) -> Job | None:
    if not part:
        return None
    return Job(
        instance_type=part["instance_type"],
        instance_count=part["instance_count"],
        seconds=part["seconds"],
    )


def _entry(kind: str, job: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": job["job_name"],
        "arn": job["job_arn"],
        "status": job["status"],
        "seconds": seconds,
        "instance_type": job.get("instance_type"),
        "instance_count": job.get("instance_count"),
    }
