"""What the training script takes: LightGBM's objectives, metrics and parameters, by their names.

https://lightgbm.readthedocs.io/en/stable/Parameters.html. The script in container/ checks every
value; names and ranges are checked here as well, before anything is started. A test holds the two
together.
"""

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.violations import Violation

_MULTICLASS = frozenset(("multiclass", "multiclassova"))
_BINARY_METRICS = ("auc", "average_precision", "binary_logloss", "binary_error", "cross_entropy")
_CLASS_METRICS = ("multi_logloss", "multi_error", "auc_mu")
_SHARE_METRICS = ("cross_entropy", "kullback_leibler")
_NUMBER_METRICS = (
    "l1", "l2", "rmse", "huber", "fair", "quantile", "mape", "poisson", "tweedie",
)  # fmt: skip
_POSITIVE_METRICS = ("gamma", "gamma_deviance")

OBJECTIVES: Mapping[str, str] = {
    # with the metric that LightGBM computes when none is named
    "binary": "binary_logloss",
    "cross_entropy": "cross_entropy",
    "multiclass": "multi_logloss",
    "multiclassova": "multi_logloss",
    "regression": "l2",
    "regression_l1": "l1",
    "huber": "huber",
    "fair": "fair",
    "poisson": "poisson",
    "quantile": "quantile",
    "mape": "mape",
    "gamma": "gamma",
    "tweedie": "tweedie",
}
METRICS = frozenset(
    (
        *_BINARY_METRICS, *_CLASS_METRICS, *_SHARE_METRICS, *_NUMBER_METRICS, *_POSITIVE_METRICS,
    )
)  # fmt: skip
HIGHER_IS_BETTER = frozenset(("auc", "average_precision", "auc_mu"))
# The likelihoods of these leave out constants.
MAY_BE_NEGATIVE = frozenset(("poisson", "gamma", "tweedie"))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a parameter may hold.

    Attributes:
        words: of what is allowed.
        allows: whether a value of a request, so a number, a text or a flag, is.
    """

    words: str
    allows: Callable[[Any], bool]


def _number(words: str, *, holds: Callable[[float], bool]) -> Kind:
    return Kind(words=words, allows=lambda value: _is_number(value) and holds(value))


def _whole(low: int, high: int | None = None) -> Kind:
    words = f"a whole number from {low}" + ("" if high is None else f" to {high}")
    most = math.inf if high is None else high
    return _number(words, holds=lambda value: low <= value <= most and value == value // 1)


def _choice(*names: str) -> Kind:
    return Kind(words=f"one of {', '.join(names)}", allows=lambda value: value in names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_signs(value: Any) -> bool:
    return isinstance(value, str) and {one.strip() for one in value.split(",")} <= {"-1", "0", "1"}


_MOST = 1e300
_POSITIVE = _number("a number above 0", holds=lambda value: 0 < value <= _MOST)
_NOT_NEGATIVE = _number("a number, 0 or more", holds=lambda value: 0 <= value <= _MOST)
_FRACTION = _number("a number above 0, at most 1", holds=lambda value: 0 < value <= 1)
_POWER = _number("a number from 1, below 2", holds=lambda value: 1 <= value < 2)
_FLAG = Kind(words="true or false", allows=lambda value: isinstance(value, bool))
_TEXT = Kind(
    words="a text that is not empty",
    allows=lambda value: isinstance(value, str) and bool(value.strip()),
)
_SIGNS = Kind(
    words="-1, 0 or 1 for each feature in the order of the columns, with commas between them",
    allows=_are_signs,
)
_KINDS: Mapping[Kind, tuple[str, ...]] = {
    _POSITIVE: (
        "learning_rate", "scale_pos_weight", "sigmoid", "alpha", "fair_c", "poisson_max_delta_step",
    ),
    _NOT_NEGATIVE: (
        "min_sum_hessian_in_leaf", "min_gain_to_split", "max_delta_step", "path_smooth",
        "lambda_l1", "lambda_l2", "linear_lambda", "cat_smooth", "cat_l2", "monotone_penalty",
    ),
    _FRACTION: (
        "bagging_fraction", "pos_bagging_fraction", "neg_bagging_fraction", "feature_fraction",
        "feature_fraction_bynode", "top_rate", "other_rate",
    ),
    _POWER: ("tweedie_variance_power",),
    _whole(2, 131072): ("num_leaves",),
    _whole(-1): ("max_depth",),
    _whole(0): ("min_data_in_leaf", "bagging_freq"),
    _whole(1): (
        "min_data_in_bin", "bin_construct_sample_cnt", "max_cat_threshold", "max_cat_to_onehot",
        "min_data_per_group",
    ),
    _whole(2): ("max_bin",),
    _whole(1, 1024): ("num_threads",),
    _FLAG: (
        "extra_trees", "feature_pre_filter", "enable_bundle", "use_missing", "zero_as_missing",
        "linear_tree", "boost_from_average", "is_unbalance", "reg_sqrt",
    ),
    _TEXT: ("objective", "metric", "categorical_feature"),
    _SIGNS: ("monotone_constraints",),
    _choice("bagging", "goss"): ("data_sample_strategy",),
    _choice("basic", "intermediate", "advanced"): ("monotone_constraints_method",),
}  # fmt: skip
PARAMETERS: Mapping[str, Kind] = {name: kind for kind, names in _KINDS.items() for name in names}
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
_LONGEST = 2500
_ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("max_rounds", "num_iterations", "num_boost_round", "n_estimators"),
        "Write train.max_rounds.",
    ),
    **dict.fromkeys(
        ("early_stopping_rounds", "early_stopping_round"), "Write train.early_stopping_rounds."
    ),
    **dict.fromkeys(("seed", "random_state"), "Write train.seed."),
    **dict.fromkeys(("target", "label"), "Write train.target."),
    "validation_fraction": "Write train.validation_fraction.",
    "num_class": "Remove it: the classes are counted in the target.",
}


def metrics_of(objective: str) -> tuple[str, ...]:
    """The metrics that can be computed for an objective."""
    if objective in _MULTICLASS:
        return _CLASS_METRICS
    if objective == "binary":
        return _BINARY_METRICS
    more = _SHARE_METRICS if objective == "cross_entropy" else _POSITIVE_METRICS
    return (*_NUMBER_METRICS, *more)


def metrics(hyperparameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The metrics that a training computes; the first is the one that it watches."""
    named = str(hyperparameters.get("metric") or "")
    found = tuple(name.strip() for name in named.split(",") if name.strip())
    return found or (OBJECTIVES[str(hyperparameters["objective"])],)


