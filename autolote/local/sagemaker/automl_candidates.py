"""Candidates of an AutoML job as the API shows them, from what the worker reports.

Containers and variables are those of Autopilot's ENSEMBLING mode, one container for a candidate:
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .context import Context
from .images import automl_image
from .validation import service_model

_MINIMIZED = ("MSE", "RMSE", "MAE")
_OUTPUTS = "predicted_label,probability,probabilities,labels"


def finished_candidate(
    context: Context, *, job: str, reported: Mapping[str, Any], objective: str | None
) -> dict[str, Any]:
    """A candidate that the worker has just finished; its model is not in S3 yet.

    `objective` is None as long as the worker has not told which metric it chose.
    """
    now = round(time.time(), 3)
    # The job's name before the candidate's: a candidate's name is often used as a model's name.
    name = f"{job}-{reported['name']}"
    candidate: dict[str, Any] = {
        "CandidateName": name,
        "CandidateStatus": "Completed",
        "ObjectiveStatus": "Succeeded" if objective else "Pending",
        "CandidateSteps": [
            {
                "CandidateStepType": "AWS::SageMaker::TrainingJob",
                "CandidateStepArn": context.arn("training-job", name),
                "CandidateStepName": name,
            }
        ],
        "CreationTime": round(now - float(reported.get("seconds") or 0), 3),
        "EndTime": now,
        "LastModifiedTime": now,
        "CandidateProperties": {"CandidateMetrics": _metrics(reported.get("metrics", {}))},
    }
    if objective:
        candidate["FinalAutoMLJobObjectiveMetric"] = {
            "Type": "Minimize" if objective in _MINIMIZED else "Maximize",
            "MetricName": objective,
            "StandardMetricName": objective,
            "Value": reported["value"],
        }
    return candidate


def published_candidate(
    context: Context,
    *,
    job: str,
    reported: Mapping[str, Any],
    result: Mapping[str, Any],
    folder: str,
) -> dict[str, Any]:
    """A candidate whose artifacts are in S3 below `folder` (an S3 URI)."""
    candidate = finished_candidate(
        context, job=job, reported=reported, objective=result["objective"]
    )
    container = {
        "Image": automl_image(account=context.account, region=context.region),
        "ModelDataUrl": f"{folder}/{reported['model']}",
        "Environment": _environment(reported["label"], result["problem_type"]),
    }
    candidate["InferenceContainers"] = [container]
    candidate["InferenceContainerDefinitions"] = {"CPU": [container]}
    locations = {"Explainability": "explainability", "ModelInsights": "insights"}
    candidate["CandidateProperties"]["CandidateArtifactLocations"] = {
        member: f"{folder}/{reported[path]}" for member, path in locations.items()
    }
    return candidate


def merged(known: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Candidates in the order of `new`, then the others; times of known ones stay."""
    before = {candidate["CandidateName"]: candidate for candidate in known}
    result = []
    for candidate in new:
        old = before.pop(candidate["CandidateName"], None)
        times = {member: old[member] for member in ("CreationTime", "EndTime")} if old else {}
        result.append(candidate | times)
    return [*result, *before.values()]


def _metrics(values: Mapping[str, float]) -> list[dict[str, Any]]:
    # LogLoss and InferenceLatency are in the extended enumeration only: they are reported, but
    # cannot be an objective.
    datum = service_model().shape_for("MetricDatum")
    standard = datum.members["StandardMetricName"].enum
    selectable = datum.members["MetricName"].enum
    return [
        ({"MetricName": name} if name in selectable else {})
        | {"StandardMetricName": name, "Value": value, "Set": "Validation"}
        for name, value in values.items()
        if name in standard and math.isfinite(value)
    ]


def _environment(label: str, problem_type: str) -> dict[str, str]:
    environment = {
        "MODEL_NAME": label,
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        "SAGEMAKER_PROGRAM": "sagemaker_serve",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    if problem_type != "Regression":  # response keys are a choice for classification only
        environment["SAGEMAKER_INFERENCE_OUTPUT"] = "predicted_label"
        environment["SAGEMAKER_INFERENCE_SUPPORTED"] = _OUTPUTS
    return environment
