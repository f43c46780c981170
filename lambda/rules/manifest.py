"""The manifest of a run: where everything came from, what was proved, and what it cost.

It is written last, so that its presence means success.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rules import candidates, cost, run_jobs
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
        automl_job: what DescribeAutoMLJobV2 says; None when Autopilot was not asked.
        board: its candidates, best first.
        predictions: the .out objects: `uri`, `key`, `size`.
        changed: whether the training data is no longer what was validated.
        finished_at: now.
        policy: the environment's.
    """
    plan, scoring = state["plan"], state.get("scoring")
    started_at = datetime.fromisoformat(plan["execution"]["started_at"])
    jobs = run_jobs.of(state, automl_job, policy)
    verification = state.get("verification")
    best = state["training"]["candidate"] if jobs.training else None
    lines = [candidates.summary(candidate) for candidate in board] or ([best] if best else [])
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
        "jobs": run_jobs.told(state, jobs),
        "model": _model(state, saved),
        "metrics": best["metrics"] if best else {},
        "leaderboard": [_line(candidate) for candidate in lines],
        "gate": state.get("gate"),
        "golden": _golden(state),
        "training_data": _data(plan["train"], saved["training_objects"]),
        "validation_data": _data(
            (plan["train"] or {}).get("validation"), saved["validation_objects"]
        ),
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
            **run_jobs.seconds(state, jobs),
        },
        "estimated_cost": {
            **cost.estimate(
                training=jobs.training,
                golden=jobs.golden,
                scoring=jobs.scoring,
                region=policy.region,
                automl_assumed=policy.instances.automl_assumed if automl_job else None,
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
        lines.append(f"Best model: {best['candidate']}, {best['objective']} {best['value']}.")
    lines += [
        f"Trained on spot instances: {job['spot_saving_percent']:.0f} % saved, "
        f"{job['interruptions']} interruption(s)."
        for job in manifest["jobs"]
        if job.get("spot")
    ]
    if manifest["golden"]:
        lines.append(f"Golden rows that match: {manifest['golden']['rows']:,}.")
    if manifest["rows_out"] is not None:
        lines.append(f"Rows scored and verified: {manifest['rows_out']:,}.")
        lines.append(f"Predictions: {manifest['output']['uri']}")
    total, worst = manifest["estimated_cost"]["total"], manifest["estimated_cost"]["worst_case"]
    lines.append(f"Estimated cost: {total:.2f} USD (worst case {worst:.2f}).")
    lines += [f"Note: {warning}." for warning in manifest["warnings"]]
    return "\n".join([*lines, f"Manifest: {uri}"])


def _model(state: State, saved: Mapping[str, Any]) -> dict[str, Any]:
    plan, model = state["plan"], state["model"]
    told = dict(plan["model"] or {})
    if plan["train"]:
        trained = state["training"]
        told = {**_TRAINED[plan["how"]](trained), "target": plan["train"]["target"]}
    return {**told, **model, "features": saved["features"]}


# What a later run needs to score with the model again, by how it was trained.
_TRAINED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "automl": lambda trained: {
        "automl_job_name": trained["job_name"],
        "candidate": trained["candidate"]["name"],
    },
    "script": lambda trained: {
        "training_job_name": trained["job_name"],
        "model_uri": trained["model_uri"],
    },
}


def _line(candidate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "candidate": candidate["name"],
        "objective": candidate["objective"],
        "value": candidate["value"],
        "metrics": candidate["metrics"],
    }


def _golden(state: State) -> dict[str, Any] | None:
    found = state.get("golden")
    if not found:
        return None
    asked = state["plan"]["score"]["golden"]
    compared = ("rows", "columns", "share", "mean_deviation", "max_deviation")
    tolerance = ("absolute", "relative", "share", "max_deviation")
    return {
        "uri": asked["uri"],
        "predictions": asked["predictions"],
        "tolerance": {name: asked[name] for name in tolerance},
        **{name: found[name] for name in compared},
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
        found.append("the training data changed after it was validated; training reads S3 as it is")
    return found


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
