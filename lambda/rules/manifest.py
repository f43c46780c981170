"""The manifest of a run: where everything came from, what was proved, and what it cost.

It is written last, so that its presence means success.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rules import candidates, cost
from rules.cost import Job
from rules.policy import Policy

SCHEMA_VERSION = 1

State = Mapping[str, Any]


def build(
    *,
    state: State,
    saved: Mapping[str, Any],
    automl_job: Mapping[str, Any] | None,
    board: Sequence[Mapping[str, Any]],
    predictions: Sequence[Mapping[str, Any]],
    changed: bool,
    finished_at: datetime,
    policy: Policy,
) -> dict[str, Any]:
    """The manifest.

    Args:
        state: of the state machine, after the last step that was needed.
        saved: the run's plan.json.
        automl_job: what DescribeAutoMLJobV2 says; None when nothing was trained.
        board: the job's candidates, best first.
        predictions: the .out objects: `uri`, `key`, `size`.
        changed: whether the training data is no longer what was validated.
        finished_at: now.
        policy: the environment's.
    """
    plan, scoring = state["plan"], state.get("scoring")
    started_at = datetime.fromisoformat(plan["execution"]["started_at"])
    training_job = _training_job(automl_job, policy)
    scoring_job = _scoring_job(scoring)
    verification = state.get("verification")
    best = state["training"]["candidate"] if automl_job else None
    return {
        "schema_version": SCHEMA_VERSION,
        "status": "SUCCEEDED",
        "execution_arn": plan["execution"]["id"],
        "run_id": plan["run_id"],
        "project_id": plan["project_id"],
        "experiment_id": plan["experiment_id"],
        "environment": policy.environment,
        "trigger": plan["trigger"],
        "request": state["request"],
        "started_at": _iso(started_at),
        "finished_at": _iso(finished_at),
        "rows_in": verification and verification["rows_in"],
        "rows_out": verification and verification["rows_out"],
        "jobs": _jobs(state, training_job, scoring_job),
        "model": _model(state, saved),
        "metrics": best["metrics"] if best else {},
        "leaderboard": [_line(candidate) for candidate in board],
        "gate": state.get("gate"),
        "training_data": _data(plan["train"], saved["training_objects"]),
        "input": _data(plan["score"], saved["scoring_objects"]),
        "output": scoring
        and {
            "uri": scoring["output_uri"],
            "columns": verification["columns"] if verification else [],
            "objects": list(predictions),
        },
        "verification": verification,
        "seconds": {
            "total": round((finished_at - started_at).total_seconds(), 3),
            "training": training_job and training_job.seconds,
            "scoring": scoring_job and scoring_job.seconds,
        },
        "estimated_cost": {
            **cost.estimate(
                training=training_job,
                scoring=scoring_job,
                region=policy.region,
                automl_assumed=policy.instances.automl_assumed,
            ),
            "worst_case": plan["worst_case"]["total"],
        },
        "warnings": [*plan["warnings"], *_warnings(automl_job, changed=changed)],
    }


def summary(manifest: Mapping[str, Any], uri: str) -> str:
    """A few lines for a notification."""
    lines = [f"Run {manifest['run_id']} succeeded."]
    if manifest["leaderboard"]:
        best = manifest["leaderboard"][0]
        lines.append(f"Best candidate: {best['candidate']}, {best['objective']} {best['value']}.")
    if manifest["rows_out"] is not None:
        lines.append(f"Rows scored and verified: {manifest['rows_out']:,}.")
        lines.append(f"Predictions: {manifest['output']['uri']}")
    total, worst = manifest["estimated_cost"]["total"], manifest["estimated_cost"]["worst_case"]
    lines.append(f"Estimated cost: {total:.2f} USD (worst case {worst:.2f}).")
    lines += [f"Note: {warning}." for warning in manifest["warnings"]]
    return "\n".join([*lines, f"Manifest: {uri}"])


def _training_job(job: Mapping[str, Any] | None, policy: Policy) -> Job | None:
    if job is None:
        return None
    ended = job.get("EndTime") or job["LastModifiedTime"]
    seconds = round((ended - job["CreationTime"]).total_seconds(), 3)
    return Job(instance_type=policy.instances.automl_assumed, instance_count=1, seconds=seconds)


def _scoring_job(scoring: Mapping[str, Any] | None) -> Job | None:
    if not scoring:
        return None
    return Job(
        instance_type=scoring["instance_type"],
        instance_count=scoring["instance_count"],
        seconds=scoring["seconds"],
    )


def _jobs(state: State, training: Job | None, scoring: Job | None) -> list[dict[str, Any]]:
    found = []
    if training:
        # Which instances Autopilot took is not told.
        found.append(_job("automl", state["training"], training.seconds, None, None))
    if scoring:
        job = state["scoring"]
        found.append(
            _job("transform", job, scoring.seconds, job["instance_type"], job["instance_count"])
        )
    return found


def _job(
    kind: str, job: Mapping[str, Any], seconds: float, instance_type: str | None, count: int | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": job["job_name"],
        "arn": job["job_arn"],
        "status": job["status"],
        "seconds": seconds,
        "instance_type": instance_type,
        "instance_count": count,
    }


def _model(state: State, saved: Mapping[str, Any]) -> dict[str, Any]:
    plan, model = state["plan"], state["model"]
    told = dict(plan["model"] or {})
    if plan["how"] == "automl":
        told = {
            "automl_job_name": state["training"]["job_name"],
            "candidate": state["training"]["candidate"]["name"],
            "target": plan["train"]["target"],
        }
    return {**told, **model, "features": saved["features"]}


def _line(candidate: Mapping[str, Any]) -> dict[str, Any]:
    told = candidates.summary(candidate)
    return {
        "candidate": told["name"],
        "objective": told["objective"],
        "value": told["value"],
        "metrics": told["metrics"],
    }


def _data(
    half: Mapping[str, Any] | None, objects: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    if half is None:
        return None
    pinned = [{name: item[name] for name in ("key", "version_id", "size")} for item in objects]
    return {"uri": half["uri"], "objects": pinned}


def _warnings(job: Mapping[str, Any] | None, *, changed: bool) -> list[str]:
    found = []
    if job and job["AutoMLJobSecondaryStatus"] == "MaxAutoMLJobRuntimeReached":
        found.append("Autopilot stopped at train.max_runtime_seconds; it may find more with more")
    reasons = job.get("PartialFailureReasons", []) if job else []
    found += [f"Autopilot: {r['PartialFailureMessage']}" for r in reasons[:5]]
    if changed:
        found.append(
            "the training data changed after it was validated; Autopilot reads S3 as it is"
        )
    return found


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
