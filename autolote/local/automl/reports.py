"""The two reports beside each candidate: which columns it uses, and where it errs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from autolote.local.automl import metrics
from autolote.local.automl.metrics import Floats
from autolote.local.automl.problem import Problem

MAX_LABELS = 15
"""Labels up to which Autopilot draws a confusion matrix:
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-model-insights.html"""


def explainability(gain: Mapping[str, float]) -> dict[str, Any]:
    """Gain importance of each input column, the largest first, as shares of 1."""
    total = sum(gain.values())
    shares = {name: value / total if total else 0.0 for name, value in gain.items()}
    return {
        "version": "1.0",
        "method": "LightGBM gain importance",
        "note": (
            "Share of the total loss reduction of all splits on the column, its encoded parts "
            "added up. It says what the trees split on; it is not a SHAP value and has no sign."
        ),
        "explanations": {"gain": dict(sorted(shares.items(), key=lambda item: -item[1]))},
    }


def insights(
    problem: Problem, truth: Floats, predicted: Floats, weights: Floats, *, held_out: str
) -> dict[str, Any]:
    """The metrics, and the confusion matrix or the residuals, on the held-out rows.

    `held_out` says in words which rows these are.
    """
    report: dict[str, Any] = {
        "version": "1.0",
        "problem_type": problem.type,
        "held_out": held_out,
        "rows": len(truth),
        "metrics": metrics.leaderboard(problem.type, truth, predicted, weights),
    }
    if problem.type == "Regression":
        points = (0, 5, 25, 50, 75, 95, 100)
        quantiles = np.percentile(truth - predicted, points).tolist()
        residuals = dict(zip(map(str, points), quantiles, strict=True))
        return report | {"residual_percentiles": residuals}
    labels = truth.astype(np.int64)
    counts = metrics.confusion(labels, metrics.by_class(predicted), np.ones(len(labels)))
    matrix: dict[str, Any] = {"labels": list(problem.classes), "rows_are": "true labels"}
    if len(problem.classes) <= MAX_LABELS:
        matrix["counts"] = counts.astype(int).tolist()
    else:
        matrix["counts"] = None
        matrix["note"] = f"left out: more than {MAX_LABELS} labels"
    return report | {"confusion_matrix": matrix}
