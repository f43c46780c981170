"""The two ways to train: each has its own fields, and those of a script are checked by name."""

import re
from typing import Any

import pytest
from rules import cost, gate, lightgbm, plan, request, training, training_jobs

from container.training.settings import OWN
from tests.rules.test_relations import asked, environment, fields, refused

HYPERPARAMETERS = {"objective": "binary", "metric": "auc,binary_logloss", "num_leaves": 31}


def script(gate: Any = None, score: Any = None, **train: Any) -> dict[str, Any]:
    """A request that trains by script, with changes."""
    told = {"method": "script", "hyperparameters": HYPERPARAMETERS, **train}
    return asked(told, score, **({"gate": gate} if gate else {}))


def with_parameters(**changes: Any) -> dict[str, Any]:
    return script(hyperparameters={**HYPERPARAMETERS, **changes})


WRONG = [
    (script(mode="AUTO"), "train.mode", "belongs to the method automl"),
    (script(problem_type="Regression", objective="RMSE"), "train.objective", "trains by script"),
    (asked({"spot": True}), "train.spot", "belongs to the method script"),
    (asked({"hyperparameters": HYPERPARAMETERS}), "train.hyperparameters", "trains by automl"),
    (asked({"method": "script"}), "train.hyperparameters", "is required when"),
    (with_parameters(num_leafs=3), "train.hyperparameters.num_leafs", "is not a parameter"),
    (with_parameters(n_estimators=9), "train.hyperparameters.n_estimators", "not a parameter"),
    (with_parameters(num_leaves="x"), "train.hyperparameters.num_leaves", "a whole number"),
    (with_parameters(num_leaves=1), "train.hyperparameters.num_leaves", "number from 2 to 131072"),
    (with_parameters(bagging_fraction=0), "train.hyperparameters.bagging_fraction", "above 0, at"),
    (
        with_parameters(data_sample_strategy="dart"),
        "train.hyperparameters.data_sample_strategy",
        "one of bagging, goss",
    ),
    (with_parameters(num_leaves=1.5), "train.hyperparameters.num_leaves", "a whole number"),
    (with_parameters(alpha=True), "train.hyperparameters.alpha", "must be a number"),
    (with_parameters(extra_trees=1), "train.hyperparameters.extra_trees", "true or false"),
    (
        with_parameters(categorical_feature="x" * 2501),
        "train.hyperparameters.categorical_feature",
        "SageMaker takes 2,500",
    ),
    (with_parameters(metric="rmse"), "train.hyperparameters.metric", "of the objective binary"),
    (with_parameters(metric="auc,auc"), "train.hyperparameters.metric", "each once"),
    (with_parameters(objective="lambdarank"), "train.hyperparameters.objective", "must be one of"),
    (
        script(validation="data/v.csv", validation_fraction=0.1),
        "train.validation_fraction",
        "no meaning beside train.validation",
    ),
    (script(validation="/v.csv"), "train.validation", "plain key"),
    (script(validation_fraction=0), "train.early_stopping_rounds", "must be 0"),
    (
        script({"metric": "auc", "at_least": 0.5}, validation_fraction=0, early_stopping_rounds=0),
        "gate",
        "needs validation data",
    ),
    (script(spot=False, max_wait_seconds=4000), "train.max_wait_seconds", "for training on spot"),
    (script(max_wait_seconds=3599), "train.max_wait_seconds", "train.max_runtime_seconds, 3600"),
    (script({"metric": "Accuracy", "at_least": 0.5}), "gate.metric", "computes auc, binary_log"),
    (script({"metric": "binary_error", "at_most": 0.5}), "gate.metric", "not computed by this"),
    (script({"metric": "auc", "at_most": 0.5}), "gate.at_most", "better when higher"),
    (script({"metric": "auc", "at_least": 1.5}), "gate.at_least", "never above 1"),
    (script({"metric": "binary_logloss", "at_most": -1}), "gate.at_most", "never below 0"),
    (asked(gate={"metric": "auc", "at_least": 0.5}), "gate.metric", "Autopilot computes"),
    (
        script(score={"output": ["labels"]}, hyperparameters={"objective": "regression"}),
        "score.output",
        "for classification",
    ),
]


