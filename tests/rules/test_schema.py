"""The validator agrees with the reference implementation, and speaks plainly."""

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules import schema
from rules.request import check_contract, contract

REFERENCE = jsonschema.Draft202012Validator(contract())
WHOLE: dict[str, Any] = {
    "project_id": "digits",
    "experiment_id": "first",
    "token": "t-1",
    "train": {
        "method": "automl",
        "data": "data/train.csv",
        "target": "y",
        "problem_type": "Regression",
        "objective": "RMSE",
        "mode": "ENSEMBLING",
        "max_candidates": 10,
        "max_runtime_seconds": 1800,
        "max_runtime_per_candidate_seconds": 600,
        "hyperparameters": {"objective": "binary", "metric": "auc", "num_leaves": 31},
        "validation": "data/validation.csv",
        "validation_fraction": 0.2,
        "max_rounds": 100,
        "early_stopping_rounds": 10,
        "seed": 1,
        "instance_type": "ml.m5.xlarge",
        "spot": True,
        "max_wait_seconds": 3600,
    },
    "model": {"version_id": "v"},
    "gate": {"metric": "RMSE", "at_most": 3.5},
    "score": {
        "data": "data/score/",
        "has_header": True,
        "id_columns": ["id"],
        "output": ["predicted_label"],
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
        "strategy": "MultiRecord",
        "max_payload_mb": 6,
        "max_concurrent_transforms": 1,
        "max_runtime_seconds": 3600,
        "golden": {
            "data": "golden/rows.csv",
            "predictions": "golden/predictions.csv",
            "absolute": 0.001,
            "relative": 0.5,
            "share": 0.9,
            "max_deviation": 1,
        },
    },
    "max_cost_usd": 20.0,
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["digits", "a\n", "ml.m5.xlarge", "F1", "Regression", 1.0, 100, 101, 0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a JSON value."""
    inner = value.items() if isinstance(value, dict) else []
    inner = enumerate(value) if isinstance(value, list) else inner
    return [at, *(path for key, part in inner for path in paths(part, (*at, key)))]


@st.composite
def requests(draw: st.DrawFn) -> Any:
    """A whole request with some of it removed, replaced or added."""
    value = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(paths(value)))
        change = draw(st.sampled_from(["remove", "replace", "add"]))
        if not path:
            continue
        parent = value
        for key in path[:-1]:
            parent = parent[key]
        if change == "remove":
            del parent[path[-1]]
        elif change == "replace":
            parent[path[-1]] = draw(JSON)
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(["at_least", "run_id", "output", "other"]))] = draw(JSON)
    return value


@settings(max_examples=400, deadline=None)
@given(requests() | JSON)
def test_the_validator_and_the_reference_accept_and_refuse_the_same(value: Any) -> None:
    assert (schema.check(value, contract()) == []) is REFERENCE.is_valid(value)


def test_the_schema_is_a_schema_and_uses_only_what_the_validator_knows() -> None:
    jsonschema.Draft202012Validator.check_schema(contract())
    assert schema.unsupported(contract()) == []
    assert schema.unsupported({"type": "string", "format": "date"}) == ["format"]
    assert schema.unsupported({"type": "array", "items": {"type": "odd"}}) == ["type: odd"]


def test_every_field_teaches() -> None:
    def fields(part: Any) -> list[Any]:
        return [f for p in part.get("properties", {}).values() for f in (p, *fields(p))]

    for field in fields(contract()):
        assert field["title"]
        assert field["description"].endswith(".")
        for example in field.get("examples", []):
            assert schema.check(example, field) == []
        if field["type"] != "object":
            assert field["examples"]
        if "default" in field:
            assert schema.check(field["default"], field) == []


def told(value: Any) -> dict[str, str]:
    return {violation["field"]: violation["rule"] for violation in check_contract(value)}


def changed(**changes: Any) -> dict[str, Any]:
    request = {
        name: copy.deepcopy(WHOLE[name]) for name in ("project_id", "experiment_id", "score")
    }
    for name, value in changes.items():
        request[name] = value
    return request


@pytest.mark.parametrize(
    ("request_", "field", "rule"),
    [
        ("text", "request", "must be a JSON object"),
        (changed(project_id="A"), "project_id", "must be 1-32 characters"),
        (changed(project_id="a\n"), "project_id", "must be 1-32 characters"),
        (changed(project_id="a/../b"), "project_id", "must be 1-32 characters"),
        (changed(project_id=7), "project_id", "must be a text"),
        (changed(token="x" * 65), "token", "must be 1-64 characters"),
        (changed(extra=1), "extra", "is not a known field"),
        (changed(score={}), "score.data", "is required"),
        (changed(score={"data": "d/a", "instance_count": 0}), "score.instance_count", "at least 1"),
        (changed(score={"data": "d/a", "instance_count": 1.5}), "score.instance_count", "whole"),
        (changed(score={"data": "d/a", "instance_count": True}), "score.instance_count", "whole"),
        (changed(score={"data": "d/a", "strategy": "x"}), "score.strategy", "must be one of"),
        (changed(score={"data": "d/a", "id_columns": ["a", "a"]}), "score.id_columns", "twice"),
        (changed(score={"data": "d/a", "output": []}), "score.output", "at least 1 entries"),
        (changed(score={"data": "d/a", "output": ["x"]}), "score.output[0]", "must be one of"),
        (
            changed(score={"data": "d/a", "golden": {"data": "d/a"}}),
            "score.golden.predictions",
            "is required",
        ),
        (
            changed(score={"data": "d/a", "golden": {"relative": 1}}),
            "score.golden.relative",
            "must be less than 1",
        ),
        (
            changed(
                train={
                    "method": "script",
                    "hyperparameters": {"objective": "binary", "num_leaves": [1]},
                }
            ),
            "train.hyperparameters.num_leaves",
            "must be a number or a text or true or false",
        ),
        (
            changed(train={"method": "script", "hyperparameters": {f"p{n}": n for n in range(61)}}),
            "train.hyperparameters",
            "at most 60 fields",
        ),
        (changed(max_cost_usd=0), "max_cost_usd", "must be more than 0"),
        (changed(model={}), "model", "exactly one of `version_id`, `run_id`"),
        (changed(gate={"metric": "F1", "at_least": 0.5}), "train", "required when `gate`"),
        (
            changed(train={"data": "d/a", "target": "y"}, model={"version_id": "v"}),
            "request",
            "cannot have `train`, `model` together",
        ),
        ({"project_id": "a", "experiment_id": "b"}, "request", "at least one of `train`, `score`"),
    ],
)
def test_a_violation_names_the_field_and_the_rule(request_: Any, field: str, rule: str) -> None:
    assert rule in told(request_)[field]


def test_every_violation_is_told_with_a_way_out_and_a_short_value() -> None:
    request = changed(project_id="x" * 5000, experiment_id="-", score={"data": 3, "odd": {}})
    violations = check_contract(request)
    assert len(violations) == 4
    assert all(violation["fix"] for violation in violations)
    assert len(json.dumps(violations)) < 2000
