"""How fields fit together, what an environment allows, and defaults."""

from typing import Any

import pytest
from rules import plan, policy, request
from rules.policy import Policy

LIMITS = {
    "max_automl_runtime_seconds": 7200,
    "max_candidates": 15,
    "max_training_runtime_seconds": 5400,
    "max_training_wait_seconds": 9000,
    "max_transform_runtime_seconds": 1800,
    "max_instance_count": 2,
    "max_run_cost_usd": 10.0,
    "max_score_gb": 1.0,
}


def environment(**changes: Any) -> Policy:
    settings: dict[str, Any] = {
        "projects": [],
        "instances": {
            "transform_default": "ml.m5.xlarge",
            "transform_allowed": ["ml.m5.xlarge", "ml.g4dn.xlarge"],
            "training_default": "ml.m5.2xlarge",
            "training_allowed": ["ml.m5.2xlarge", "ml.g4dn.xlarge"],
            "automl_assumed": "ml.m5.12xlarge",
        },
        "limits": LIMITS,
    }
    return policy.read({**settings, **changes}, environment="dev", region="sa-east-1")


def asked(train: Any = None, score: Any = None, **changes: Any) -> dict[str, Any]:
    """A request with changes to its two halves."""
    return {
        "project_id": "p",
        "experiment_id": "e",
        "train": {"data": "data/train.csv", "target": "y", **(train or {})},
        "score": {"data": "data/score.csv", **(score or {})},
        **changes,
    }


def fields(value: Any) -> dict[str, str]:
    return {violation["field"]: violation["rule"] for violation in request.check_contract(value)}


REGRESSION = {"problem_type": "Regression", "objective": "RMSE"}
BINARY = {"problem_type": "BinaryClassification", "objective": "F1"}
WRONG = [
    (asked({"problem_type": "Regression"}), "train.objective", "required when"),
    (asked({"objective": "F1"}), "train.problem_type", "required when"),
    (asked({**REGRESSION, "objective": "F1"}), "train.objective", "MAE, MSE, R2, RMSE"),
    (asked({**BINARY, "objective": "F1macro"}), "train.objective", "cannot be optimized for"),
    (
        asked({"max_runtime_seconds": 600, "max_runtime_per_candidate_seconds": 601}),
        "train.max_runtime_per_candidate_seconds",
        "at most train.max_runtime_seconds, 600",
    ),
    (asked(REGRESSION, gate={"metric": "F1", "at_least": 0.1}), "gate.metric", "not computed for"),
    (asked(gate={"metric": "F1", "at_most": 0.1}), "gate.at_most", "better when higher"),
    (asked(gate={"metric": "RMSE", "at_least": 0.1}), "gate.at_least", "better when lower"),
    (asked(gate={"metric": "Accuracy", "at_least": 90}), "gate.at_least", "never above 1"),
    (asked(gate={"metric": "LogLoss", "at_most": -1}), "gate.at_most", "never below 0"),
    (asked(gate={"metric": "F1"}), "gate", "exactly one of"),
    (asked(REGRESSION, {"output": ["labels"]}), "score.output", "for classification"),
    (
        asked(None, {"max_payload_mb": 6, "max_concurrent_transforms": 20}),
        "score.max_payload_mb",
        "is 120 MB",
    ),
    (
        asked({"mode": "HYPERPARAMETER_TUNING"}, {"max_payload_mb": 21}),
        "score.max_payload_mb",
        "at most 20",
    ),
    (asked(None, {"id_columns": ["y"]}), "score.id_columns", "names the target"),
    (asked({"data": "../other/a.csv"}), "train.data", "plain key"),
    (asked({"data": "/a.csv"}), "train.data", "plain key"),
    (asked({"data": "a//b.csv"}), "train.data", "plain key"),
    (asked(None, {"data": "https://a/b"}), "score.data", "s3:// URI"),
    (asked(None, {"data": "a\u0007.csv"}), "score.data", "control characters"),
]


@pytest.mark.parametrize(("value", "field", "rule"), WRONG)
def test_fields_that_do_not_fit_together_are_refused(value: Any, field: str, rule: str) -> None:
    assert rule in fields(value)[field]


