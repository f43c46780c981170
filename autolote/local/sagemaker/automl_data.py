"""What an AutoML worker finds in its folder: the data of the job's channels and the request."""

import gzip
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .context import Context
from .errors import JobFailedError
from .inputs import bucket_and_key, input_objects
from .jobs import Interrupt

# A job that sets no limit gets a minute, where Autopilot would take hours.
_DEFAULT_SECONDS = 60.0


def prepare(
    context: Context, s3: Any, job: Mapping[str, Any], folder: Path, interrupt: Interrupt
) -> None:
    """Fill the worker's folder, once: `input/<channel>/*.csv` and `request.json`, written last.

    Raises JobFailedError for data that cannot be used, ClientError (botocore) for S3's refusals.
    """
    if (folder / "request.json").exists():
        return
    shutil.rmtree(folder / "input", ignore_errors=True)
    for channel in job["AutoMLJobInputDataConfig"]:
        target = folder / "input" / channel.get("ChannelType", "training")
        target.mkdir(parents=True)
        for number, item in enumerate(input_objects(s3, channel["DataSource"]["S3DataSource"])):
            interrupt.check()
            file = target / f"{number:06d}.csv"
            s3.download_file(item.bucket, item.key, str(file))
            if channel.get("CompressionType") == "Gzip":
                _decompress(file, f"s3://{item.bucket}/{item.key}")
    draft = folder / "request.draft"
    draft.write_text(json.dumps(_request(context, s3, job), indent=1), encoding="utf-8")
    draft.replace(folder / "request.json")


def _decompress(file: Path, uri: str) -> None:
    packed = file.rename(file.with_suffix(".gz"))
    try:
        with gzip.open(packed) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, EOFError) as error:
        raise JobFailedError(
            f"ClientError: {uri} is not gzip, or broken ({error}), but CompressionType is Gzip."
        ) from error
    packed.unlink()


def _request(context: Context, s3: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    tabular = job["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    criteria = tabular.get("CompletionCriteria", {})
    return {
        "job_name": job["AutoMLJobName"],
        "target": tabular["TargetAttributeName"],
        "problem_type": tabular.get("ProblemType"),
        "objective": job.get("AutoMLJobObjective", {}).get("MetricName"),
        "max_candidates": criteria.get("MaxCandidates"),
        "budget_seconds": _real_seconds(context, criteria.get("MaxAutoMLJobRuntimeInSeconds"))
        or _DEFAULT_SECONDS,
        "max_seconds_per_candidate": _real_seconds(
            context, criteria.get("MaxRuntimePerTrainingJobInSeconds")
        ),
        # API_AutoMLDataSplitConfig: the default value is 0.2.
        "validation_fraction": job.get("DataSplitConfig", {}).get("ValidationFraction", 0.2),
        "feature_names": _feature_names(s3, tabular),
        "sample_weight_column": tabular.get("SampleWeightAttributeName"),
        "threads": os.cpu_count() or 1,
    }


def _real_seconds(context: Context, seconds: int | None) -> float | None:
    return None if seconds is None else context.real_seconds(seconds)


def _feature_names(s3: Any, tabular: Mapping[str, Any]) -> list[str] | None:
    """`{"FeatureAttributeNames": [...]}` at FeatureSpecificationS3Uri (API_TabularJobConfig)."""
    uri = tabular.get("FeatureSpecificationS3Uri")
    if uri is None:
        return None
    bucket, key = bucket_and_key(uri)
    try:
        given = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ValueError as error:
        raise JobFailedError(f"ClientError: {uri} is not JSON: {error}.") from error
    names = given.get("FeatureAttributeNames") if isinstance(given, dict) else None
    legal = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not isinstance(names, list) or not legal or set(given) != {"FeatureAttributeNames"}:
        raise JobFailedError(
            f'ClientError: {uri}: the local account supports {{"FeatureAttributeNames": '
            '["column", ...]} only.'
        )
    if len(set(names)) < len(names) or tabular["TargetAttributeName"] in names:
        raise JobFailedError(
            f"ClientError: {uri}: FeatureAttributeNames must be unique and must not include the "
            f"target column {tabular['TargetAttributeName']}."
        )
    return names
