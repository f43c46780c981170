"""State PublishManifest: write the run's manifest, after everything else is done and proved.

Retried or redriven it describes again and writes the same; a run has one manifest.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rules import candidates, manifest

from steps import aws, runtime, storage
from steps.environment import Environment

_LONGEST_SUMMARY = 4000


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """Where the manifest is, and a summary for the notification, as `$.manifest` tells it."""
    plan = state["plan"]
    run_prefix = env.run_prefix(plan)
    saved = storage.read_json(bucket=env.data_bucket, key=f"{run_prefix}plan.json")
    by_automl = plan["how"] == "automl"
    job = _automl_job(state["training"]["job_name"]) if by_automl else None
    content = manifest.build(
        state=state,
        saved=saved,
        automl_job=job,
        board=_board(state["training"]) if by_automl else [],
        predictions=_predictions(state, env),
        changed=_training_data_changed(plan, saved),
        finished_at=datetime.now(UTC),
        policy=env.policy,
    )
    uri = storage.write_json(env, key=f"{run_prefix}manifest.json", content=content)
    return {"uri": uri, "summary": manifest.summary(content, uri)[:_LONGEST_SUMMARY]}


def _automl_job(name: str) -> Mapping[str, Any]:
    job: Mapping[str, Any] = aws.client("sagemaker").describe_auto_ml_job_v2(AutoMLJobName=name)
    return job


def _board(training: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    pages = (
        aws.client("sagemaker")
        .get_paginator("list_candidates_for_auto_ml_job")
        .paginate(AutoMLJobName=training["job_name"], StatusEquals="Completed")
    )
    found = [candidate for page in pages for candidate in page["Candidates"]]
    return candidates.best_first(found, training["candidate"]["name"])


def _predictions(state: runtime.Event, env: Environment) -> list[dict[str, Any]]:
    scoring = state.get("scoring")
    if not scoring:
        return []
    prefix = scoring["output_uri"].removeprefix(f"s3://{env.data_bucket}/")
    return [
        {"uri": env.uri(item.key), "key": item.key, "size": item.size}
        for item in storage.listing(bucket=env.data_bucket, prefix=prefix)
        if "/" not in item.key.removeprefix(prefix)
    ]


def _training_data_changed(plan: Mapping[str, Any], saved: Mapping[str, Any]) -> bool:
    train = plan["train"]
    if not train:
        return False
    validation = train["validation"] if plan["how"] == "script" else None
    return _changed(train["uri"], saved["training_objects"]) or (
        validation is not None and _changed(validation["uri"], saved["validation_objects"])
    )


def _changed(uri: str, objects: list[Mapping[str, Any]]) -> bool:
    """Whether data is no longer what was validated; jobs that train take no version ids."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    there = {item.key: item.etag for item in storage.listing(bucket=bucket, prefix=prefix)}
    return there != {item["key"]: item["etag"] for item in objects}


handler = runtime.step(work)
