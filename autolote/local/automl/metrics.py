"""The metrics of Autopilot's leaderboard, by Autopilot's names.

Which metric belongs to which problem type, and that sample weights count everywhere but in
BalancedAccuracy:
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-metrics-validation.html
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MINIMIZED = frozenset(["LogLoss", "MAE", "MSE", "RMSE"])

OBJECTIVES = {  # the default comes first
    "BinaryClassification": ("F1", "Accuracy", "AUC", "BalancedAccuracy", "Precision", "Recall"),
    "MulticlassClassification": (
        *("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
    ),
    "Regression": ("MSE", "MAE", "RMSE", "R2"),
}
"""The metrics that a job may name as its objective; LogLoss is reported but cannot be chosen
(AutoMLMetricEnum of the SageMaker service model)."""


def better(metric: str, value: float) -> float:
    """A number that is higher for a better value of the metric."""
    return -value if metric in MINIMIZED else value


def regression(truth: Floats, predicted: Floats, weights: Floats) -> dict[str, float]:
    """MAE, MSE, RMSE and R2."""
    total = weights.sum()
    mse = float(weights @ (truth - predicted) ** 2 / total)
    mean = weights @ truth / total
    variance = float(weights @ (truth - mean) ** 2 / total)
    return {
        "MSE": mse,
        "RMSE": mse**0.5,
        "MAE": float(weights @ np.abs(truth - predicted) / total),
        "R2": 1 - mse / variance if variance else 0.0,
    }


def classification(truth: Labels, probabilities: Floats, weights: Floats) -> dict[str, float]:
    """The metrics of a binary (two columns of probabilities) or multiclass problem.

    The second class of a binary problem is the positive one. Macro averages are over the classes
    that occur among the labels or the predictions.
    """
    classes = probabilities.shape[1]
    counts = confusion(truth, probabilities, weights)
    precision, recall, f1 = _per_class(counts)
    occurs = counts.sum(axis=0) + counts.sum(axis=1) > 0
    unweighted = confusion(truth, probabilities, np.ones(len(truth)))
    supported = unweighted.sum(axis=1) > 0
    metrics = {
        "Accuracy": float(np.trace(counts) / counts.sum()),
        "BalancedAccuracy": float(_per_class(unweighted)[1][supported].mean()),
        "LogLoss": log_loss(truth, probabilities, weights),
    }
    if classes == 2:
        metrics |= {
            "AUC": auc(truth, probabilities[:, 1], weights),
            "F1": float(f1[1]),
            "Precision": float(precision[1]),
            "Recall": float(recall[1]),
        }
    else:
        metrics |= {
            "F1macro": float(f1[occurs].mean()),
            "PrecisionMacro": float(precision[occurs].mean()),
            "RecallMacro": float(recall[occurs].mean()),
        }
    return metrics


def confusion(truth: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """The weight of every (true, predicted) pair of classes; the most probable class is predicted,
    the first one of equals."""
    classes = probabilities.shape[1]
    pair = truth * classes + probabilities.argmax(axis=1)
    counts: Floats = np.bincount(pair, weights=weights, minlength=classes**2).astype(np.float64)
    return counts.reshape(classes, classes)


def _per_class(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each class, 0 where undefined."""
    hits, predicted, actual = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)

    def ratio(part: Floats, whole: Floats) -> Floats:
        return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

    return ratio(hits, predicted), ratio(hits, actual), ratio(2 * hits, predicted + actual)


def log_loss(truth: Labels, probabilities: Floats, weights: Floats) -> float:
    """The mean negative logarithm of the probability given to the true class."""
    given = np.clip(probabilities[np.arange(len(truth)), truth], 1e-15, 1.0)
    return float(-(weights @ np.log(given)) / weights.sum())


def auc(truth: Labels, score: Floats, weights: Floats) -> float:
    """The probability that a positive row scores above a negative one, ties counting half.

    0.5 when only one class occurs.
    """
    _, at = np.unique(score, return_inverse=True)
    positive = np.bincount(at, weights=weights * (truth == 1))
    negative = np.bincount(at, weights=weights * (truth == 0))
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative
    return float(positive @ (below + negative / 2) / pairs) if pairs else 0.5


def rmse(truth: Floats, predicted: Floats, weights: Floats) -> float:
    """The root of the mean squared error."""
    return float((weights @ (truth - predicted) ** 2 / weights.sum()) ** 0.5)


Loss = Callable[[Floats], float]
"""From predictions (rows, or rows x classes) to a number that is lower for better ones."""


def search_loss(problem_type: str, truth: Floats, weights: Floats) -> Loss:
    """The loss that the search minimises, whatever the objective: a proper score.

    Selecting and stopping on AUC or F1 picks models whose probabilities are badly scaled.
    """
    if problem_type == "Regression":
        return lambda predicted: rmse(truth, predicted, weights)
    labels = truth.astype(np.int64)
    return lambda predicted: log_loss(labels, by_class(predicted), weights)


def by_class(predicted: Floats) -> Floats:
    """One column per class, from LightGBM's output (one column for two classes)."""
    if predicted.ndim == 2:
        return predicted
    return np.column_stack([1 - predicted, predicted])


def leaderboard(
    problem_type: str, truth: Floats, predicted: Floats, weights: Floats
) -> dict[str, float]:
    """All metrics of the problem type for LightGBM's output."""
    if problem_type == "Regression":
        return regression(truth, predicted, weights)
    return classification(truth.astype(np.int64), by_class(predicted), weights)