@pytest.mark.parametrize(("value", "field", "rule"), WRONG)
def test_what_does_not_fit_the_way_to_train_is_refused(value: Any, field: str, rule: str) -> None:
    assert rule in fields(value)[field]


RIGHT = [
    script(),
    script({"metric": "auc", "at_least": 0.8}),
    script(validation="data/validation/", early_stopping_rounds=0),
    script(validation_fraction=0, early_stopping_rounds=0),
    script(spot=False),
    script(max_wait_seconds=3600),
    with_parameters(
        num_leaves=31.0, learning_rate=1, extra_trees=True, metric=" auc , binary_error"
    ),
    script({"metric": "poisson", "at_most": -1}, hyperparameters={"objective": "poisson"}),
    script({"metric": "multi_logloss", "at_most": 1}, hyperparameters={"objective": "multiclass"}),
]


@pytest.mark.parametrize("value", RIGHT)
def test_what_fits_the_way_to_train_is_accepted(value: Any) -> None:
    assert request.check_contract(value) == []


def test_a_broken_field_is_not_told_as_missing() -> None:
    """`hyperparameters` without its objective is one fault, not two."""
    found = fields(script(hyperparameters={"metric": "auc"}))
    assert set(found) == {"train.hyperparameters.objective"}


def test_a_metric_that_is_none_is_no_advice_for_the_gate() -> None:
    told = {**HYPERPARAMETERS, "metric": "foo"}
    found = fields(script({"metric": "auc", "at_least": 0.5}, hyperparameters=told))
    assert set(found) == {"train.hyperparameters.metric"}


@pytest.mark.parametrize(
    ("train", "told"),
    [
        ({"problem_type": "Regression"}, {"train.problem_type"}),
        ({"objective": "F1"}, {"train.objective"}),
        ({"mode": "fast"}, {"train.mode"}),
        ({"method": "automl", "hyperparameters": {}}, {"train.hyperparameters"}),
    ],
)
def test_of_a_field_of_the_other_method_only_that_is_told(train: Any, told: set[str]) -> None:
    """Not what it lacks, or what it may hold."""
    found = fields(script(**train))
    assert set(found) - {"train.hyperparameters"} == told - {"train.hyperparameters"}
    assert all("belongs to the method" in found[field] for field in told)


def test_an_unknown_parameter_is_told_with_the_one_that_was_meant() -> None:
    [told] = request.check_contract(with_parameters(num_leafs=3))
    assert "Did you mean num_leaves?" in told["fix"]
    [told] = request.check_contract(with_parameters(n_estimators=3))
    assert told["fix"] == "Write train.max_rounds."


def test_defaults_are_those_of_the_training_script() -> None:
    """Run by hand with no more than it needs, the script does what a request does."""
    told = request.contract()["properties"]["train"]["properties"]
    for name in ("max_rounds", "early_stopping_rounds", "validation_fraction", "seed"):
        assert str(told[name]["default"]) == OWN[name][1], name


def test_every_metric_can_be_a_gate_and_every_objective_asked_for() -> None:
    told = request.contract()["properties"]
    computed = frozenset().union(*gate.COMPUTED.values())
    assert set(told["gate"]["properties"]["metric"]["enum"]) == computed | lightgbm.METRICS
    named = told["train"]["properties"]["hyperparameters"]["properties"]["objective"]["enum"]
    assert set(named) == set(lightgbm.OBJECTIVES)


def test_a_request_keeps_the_fields_of_its_method_with_their_defaults() -> None:
    filled = request.normalised(script(max_runtime_seconds=3600), environment())["train"]
    assert filled == {
        "method": "script",
        "data": "data/train.csv",
        "target": "y",
        "max_runtime_seconds": 3600,
        "hyperparameters": HYPERPARAMETERS,
        "validation": None,
        "validation_fraction": 0.2,
        "max_rounds": 500,
        "early_stopping_rounds": 50,
        "seed": 0,
        "instance_type": "ml.m5.2xlarge",
        "spot": True,
        "max_wait_seconds": 7200,
    }
    assert filled.keys() == training.fields(filled)


