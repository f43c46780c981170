"""Every kind of LightGBM model that must come out exactly as Booster.predict gives it.

Each is trained in milliseconds on the same made-up rows, saved, and loaded again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Params = Mapping[str, Any]

FEATURES, TOWN = 6, 5  # the last column holds the numbers of categories
_SMALL = {"min_data_in_leaf": 2, "min_data_per_group": 1, "cat_smooth": 1.0, "verbosity": -1}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a model of a kind is made.

    Attributes:
        params: LightGBM's parameters.
        kernel: whether our own kernel must cover it; False when lightgbm itself must score it.
        rounds: of boosting.
        rows: of training data.
        features: columns; the first five are numbers with a meaning, the others are noise.
        levels: of the last column.
        missing: share of missing values in training.
        dataset: further arguments of lightgbm's Dataset.
        early: stop early on other data.
    """

    params: Params
    kernel: bool = True
    rounds: int = 8
    rows: int = 300
    features: int = FEATURES
    levels: int = 12
    missing: float = 0.1
    dataset: Params = field(default_factory=dict)
    early: bool = False


def numbers(objective: str, **params: Any) -> Kind:
    return Kind(params={"objective": objective, **params})


def categories(levels: int, **given: Any) -> Kind:
    params = {"objective": "regression", "max_cat_to_onehot": 2, "max_cat_threshold": 512}
    return Kind(
        params=params,
        levels=levels,
        rows=max(300, 3 * levels),
        dataset={"categorical_feature": [TOWN]},
        **given,
    )


FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.8}

KINDS: dict[str, Kind] = {
    "binary": numbers("binary"),
    "trained without missing values": Kind(params={"objective": "binary"}, missing=0),
    "zero as missing": numbers("regression", zero_as_missing=True),
    "use_missing=false": numbers("regression", use_missing=False),
    "categories, few levels": categories(8),
    "categories, few levels, none missing": categories(8, missing=0),
    "categories, 200 levels": categories(200),
    "categories, 2,000 levels": categories(2000),
    "categories, one-hot": Kind(
        params={"objective": "binary", "max_cat_to_onehot": 40},
        dataset={"categorical_feature": [TOWN]},
    ),
    "multiclass": numbers("multiclass", num_class=4),
    "multiclassova": numbers("multiclassova", num_class=3),
    "multiclassova, sigmoid 0.7": numbers("multiclassova", num_class=3, sigmoid=0.7),
    "regression": numbers("regression"),
    "more thresholds of a feature than a byte counts": Kind(
        params={
            "objective": "regression",
            "max_bin": 1000,
            "min_data_in_bin": 1,
            "num_leaves": 200,
        },
        rows=2000,
        rounds=16,
    ),
    "many leaves": Kind(params={"objective": "regression", "num_leaves": 200}, rows=1200),
    "more than 256 leaves": Kind(params={"objective": "regression", "num_leaves": 900}, rows=2500),
    "one leaf": numbers("binary", min_data_in_leaf=200),
    "one tree": Kind(params={"objective": "regression"}, rounds=1),
    "5,000 trees": Kind(params={"objective": "regression", "num_leaves": 3}, rounds=5000, rows=60),
    "1,000 features": Kind(params={"objective": "binary"}, features=1000),
    "poisson": numbers("poisson"),
    "gamma": numbers("gamma"),
    "tweedie": numbers("tweedie", tweedie_variance_power=1.3),
    "huber": numbers("huber"),
    "quantile": numbers("quantile", alpha=0.3),
    "mape": numbers("mape"),
    "L1": numbers("regression_l1"),
    "fair": numbers("fair"),
    "square root of the target": numbers("regression", reg_sqrt=True),
    "cross entropy": numbers("cross_entropy"),
    "cross entropy lambda": numbers("cross_entropy_lambda"),
    "binary, sigmoid 2.0": numbers("binary", sigmoid=2.0),
    "binary, sigmoid 0.7": numbers("binary", sigmoid=0.7),
    "lambdarank": numbers("lambdarank"),
    "rank_xendcg": numbers("rank_xendcg"),
    "random forest, binary": numbers("binary", **FOREST),
    "random forest, regression": numbers("regression", **FOREST),
    "random forest, multiclass": numbers("multiclass", num_class=3, **FOREST),
    "dart": numbers("regression", boosting="dart", drop_rate=0.5),
    "goss": numbers("binary", data_sample_strategy="goss", top_rate=0.3, other_rate=0.2),
    "extra trees": numbers("regression", extra_trees=True),
    "monotone constraints": numbers("regression", monotone_constraints=[1, -1, 0, 0, 0, 0]),
    "interaction constraints": numbers("regression", interaction_constraints=[[0, 1], [2, 3, 4]]),
    "path smoothing": numbers("regression", path_smooth=5.0),
    "linear trees": Kind(
        params={"objective": "regression", "linear_tree": True, "linear_lambda": 0.1}, kernel=False
    ),
    "stopped early": Kind(params={"objective": "binary", "num_leaves": 4}, rounds=300, early=True),
    "names with spaces": Kind(
        params={"objective": "binary"},
        dataset={"feature_name": ["age in years", "é", "x y", "a_b", "1", "town"]},
    ),
    "unused features": Kind(params={"objective": "regression", "num_leaves": 2}, rounds=2),
    "own objective": numbers("none"),
    "own objective, several outputs": numbers("none", num_class=3),
    "no shrinkage, deep": numbers("regression", learning_rate=1.0, num_leaves=64),
}


