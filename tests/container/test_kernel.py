"""The kernel's predictions are LightGBM's to the last bit, on every instruction path."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from container.native import Model, ModelError, Options
from tests.container import models

Floats = NDArray[np.float64]
ROWS = 700  # more than one block of every path, and no multiple of 64


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is trained; `categories` is the number of levels of the last feature, 0 for none."""

    params: dict[str, Any]
    engine: str = "kernel"
    trained_on: int = 800
    features: int = 4
    categories: int = 0
    rounds: int = 12
    missing: float = 0.1
    dataset: dict[str, Any] = field(default_factory=dict)


SMALL = {"num_leaves": 15, "min_data_in_leaf": 5}
CASES = {
    "binary": Case(params={"objective": "binary"}),
    "binary, another sigmoid": Case(params={"objective": "binary", "sigmoid": 0.7}),
    "trained without missing values": Case(params={"objective": "regression"}, missing=0),
    "zero as missing": Case(params={"objective": "regression", "zero_as_missing": True}),
    "missing values not used": Case(params={"objective": "regression", "use_missing": False}),
    "multiclass": Case(params={"objective": "multiclass", "num_class": 3}),
    "one against all": Case(params={"objective": "multiclassova", "num_class": 3}),
    "random forest": Case(
        params={"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "objective": "binary"}
    ),
    "poisson": Case(params={"objective": "poisson"}),
    "square root": Case(params={"objective": "regression", "reg_sqrt": True}),
    "cross entropy": Case(params={"objective": "cross_entropy"}),
    "cross entropy lambda": Case(params={"objective": "cross_entropy_lambda"}),
    "one leaf": Case(params={"objective": "regression", "min_data_in_leaf": 1000}),
    "63 leaves": Case(params={"objective": "binary", "num_leaves": 63, "min_data_in_leaf": 3}),
    "120 leaves": Case(params={"objective": "binary", "num_leaves": 120, "min_data_in_leaf": 1}),
    "255 leaves": Case(
        params={"objective": "regression", "num_leaves": 255, "min_data_in_leaf": 1}
    ),
    "more leaves than a byte can count": Case(
        params={"objective": "regression", "num_leaves": 1500, "min_data_in_leaf": 1},
        trained_on=3000,
        rounds=4,
    ),
    "more thresholds than a byte can count": Case(
        params={"objective": "regression", "max_bin": 1000, "num_leaves": 200},
        trained_on=4000,
        features=2,
        dataset={"params": {"max_bin": 1000, "min_data_in_bin": 1}},
    ),
    "few categories": Case(params={"objective": "binary"}, categories=12),
    "100 categories": Case(
        params={"objective": "regression", "max_cat_threshold": 60, "cat_smooth": 1},
        categories=100,
    ),
    "2,000 categories": Case(
        params={"objective": "regression", "max_cat_threshold": 500, "cat_smooth": 1},
        categories=2000,
        trained_on=8000,
        dataset={"params": {"max_bin": 3000, "min_data_in_bin": 1}},
    ),
    "linear trees": Case(
        params={"objective": "regression", "linear_tree": True}, engine="lightgbm"
    ),
}


@pytest.fixture(params=["avx512", "avx2", "portable"])
def instructions(request: pytest.FixtureRequest, binary_folder: Path) -> str:
    path = str(request.param)
    try:
        Model.open(binary_folder / "model.txt", instructions=path)
    except ModelError as error:
        pytest.skip(str(error))
    return path


@pytest.mark.parametrize("name", CASES)
def test_no_bit_differs_from_lightgbm(
    name: str, instructions: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, rows, expected = trained(name)
    path = tmp_path_factory.mktemp("kernel") / "model.txt"
    path.write_text(text)
    model = Model.open(path, instructions=instructions)
    assert (model.engine, model.instructions) == (CASES[name].engine, instructions)
    assert np.array_equal(predicted(model, rows), expected, equal_nan=True)


def test_a_placeholder_row_leaves_its_neighbours_alone(
    instructions: str, binary_folder: Path
) -> None:
    model = Model.open(binary_folder / "model.txt", instructions=instructions)
    rows = models.rows(seed=5)
    lines = models.to_csv(rows).splitlines()
    whole = model.predict_csv(b"\n".join(lines)).splitlines()
    for bad in (0, 63, 64, 399):
        lines[bad] = whole[bad] = b"ERROR"
    assert model.predict_csv(b"\n".join(lines), Options(placeholder=True)).splitlines() == whole


def test_both_engines_give_the_same_text(binary_folder: Path) -> None:
    body = models.to_csv(models.rows(seed=6))
    path = binary_folder / "model.txt"
    kernel = Model.open(path, engine="kernel")
    lightgbm = Model.open(path, engine="lightgbm")
    assert (lightgbm.engine, lightgbm.why) == ("lightgbm", "engine lightgbm was asked for")
    assert kernel.predict_csv(body) == lightgbm.predict_csv(body)


@pytest.mark.parametrize(("sets", "engine"), [(9_000, "kernel"), (17_000, "lightgbm")])
def test_very_many_sets_of_categories_narrow_the_block_or_are_left_to_lightgbm(
    sets: int, engine: str, instructions: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.txt"
    path.write_text(category_model(sets))
    model = Model.open(path, instructions=instructions)
    assert model.engine == engine
    rows = np.arange(-5.0, 300.0).reshape(-1, 1)
    expected = lgb.Booster(model_file=str(path)).predict(rows)
    assert np.array_equal(predicted(model, rows).ravel(), np.asarray(expected))


def category_model(sets: int) -> str:
    """A model of one feature, and a tree of one node for each of so many sets of categories."""
    trees = [
        f"Tree={at}\nnum_leaves=2\nnum_cat=1\nsplit_feature=0\nthreshold=0\ndecision_type=1\n"
        f"left_child=-1\nright_child=-2\nleaf_value={at / 7!r} {at / 11!r}\n"
        f"cat_boundaries=0 1\ncat_threshold={at + 1}\nis_linear=0\nshrinkage=1\n\n\n"
        for at in range(sets)
    ]
    return (
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n"
        "max_feature_idx=0\nobjective=regression\nfeature_names=colour\n"
        f"feature_infos=none\ntree_sizes={' '.join(str(len(tree)) for tree in trees)}\n\n"
        f"{''.join(trees)}end of trees\n"
    )


@cache
def trained(name: str) -> tuple[str, Floats, Floats]:
    """The text of a case's model, rows, and LightGBM's predictions for them."""
    case = CASES[name]
    random = np.random.default_rng(1)
    values = random.normal(size=(case.trained_on, case.features))
    if case.categories:
        values[:, -1] = random.integers(0, case.categories, case.trained_on)
    else:
        values[:, -1] = random.integers(-2, 9, case.trained_on)
    values[random.random(values.shape) < case.missing] = np.nan
    data = lgb.Dataset(
        values,
        target(values, case, random),
        categorical_feature=[case.features - 1] if case.categories else "auto",
        **case.dataset,
    )
    params = {"verbosity": -1, "num_threads": 1, "seed": 3, **SMALL, **case.params}
    text = lgb.train(params, data, case.rounds).model_to_string()
    booster = lgb.Booster(model_str=text)
    rows = hard_rows(booster, case, random)
    return text, rows, np.asarray(booster.predict(rows)).reshape(len(rows), -1)


def target(values: Floats, case: Case, random: np.random.Generator) -> Floats:
    """Depends on every feature; a category's effect has nothing to do with its number."""
    filled = np.nan_to_num(values)
    score = filled[:, :-1].sum(axis=1) + np.sin(filled[:, 0] * 3)
    if case.categories:
        score += random.normal(size=case.categories)[filled[:, -1].astype(int)]
    else:
        score += filled[:, -1] / 3
    objective = case.params["objective"]
    if objective.startswith("multiclass"):
        return np.digitize(score, [-1, 1]).astype(float)
    if objective == "binary":
        return (score > 0).astype(float)
    if objective.startswith("cross_entropy"):
        return 1 / (1 + np.exp(-score))
    return np.abs(score) if objective == "poisson" else score


def hard_rows(booster: lgb.Booster, case: Case, random: np.random.Generator) -> Floats:
    """Rows of values on a threshold and one step beside it, and of all that is not an ordinary
    number or category."""
    tiny = float(np.float32(1e-35))
    strange = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e308, tiny, -tiny]
    strange += [np.nextafter(tiny, 1), np.nextafter(-tiny, -1), 1e-36, -1e-36]
    strange += [0.5, -0.5, -1, -0.9999, 1.999, 2147483647, 2147483648, -2147483649, 1e10]
    pools = [list(strange) for _ in range(case.features)]
    for tree in booster.dump_model()["tree_info"]:
        for node in splits(tree["tree_structure"]):
            if node["decision_type"] == "<=":
                at = node["threshold"]
                pool = pools[node["split_feature"]]
                pool += [at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf)]
    if case.categories:
        pools[-1] += [*range(-3, case.categories + 70)]
    return np.column_stack([random.choice(np.array(pool), ROWS) for pool in pools])


def splits(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "split_feature" in node:
        yield node
        yield from splits(node["left_child"])
        yield from splits(node["right_child"])


def predicted(model: Model, rows: Floats) -> Floats:
    lines = model.predict_csv(models.to_csv(rows)).decode().splitlines()
    return np.array([[float(cell) for cell in line.split(",")] for line in lines])
