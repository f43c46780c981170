"""The LightGBM parameters, objectives and metrics that a training takes, with their types.

Names and ranges: https://lightgbm.readthedocs.io/en/v4.7.0/Parameters.html. Canonical names only:
an alias would let one value be given twice. What is missing here either cannot be told by a CSV
(query groups), is decided by the training itself, or would make a resumed training end in another
model than an undisturbed one.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | int | float | bool

OBJECTIVES: Mapping[str, str] = {
    # the metric LightGBM itself takes for the objective
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
CLASSES = ("multiclass", "multiclassova")
_BINARY = ("auc", "average_precision", "binary_logloss", "binary_error", "cross_entropy")
_MANY = ("multi_logloss", "multi_error", "auc_mu")
_SHARE = ("cross_entropy", "kullback_leibler")
_NUMBER = ("l1", "l2", "rmse", "huber", "fair", "quantile", "mape", "poisson", "tweedie")
_POSITIVE = ("gamma", "gamma_deviance")


def metrics_of(objective: str) -> tuple[str, ...]:
    """The metrics that make sense for an objective."""
    if objective in CLASSES:
        return _MANY
    if objective == "binary":
        return _BINARY
    if objective == "cross_entropy":
        return (*_SHARE, *_NUMBER)
    return (*_NUMBER, *_POSITIVE)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How the text of a value becomes a value, and what is allowed, in words."""

    read: Callable[[str], Value]
    allowed: Callable[[Value], bool]
    rule: str


def whole(low: int, high: int | None = None) -> Kind:
    """A whole number of at least `low` and, if given, at most `high`."""
    return Kind(
        read=int,
        allowed=lambda value: low <= float(value) and (high is None or float(value) <= high),
        rule=f"a whole number from {low}" + (f" to {high}" if high is not None else ""),
    )


def number(low: float, high: float, rule: str, *, without: tuple[float, ...] = ()) -> Kind:
    """A number from `low` to `high`, ends included but for those in `without`."""
    return Kind(
        read=float,
        allowed=lambda value: low <= float(value) <= high and float(value) not in without,
        rule=rule,
    )


def choice(*values: str) -> Kind:
    """One of some words."""
    return Kind(read=str, allowed=lambda value: value in values, rule="one of " + ", ".join(values))


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


FLAG = Kind(read=_flag, allowed=lambda value: True, rule="true or false")
TEXT = Kind(read=str, allowed=bool, rule="not empty")
_MOST = 1e300
SIGNS = Kind(
    read=str,
    allowed=lambda value: {sign.strip() for sign in str(value).split(",")} <= {"-1", "0", "1"},
    rule="-1, 0 or 1 for each feature in the order of the columns, with commas between them",
)
FRACTION = number(0, 1, "a number above 0, at most 1", without=(0.0,))
POSITIVE = number(0, _MOST, "a number above 0", without=(0.0,))
NOT_NEGATIVE = number(0, _MOST, "a number, 0 or more")

