"""Which configurations of LightGBM are tried, and in which order.

Six fixed, diverse ones come first: averaging different models gains more than searching for one.
Afterwards every second trial is a mutation of the best so far, the others are random.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ROUNDS = 3000
"""Boosting stops much earlier: when the held-out loss no longer falls."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Parameters of LightGBM (https://lightgbm.readthedocs.io/en/latest/Parameters.html).

    `patience` is the number of rounds without improvement after which boosting stops; None runs
    all `rounds`.
    """

    label: str
    params: Mapping[str, Any]
    rounds: int = ROUNDS
    patience: int | None = 40


_BAGGING = {"bagging_fraction": 0.8, "bagging_freq": 1}

_GBDT = Configuration(label="LightGBM", params={"learning_rate": 0.08, "num_leaves": 31})
_EXTRA_TREES = Configuration(
    label="LightGBMXT",
    params={
        "learning_rate": 0.08,
        "num_leaves": 48,
        "extra_trees": True,
        "feature_fraction": 0.7,
        "min_data_in_leaf": 5,
    },
)
_SHALLOW = Configuration(
    label="LightGBMShallow",
    params={
        "learning_rate": 0.06,
        "num_leaves": 8,
        "min_data_in_leaf": 10,
        "feature_fraction": 0.6,
        **_BAGGING,
    },
)
_LARGE = Configuration(
    label="LightGBMLarge",
    params={"learning_rate": 0.04, "num_leaves": 127, "feature_fraction": 0.8, **_BAGGING},
)
_FOREST = Configuration(
    label="RandomForest",
    params={
        "boosting": "rf",
        "num_leaves": 128,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.63,
        "bagging_freq": 1,
        "min_data_in_leaf": 3,
    },
    rounds=200,
    patience=None,
)
_LINEAR = Configuration(
    label="LightGBMLinear",
    params={
        "learning_rate": 0.05,
        "num_leaves": 6,
        "linear_tree": True,
        "linear_lambda": 1.0,
    },
)
_SPARSE = Configuration(
    label="LightGBMSparse",
    params={
        "learning_rate": 0.06,
        "num_leaves": 16,
        "feature_fraction": 0.25,
        "lambda_l2": 1.0,
        **_BAGGING,
    },
)

PORTFOLIO = {
    "BinaryClassification": (_GBDT, _EXTRA_TREES, _SHALLOW, _LARGE, _FOREST, _LINEAR),
    "MulticlassClassification": (_GBDT, _EXTRA_TREES, _SHALLOW, _LARGE, _FOREST, _SPARSE),
    "Regression": (_GBDT, _EXTRA_TREES, _SHALLOW, _LARGE, _FOREST, _LINEAR),
}

SEARCHED = "LightGBMTuned"
"""The label of the trials that follow the fixed ones."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A finished trial, as far as the next choice depends on it."""

    label: str
    params: Mapping[str, Any]
    loss: float


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """The sequence of configurations of one job. The choice number `index` depends on the seed and
    the finished trials alone, so an interrupted job goes on as if nothing had happened."""

    problem_type: str
    seed: int

    def choose(self, index: int, finished: Sequence[Trial]) -> Configuration:
        """The configuration of trial number `index` (from 0)."""
        fixed = PORTFOLIO[self.problem_type]
        if index < len(fixed):
            return fixed[index]
        random = np.random.default_rng([self.seed, index])
        params = _random_params(random)
        tuned = [trial for trial in finished if trial.label == SEARCHED]
        if tuned and index % 2:
            best = min(tuned, key=lambda trial: trial.loss)
            changed = random.choice(sorted(params), size=3, replace=False)
            params = {**best.params, **{str(key): params[str(key)] for key in changed}}
        return Configuration(label=SEARCHED, params=params)


def _random_params(random: np.random.Generator) -> dict[str, Any]:
    return {
        "learning_rate": float(10 ** random.uniform(-1.8, -0.8)),
        "num_leaves": int(2 ** random.uniform(2, 8)),
        "min_data_in_leaf": int(2 ** random.uniform(1, 6.5)),
        "feature_fraction": float(random.uniform(0.3, 1)),
        "bagging_fraction": float(random.uniform(0.6, 1)),
        "bagging_freq": 1,
        "lambda_l1": float(10 ** random.uniform(-6, 1)),
        "lambda_l2": float(10 ** random.uniform(-6, 1)),
        "extra_trees": bool(random.random() < 0.3),
    }
