"""One LightGBM model on one split, stopped early by the held-out loss or by the clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from autolote.local.automl.metrics import Floats, Loss
from autolote.local.automl.portfolio import Configuration

MIN_ROUNDS = 5
"""Rounds that every model gets, whatever the clock says: a job always ends with a candidate."""

OBJECTIVES = {
    "BinaryClassification": "binary",
    "MulticlassClassification": "multiclass",
    "Regression": "regression",
}


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A split as LightGBM's binned data, and the loss of predictions for its held-out rows."""

    fitted: lgb.Dataset
    held_out: lgb.Dataset
    loss: Loss


@dataclass(frozen=True, kw_only=True)
class Model:
    """A fitted model: its model.txt up to the best round, and what it says of the held-out rows."""

    text: str
    rounds: int
    predicted: Floats
    gain: NDArray[np.float64]
    cut: bool  # the clock ended it


def parameters(
    configuration: Configuration, *, problem_type: str, classes: int, threads: int, seed: int
) -> dict[str, Any]:
    """What LightGBM is told. One seed, `deterministic` and a fixed histogram layout: the same data
    and configuration give the same model, on any number of threads unless its trees are linear."""
    params = {
        "objective": OBJECTIVES[problem_type],
        "metric": "None",
        "num_threads": threads,
        "seed": seed,
        **dataset_parameters(configuration.params),
        **configuration.params,
    }
    if problem_type == "MulticlassClassification":
        params["num_class"] = classes
    return params


def dataset_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Those parameters that the binned data depend on."""
    return {
        "linear_tree": bool(params.get("linear_tree", False)),
        "feature_pre_filter": False,  # so that candidates may differ in min_data_in_leaf
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }


def boost(
    fold: Fold,
    params: Mapping[str, Any],
    *,
    rounds: int,
    patience: int | None,
    deadline: float,
    each_round: Callable[[], None] = lambda: None,
) -> Model:
    """Boost until the loss has not fallen for `patience` rounds, or `deadline` (time.monotonic).

    The held-out predictions are those that boosting keeps up to date anyway: predicting them again
    with the finished model would cost as much as many rounds.
    """
    booster = lgb.Booster(params=dict(params), train_set=fold.fitted)
    booster.add_valid(fold.held_out, "held_out")
    kept: list[Floats] = []
    best, best_round, cut = float("inf"), 0, False

    def judge(predicted: Floats, _: lgb.Dataset) -> tuple[str, float, bool]:
        nonlocal best, best_round
        loss = fold.loss(predicted)
        if patience is None or loss < best or not kept:
            best, best_round = loss, booster.current_iteration()
            kept[:] = [predicted.copy()]  # LightGBM reuses its buffer
        return "loss", loss, False

    for done in range(1, rounds + 1):
        exhausted = booster.update()
        booster.eval_valid(judge)
        each_round()
        if exhausted or (patience is not None and done - best_round >= patience):
            break
        if done >= MIN_ROUNDS and time.monotonic() >= deadline:
            cut = True
            break
    return Model(
        text=booster.model_to_string(num_iteration=best_round),
        rounds=best_round,
        predicted=kept[0],
        gain=booster.feature_importance("gain", iteration=best_round),
        cut=cut,
    )