def problem_type(hyperparameters: Mapping[str, Any]) -> str:
    """The kind of problem, in SageMaker's words."""
    objective = hyperparameters["objective"]
    if objective in _MULTICLASS:
        return "MulticlassClassification"
    return "BinaryClassification" if objective == "binary" else "Regression"


def violations(hyperparameters: Mapping[str, Any], *, field: str) -> Iterator[Violation]:
    """What is wrong with a request's hyperparameters, which keep the schema.

    Args:
        hyperparameters: by name.
        field: path of the whole of them.
    """
    for name, value in hyperparameters.items():
        kind = PARAMETERS.get(name)
        if kind is None:
            rule = "is not a parameter of the training script"
            yield Violation(field=f"{field}.{name}", value=value, rule=rule, fix=_way_out(name))
        elif not kind.allows(value):
            rule, fix = f"must be {kind.words}", f"Write {kind.words}."
            yield Violation(field=f"{field}.{name}", value=value, rule=rule, fix=fix)
        elif len(str(value)) > _LONGEST:
            rule = f"has {len(str(value)):,} characters; SageMaker takes {_LONGEST:,}"
            fix = "Give shorter names to the columns, or name fewer."
            yield Violation(field=f"{field}.{name}", value=value, rule=rule, fix=fix)
    asked, known = metrics(hyperparameters), metrics_of(str(hyperparameters["objective"]))
    if len(set(asked)) < len(asked) or not set(asked) <= set(known):
        rule = (
            f"must name metrics of the objective {hyperparameters['objective']}, each once and "
            "separated by commas"
        )
        fix = f"Write some of {', '.join(known)}."
        value = hyperparameters.get("metric")
        yield Violation(field=f"{field}.metric", value=value, rule=rule, fix=fix)


def _way_out(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    near = difflib.get_close_matches(name, PARAMETERS, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"Remove it; docs/request.md lists the parameters.{meant}"