RIGHT = [
    asked(),
    asked(BINARY, gate={"metric": "LogLoss", "at_most": 0.4}),
    asked(REGRESSION, gate={"metric": "R2", "at_least": -0.5}),
    asked(gate={"metric": "InferenceLatency", "at_most": 1}),
    asked(None, {"max_payload_mb": 100}),
    asked(None, {"max_payload_mb": 5, "max_concurrent_transforms": 20}),
    asked(None, {"id_columns": [f"c{n}" for n in range(20)]}),
    asked({"data": "s3://bucket/p/other/train/"}),
    asked({"max_runtime_seconds": 600.0}),
]


@pytest.mark.parametrize("value", RIGHT)
def test_fields_that_fit_together_are_accepted(value: Any) -> None:
    assert request.check_contract(value) == []


def test_a_section_that_breaks_the_schema_is_not_judged_twice() -> None:
    value = asked({"max_runtime_seconds": "long"}, gate={"metric": "F1", "at_least": "high"})
    assert set(fields(value)) == {"train.max_runtime_seconds", "gate.at_least"}


def test_defaults_are_filled_in_and_stay_within_the_limits() -> None:
    filled = request.normalised(asked({"max_runtime_seconds": 600.0}), environment())
    assert filled["train"] == {
        "method": "automl",
        "data": "data/train.csv",
        "target": "y",
        "problem_type": None,
        "objective": None,
        "mode": "ENSEMBLING",
        "max_candidates": 15,
        "max_runtime_seconds": 600,
        "max_runtime_per_candidate_seconds": None,
    }
    assert isinstance(filled["train"]["max_runtime_seconds"], int)
    assert filled["score"]["max_runtime_seconds"] == 1800
    assert filled["score"]["instance_type"] == "ml.m5.xlarge"
    assert filled["gate"] is None


def refused(value: Any, **changes: Any) -> dict[str, str]:
    allowed = environment(**changes)
    found = policy.violations(request.normalised(value, allowed), allowed)
    return {violation.field: violation.rule for violation in found}


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        (asked({"max_runtime_seconds": 7201}), "train.max_runtime_seconds", "at most 7200"),
        (asked({"max_candidates": 16}), "train.max_candidates", "at most 15"),
        (asked(None, {"max_runtime_seconds": 1801}), "score.max_runtime_seconds", "at most 1800"),
        (asked(None, {"instance_count": 3}), "score.instance_count", "at most 2"),
        (asked(None, {"instance_type": "ml.c5.large"}), "score.instance_type", "not offered"),
        (asked(None, {"instance_type": "ml.g4dn.xlarge"}), "score.instance_type", "no price for"),
    ],
)
def test_what_the_environment_does_not_allow_is_refused(value: Any, field: str, rule: str) -> None:
    assert rule in refused(value)[field]


def test_only_the_projects_of_the_environment_are_served() -> None:
    assert "serves a, b" in refused(asked(), projects=["a", "b"])["project_id"]
    assert refused(asked(), projects=["p"]) == {}


def test_a_worst_case_above_a_ceiling_is_refused_with_both_figures() -> None:
    allowed = environment()
    value = request.normalised(asked({"max_runtime_seconds": 7200}, max_cost_usd=5.0), allowed)
    found = plan.cost_violations(value, allowed, objects=1)
    # Two hours of one ml.m5.12xlarge at 4.4064 and half an hour of one ml.m5.xlarge at 0.3672.
    assert [violation.rule for violation in found] == [
        "may cost 9.00 USD at worst; the ceiling of the request is 5.0 USD"
    ]
    cheap = environment(limits={**LIMITS, "max_run_cost_usd": 1.0})
    assert "the ceiling of the environment dev is 1.0" in (
        plan.cost_violations(value, cheap, objects=1)[-1].rule
    )


def test_a_region_without_prices_is_refused_and_the_known_ones_are_named() -> None:
    allowed = environment()
    nowhere = Policy(**{**vars(allowed), "region": "mars-1"})
    found = plan.cost_violations(request.normalised(asked(), nowhere), nowhere, objects=1)
    assert "no prices for mars-1; there are prices for eu-west-1, sa-east-1" in found[0].rule


def test_no_more_instances_are_reckoned_than_there_are_objects() -> None:
    allowed = environment()
    value = request.normalised(asked(None, {"instance_count": 2}), allowed)
    one, two = (plan.worst_case(value, allowed, objects=n)["scoring"] for n in (1, 2))
    assert two == pytest.approx(2 * one)
