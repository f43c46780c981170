"""The gate: whether the trained model is good enough to be used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rules import lightgbm

_REGRESSION = frozenset(("MAE", "MSE", "R2", "RMSE"))
_BINARY = frozenset(("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"))
_MULTICLASS = frozenset(
    ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro")
)

# Which metrics Autopilot can optimize for which problem, and which it also computes:
# https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-metrics-validation.html
OBJECTIVES: Mapping[str, frozenset[str]] = {
    "Regression": _REGRESSION,
    "BinaryClassification": _BINARY,
    "MulticlassClassification": _MULTICLASS,
}
COMPUTED: Mapping[str, frozenset[str]] = {
    "Regression": _REGRESSION | {"InferenceLatency"},
    "BinaryClassification": _BINARY | {"LogLoss", "InferenceLatency"},
    "MulticlassClassification": _MULTICLASS | {"LogLoss", "InferenceLatency"},
}
LOWER_IS_BETTER = (
    frozenset(("MAE", "MSE", "RMSE", "LogLoss", "InferenceLatency"))
    | lightgbm.METRICS - lightgbm.HIGHER_IS_BETTER
)
_NEVER_BELOW_ZERO = LOWER_IS_BETTER - lightgbm.MAY_BE_NEGATIVE
_AT_MOST_ONE = (_BINARY | _MULTICLASS | {"R2"} | lightgbm.HIGHER_IS_BETTER) - LOWER_IS_BETTER


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate found.

    Attributes:
        required: whether the request asked for a gate.
        passed: whether the model may be used.
        metric: the metric looked at.
        bound: the bound in words, as `at least 0.9`.
        value: the model's value; None when it has none.
    """

    required: bool
    passed: bool
    metric: str | None = None
    bound: str | None = None
    value: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON takes it."""
        return asdict(self)


def judge(*, gate: Mapping[str, Any] | None, metrics: Mapping[str, float]) -> Verdict:
    """Compare a model's metrics with the gate of its request.

    A metric that the model does not have does not pass, and neither does one that is not a
    number: a gate exists to keep out what is not known to be good.
    """
    if gate is None:
        return Verdict(required=False, passed=True)
    metric, bound = str(gate["metric"]), bound_of(gate)
    value = metrics.get(metric)
    if value is None:
        return Verdict(required=True, passed=False, metric=metric, bound=bound)
    passed = value >= gate["at_least"] if "at_least" in gate else value <= gate["at_most"]
    return Verdict(required=True, passed=passed, metric=metric, bound=bound, value=value)


def bound_of(gate: Mapping[str, Any]) -> str:
    """The bound in words."""
    return f"at least {gate['at_least']}" if "at_least" in gate else f"at most {gate['at_most']}"


def impossible(gate: Mapping[str, Any]) -> str | None:
    """Why the gate's bound cannot be meant, in words; None when it can."""
    metric = gate["metric"]
    if metric in LOWER_IS_BETTER:
        if "at_least" in gate:
            return f"{metric} is better when lower: `at_least` would keep out the good models"
        if gate["at_most"] < 0 and metric in _NEVER_BELOW_ZERO:
            return f"{metric} is never below 0: no model could pass"
        return None
    if "at_most" in gate:
        return f"{metric} is better when higher: `at_most` would keep out the good models"
    if metric in _AT_MOST_ONE and gate["at_least"] > 1:
        return f"{metric} is never above 1: no model could pass"
    return None
