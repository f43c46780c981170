"""What the training script takes: LightGBM's objectives, metrics and parameters, by their names.

https://lightgbm.readthedocs.io/en/stable/Parameters.html. The script in container/ checks every
value; names and kinds are checked here as well, before anything is started. A test holds the two
together.
"""

import difflib
from collections.abc import Iterator, Mapping
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

_NUMBERS = (
    "learning_rate", "min_sum_hessian_in_leaf", "min_gain_to_split", "max_delta_step",
    "path_smooth", "lambda_l1", "lambda_l2", "bagging_fraction", "pos_bagging_fraction",
    "neg_bagging_fraction", "feature_fraction", "feature_fraction_bynode", "top_rate",
    "other_rate", "linear_lambda", "cat_smooth", "cat_l2", "monotone_penalty",
    "scale_pos_weight", "sigmoid", "alpha", "fair_c", "poisson_max_delta_step",
    "tweedie_variance_power",
)  # fmt: skip
_WHOLE_NUMBERS = (
    "num_leaves", "max_depth", "min_data_in_leaf", "bagging_freq", "max_bin", "min_data_in_bin",
    "bin_construct_sample_cnt", "max_cat_threshold", "max_cat_to_onehot", "min_data_per_group",
    "num_threads",
)  # fmt: skip
_FLAGS = (
    "extra_trees", "feature_pre_filter", "enable_bundle", "use_missing", "zero_as_missing",
    "linear_tree", "boost_from_average", "is_unbalance", "reg_sqrt",
)  # fmt: skip
_TEXTS = (
    "objective", "metric", "data_sample_strategy", "categorical_feature", "monotone_constraints",
    "monotone_constraints_method",
)  # fmt: skip
PARAMETERS: Mapping[str, str] = {
    **dict.fromkeys(_NUMBERS, "a number"),
    **dict.fromkeys(_WHOLE_NUMBERS, "a whole number"),
    **dict.fromkeys(_FLAGS, "true or false"),
    **dict.fromkeys(_TEXTS, "a text"),
}
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
        elif not _is(kind, value):
            rule, fix = f"must be {kind}", f"Write {kind}."
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


def _is(kind: str, value: Any) -> bool:
    if kind in ("true or false", "a text"):
        return isinstance(value, bool if kind == "true or false" else str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return kind == "a number" or float(value).is_integer()


def _way_out(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    near = difflib.get_close_matches(name, PARAMETERS, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"Remove it; docs/request.md lists the parameters.{meant}"
