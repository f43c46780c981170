"""Hyperparameters come as text; all that is wrong with them is told at once, with the way out."""

from pathlib import Path

import pytest

from container.training.errors import TrainingError
from container.training.parameters import OBJECTIVES, PARAMETERS, metrics_of
from container.training.settings import TrainingSettings
from tests.container.training_cases import places, run, table

LEAST = {"target": "y", "objective": "binary"}


def test_target_and_objective_are_all_that_is_needed() -> None:
    settings = TrainingSettings.load(LEAST)
    assert (settings.max_rounds, settings.early_stopping_rounds) == (500, 50)
    assert (settings.validation_fraction, settings.seed, settings.checkpoint_every) == (0.2, 0, 25)
    assert settings.metrics == ("binary_logloss",)
    assert settings.parameters == {}


def test_values_become_what_lightgbm_takes() -> None:
    given = {"learning_rate": "0.05", "num_leaves": " 63 ", "extra_trees": "True", "seed": "7"}
    settings = TrainingSettings.load(LEAST | given | {"metric": "auc, binary_error"})
    assert settings.parameters == {"learning_rate": 0.05, "num_leaves": 63, "extra_trees": True}
    assert settings.metrics == ("auc", "binary_error")
    assert settings.seed == 7


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("objective", "lambdarank", "objective = 'lambdarank': it must be one of binary, "),
        ("metric", "rmse", "metric = 'rmse': for objective binary it must name some of auc, "),
        ("metric", "auc,auc", "metric = 'auc,auc'"),
        ("max_rounds", "0", "max_rounds = '0': it must be a whole number from 1 to 100000."),
        ("max_rounds", "1.5", "max_rounds = '1.5'"),
        ("validation_fraction", "1", "validation_fraction = '1': it must be a number from 0 to"),
        ("target", " ", "target = ' ': it must be not empty."),
        ("learning_rate", "nan", "learning_rate = 'nan': it must be a number above 0."),
        ("bagging_fraction", "1.1", "it must be a number above 0, at most 1."),
        ("extra_trees", "yes", "extra_trees = 'yes': it must be true or false."),
        ("tweedie_variance_power", "2", "it must be a number from 1, below 2."),
        ("monotone_constraints", "1,2", "it must be -1, 0 or 1 for each feature in the order"),
        ("monotone_constraints", "1,x", "it must be -1, 0 or 1"),
        ("n_estimators", "10", "n_estimators: give it by its name here, max_rounds."),
        ("num_class", "3", "it cannot be set: the classes are counted in the target."),
        ("boosting", "dart", "it cannot be set: training is gbdt;"),
        ("learnin_rate", "1", "no hyperparameter of this training. Did you mean learning_rate?"),
    ],
)
def test_a_wrong_value_names_what_is_allowed(name: str, text: str, told: str) -> None:
    with pytest.raises(TrainingError) as refused:
        TrainingSettings.load(LEAST | {name: text})
    (problem,) = refused.value.problems
    assert problem.startswith(name)
    assert told in problem


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"objective": "quantile", "alpha": "1"}, "alpha = 1.0: for objective quantile it is the"),
        (
            {"data_sample_strategy": "goss", "top_rate": "0.95"},
            "top_rate = 0.95 and other_rate = 0.1 (default 0.2 and 0.1): with goss they are two",
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(given: dict[str, str], told: str) -> None:
    with pytest.raises(TrainingError) as refused:
        TrainingSettings.load(LEAST | given)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    "given",
    [
        {"objective": "huber", "alpha": "1.5"},
        {"top_rate": "0.95"},
        {"data_sample_strategy": "goss", "top_rate": "0.9", "learning_rate": "0.5"},
        {"monotone_constraints": " 1, 0,-1 ,0"},
    ],
)
def test_values_at_the_edge_of_their_rule_train(given: dict[str, str], tmp_path: Path) -> None:
    objective = {"objective": "regression"} | given
    run(places(tmp_path, content=table(classes=30)), max_rounds="2", **objective)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(TrainingError) as refused:
        TrainingSettings.load({"num_leaves": "1", "max_depth": "deep", "who": "me"})
    told = [problem.split(" ")[0].rstrip(":") for problem in refused.value.problems]
    assert told == ["target", "objective", "num_leaves", "max_depth", "who"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_with_all_its_metrics(objective: str, tmp_path: Path) -> None:
    """The names are LightGBM's own: each metric comes back under the name it was asked for."""
    metrics = metrics_of(objective)
    classes = {"binary": 2, "cross_entropy": 2, "multiclass": 3, "multiclassova": 3}
    content = table(classes=classes.get(objective, 30))
    if objective == "gamma":
        content = content.replace(",0,", ",30,")
    else:  # a metric of positive numbers
        metrics = tuple(name for name in metrics if not name.startswith("gamma"))
    paths = places(tmp_path, content=content)
    lines = run(paths, objective=objective, metric=",".join(metrics), max_rounds="2")
    told = {pair.split("=")[0] for line in lines if "=" in line for pair in line.split()[1:]}
    assert {f"validation:{name}" for name in metrics} <= told


def test_every_parameter_is_lightgbms_and_reaches_it(tmp_path: Path) -> None:
    """Each name is one of the parameters that LightGBM writes into a model file."""
    paths = places(tmp_path)
    run(paths, min_data_in_leaf="7", max_rounds="2")
    text = (tmp_path / "model/model.txt").read_text()
    assert "\n[min_data_in_leaf: 7]\n" in text
    assert "\n[deterministic: 1]\n" in text
    written = {line[1:].split(":")[0] for line in text.splitlines() if line.startswith("[")}
    assert set(PARAMETERS) <= written