PARAMETERS: Mapping[str, Kind] = {
    "learning_rate": POSITIVE,
    "num_leaves": whole(2, 131072),
    "max_depth": whole(-1),
    "min_data_in_leaf": whole(0),
    "min_sum_hessian_in_leaf": NOT_NEGATIVE,
    "min_gain_to_split": NOT_NEGATIVE,
    "max_delta_step": NOT_NEGATIVE,
    "path_smooth": NOT_NEGATIVE,
    "lambda_l1": NOT_NEGATIVE,
    "lambda_l2": NOT_NEGATIVE,
    "bagging_fraction": FRACTION,
    "bagging_freq": whole(0),
    "pos_bagging_fraction": FRACTION,
    "neg_bagging_fraction": FRACTION,
    "feature_fraction": FRACTION,
    "feature_fraction_bynode": FRACTION,
    "extra_trees": FLAG,
    "data_sample_strategy": choice("bagging", "goss"),
    "top_rate": FRACTION,
    "other_rate": FRACTION,
    "max_bin": whole(2),
    "min_data_in_bin": whole(1),
    "bin_construct_sample_cnt": whole(1),
    "feature_pre_filter": FLAG,
    "enable_bundle": FLAG,
    "use_missing": FLAG,
    "zero_as_missing": FLAG,
    "linear_tree": FLAG,
    "linear_lambda": NOT_NEGATIVE,
    "categorical_feature": TEXT,
    "cat_smooth": NOT_NEGATIVE,
    "cat_l2": NOT_NEGATIVE,
    "max_cat_threshold": whole(1),
    "max_cat_to_onehot": whole(1),
    "min_data_per_group": whole(1),
    "monotone_constraints": SIGNS,
    "monotone_constraints_method": choice("basic", "intermediate", "advanced"),
    "monotone_penalty": NOT_NEGATIVE,
    "boost_from_average": FLAG,
    "is_unbalance": FLAG,
    "scale_pos_weight": POSITIVE,
    "sigmoid": POSITIVE,
    "reg_sqrt": FLAG,
    "alpha": POSITIVE,
    "fair_c": POSITIVE,
    "poisson_max_delta_step": POSITIVE,
    "tweedie_variance_power": number(1, 2, "a number from 1, below 2", without=(2.0,)),
    "num_threads": whole(1, 1024),
}

_ALIASES = {
    "num_iterations": "max_rounds",
    "num_boost_round": "max_rounds",
    "n_estimators": "max_rounds",
    "early_stopping_round": "early_stopping_rounds",
    "application": "objective",
    "loss": "objective",
    "eval_metric": "metric",
    "eta": "learning_rate",
    "subsample": "bagging_fraction",
    "subsample_freq": "bagging_freq",
    "colsample_bytree": "feature_fraction",
    "reg_alpha": "lambda_l1",
    "reg_lambda": "lambda_l2",
    "min_child_samples": "min_data_in_leaf",
    "min_child_weight": "min_sum_hessian_in_leaf",
    "min_split_gain": "min_gain_to_split",
    "n_jobs": "num_threads",
    "random_state": "seed",
    "label": "target",
}
_DECIDED = {
    "num_class": "the classes are counted in the target",
    "boosting": "training is gbdt; dart and rf change trees that a checkpoint has already stored",
    "verbosity": "report_every says how much is written",
    "deterministic": "training always is",
    "force_row_wise": "training always does, so that a resumed one ends in the same model",
    "force_col_wise": "training is row-wise, so that a resumed one ends in the same model",
    "device_type": "training runs on the CPU, where it is repeatable",
    "bagging_seed": "give seed, from which it is derived",
    "feature_fraction_seed": "give seed, from which it is derived",
}

_GOSS = {"top_rate": 0.2, "other_rate": 0.1}  # LightGBM's defaults


def conflicts(objective: str, parameters: Mapping[str, Value]) -> list[str]:
    """What is wrong with parameters that are right one by one."""
    problems = []
    if objective == "quantile" and float(parameters.get("alpha", 0.9)) >= 1:
        problems.append(
            f"alpha = {parameters['alpha']}: for objective quantile it is the quantile, so it must "
            "be above 0 and below 1."
        )
    if parameters.get("data_sample_strategy") == "goss":
        top, other = (float(parameters.get(name, rate)) for name, rate in _GOSS.items())
        if top + other > 1:
            problems.append(
                f"top_rate = {top:g} and other_rate = {other:g} (default "
                f"{_GOSS['top_rate']:g} and {_GOSS['other_rate']:g}): with goss they are two "
                "shares of the rows, so together they must be 1 at most. Lower one of them."
            )
    return problems


def unknown(name: str, *, own: tuple[str, ...]) -> str:
    """What is wrong with a name that is no setting and no parameter, and which one was meant."""
    if name in _DECIDED:
        return f"{name}: it cannot be set: {_DECIDED[name]}. Leave it out."
    if name in _ALIASES:
        return f"{name}: give it by its name here, {_ALIASES[name]}."
    near = difflib.get_close_matches(name, [*own, *PARAMETERS], n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"{name}: no hyperparameter of this training.{meant} --help lists them."