def values(kind: Kind, *, seed: int, missing: float) -> Floats:
    """Rows of feature values; the fourth column is full of zeros, the last holds categories."""
    random = np.random.default_rng(seed)
    made = random.normal(size=(kind.rows, kind.features))
    made[:, 1] *= 1e6
    made[:, 2] = np.round(made[:, 2], 1)
    made[:, 3] *= random.random(kind.rows) < 0.5
    made[:, TOWN] = random.permutation(np.arange(kind.rows) % kind.levels)
    made[random.random(made.shape) < missing] = np.nan
    return made


def target(kind: Kind, made: Floats) -> Floats:
    """What suits the kind's objective."""
    filled = np.nan_to_num(made)
    score: Floats = filled[:, 0] + filled[:, 1] / 1e6 + filled[:, 3] + np.sin(filled[:, TOWN] * 7)
    objective, classes = str(kind.params["objective"]), int(kind.params.get("num_class", 1))
    if classes > 1:
        return np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)).astype(float)
    if objective in ("binary", "lambdarank", "rank_xendcg"):
        return (score > np.median(score)).astype(float)
    if objective.startswith("cross_entropy"):
        return np.asarray(1 / (1 + np.exp(-score)))
    signed = objective.startswith(("regression", "huber", "fair", "quantile"))
    return score if signed else np.abs(score) + 0.1


def save(kind: Kind, path: Path) -> lgb.Booster:
    """Train, save, and load the file again: what it holds is what both sides go by."""
    made = values(kind, seed=1, missing=kind.missing)
    label = target(kind, made)
    params = {**_SMALL, "seed": 3, "num_threads": 1, "deterministic": True, **kind.params}
    own: Callable[..., Any] | None = None
    if params["objective"] == "none":
        own = _squared
        params["objective"] = own
    ranking = str(params["objective"]) in ("lambdarank", "rank_xendcg")
    data = lgb.Dataset(made, label, group=[len(made)] if ranking else None, **kind.dataset)
    given: dict[str, Any] = {}
    if kind.early:
        other = values(kind, seed=2, missing=0.1)
        given = {
            "valid_sets": [lgb.Dataset(other, target(kind, other), reference=data)],
            "callbacks": [lgb.early_stopping(2, verbose=False)],
        }
    model = lgb.train(params, data, kind.rounds, **given)
    model.save_model(path)
    return lgb.Booster(model_file=str(path))


def _squared(predicted: Floats, data: lgb.Dataset) -> tuple[Floats, Floats]:
    """A squared error written by hand, for as many outputs as there are."""
    label = np.asarray(data.get_label())
    wanted = label if predicted.ndim == 1 else label[:, None] == np.arange(predicted.shape[1])
    return predicted - wanted, np.ones_like(predicted)