@pytest.mark.parametrize(
    ("train", "longest"),
    [
        ({"max_runtime_seconds": 5000}, 9000),  # the environment's limit
        ({"max_runtime_seconds": 600}, 1200),
        ({"max_runtime_seconds": 600, "max_wait_seconds": 700}, 700),
        ({"spot": False}, None),
    ],
)
def test_without_a_word_it_waits_as_long_as_it_may_run(train: Any, longest: int | None) -> None:
    filled = request.normalised(script(**train), environment())["train"]
    assert filled["max_wait_seconds"] == longest


@pytest.mark.parametrize(
    ("train", "field", "rule"),
    [
        ({"max_runtime_seconds": 5401}, "train.max_runtime_seconds", "at most 5400"),
        ({"max_wait_seconds": 9001}, "train.max_wait_seconds", "at most 9000"),
        ({"instance_type": "ml.m5.24xlarge"}, "train.instance_type", "not offered"),
        ({"instance_type": "ml.g4dn.xlarge"}, "train.instance_type", "no price for"),
    ],
)
def test_what_the_environment_does_not_allow_is_refused(train: Any, field: str, rule: str) -> None:
    assert rule in refused(script(**train))[field]


def test_the_worst_case_is_the_whole_runtime_on_demand() -> None:
    """Spot may cost nearly as much; what is waited for capacity costs nothing."""
    value = request.normalised(script(max_runtime_seconds=3600), environment())
    worst = plan.worst_case(value, environment(), objects=1)
    price = cost.price(instance_type="ml.m5.2xlarge", region="sa-east-1")
    assert worst["training"] == price
    assert "Autopilot" not in worst["note"]


def test_golden_rows_are_part_of_the_worst_case() -> None:
    golden = {"data": "g/rows.csv", "predictions": "g/predictions.csv"}
    value = request.normalised(asked(None, {"golden": golden}), environment())
    worst = plan.worst_case(value, environment(), objects=1)
    # Half an hour of one ml.m5.xlarge.
    assert worst["golden"] == 0.1836
    assert worst["total"] == round(worst["training"] + worst["golden"] + worst["scoring"], 4)


@pytest.mark.parametrize(
    ("golden", "field", "rule"),
    [
        ({"share": 0.9}, "score.golden", "needs max_deviation"),
        ({"data": "/g.csv"}, "score.golden.data", "plain key"),
        ({"predictions": "a//b.csv"}, "score.golden.predictions", "plain key"),
    ],
)
def test_golden_rows_that_prove_nothing_are_refused(golden: Any, field: str, rule: str) -> None:
    told = {"data": "g/rows.csv", "predictions": "g/predictions.csv", **golden}
    assert rule in fields(asked(None, {"golden": told}))[field]


def test_all_that_is_wrong_with_a_tolerance_is_told_at_once() -> None:
    golden = {"data": "g/rows.csv", "predictions": "g/predictions.csv", "share": 0.5}
    told = fields(asked(None, {"golden": {**golden, "absolute": -1, "relative": 1}}))
    assert set(told) == {"score.golden", "score.golden.absolute", "score.golden.relative"}
    told = fields(asked(None, {"golden": {**golden, "max_deviation": -1}}))
    assert set(told) == {"score.golden.max_deviation"}


@pytest.mark.parametrize("project", ["requests", "checkpoints"])
def test_a_project_cannot_be_named_like_a_folder_beside_the_projects(project: str) -> None:
    """Its data would expire with what lies in that folder, and start runs."""
    assert "is the name of a folder" in fields(asked(project_id=project))["project_id"]


def test_the_saving_is_reckoned_as_sagemaker_does() -> None:
    assert cost.spot_saving(training_seconds=500, billable_seconds=100) == 80.0
    assert cost.spot_saving(training_seconds=0, billable_seconds=0) == 0.0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("round=12 train:auc=0.91 validation:auc=0.88", "0.88"),
        ("round=3 validation:auc=1e-07", "1e-07"),
        ("round=3 validation:auc_mu=0.5", None),
        ("round=3 validation:auc=-2.5E+3 best", "-2.5E+3"),
    ],
)
def test_a_metric_is_found_in_a_line_of_the_log(line: str, found: str | None) -> None:
    """SageMaker takes the first group of the expression that a line matches."""
    told = training_jobs._metric_definitions({"objective": "binary", "metric": "auc"})
    [regex] = [one["Regex"] for one in told if one["Name"] == "validation:auc"]
    match = re.search(regex, line)
    assert (match and match[1]) == found
