"""State ValidateRequest, for a request that trains by script."""

from typing import Any

import pytest

from tests.steps.conftest import BUCKET, Bucket
from tests.steps.runs import HOME, RUN, only, request, validate, violations


def script(**train: Any) -> dict[str, Any]:
    """A request that trains on numbers and scores nothing."""
    told = {
        "method": "script",
        "data": "data/numbers.csv",
        "target": "y",
        "hyperparameters": {"objective": "binary"},
    }
    return request(train={**told, **train}, score=None)


def rows(count: int, *, header: str = "a,b,y", row: str = "{i},-1.5e3,{y}") -> str:
    return f"{header}\n" + "".join(f"{row.format(i=i, y=i % 2)}\n" for i in range(count))


def put(data: Bucket, text: str, name: str = "numbers") -> None:
    data.put(f"{HOME}/data/{name}.csv", text)


def test_a_sound_request_becomes_a_plan_with_the_fields_of_its_method(data: Bucket) -> None:
    """Fewer rows than Autopilot needs are enough."""
    put(data, rows(40))
    plan = validate(script())
    assert plan["how"] == "script"
    assert plan["train"]["uri"] == f"s3://{BUCKET}/{HOME}/data/numbers.csv"
    assert plan["train"]["instance_type"] == "ml.m5.2xlarge"
    assert (plan["train"]["spot"], plan["train"]["validation"]) == (True, None)
    assert "mode" not in plan["train"]
    assert data.json(f"{HOME}/runs/{RUN}/plan.json")["features"] == ["a", "b"]


def test_validation_data_is_looked_at_as_well(data: Bucket) -> None:
    put(data, rows(40))
    put(data, rows(10), "validation")
    plan = validate(script(validation="data/validation.csv"))
    assert plan["train"]["validation"] == {
        "uri": f"s3://{BUCKET}/{HOME}/data/validation.csv",
        "objects": 1,
        "bytes": len(rows(10)),
    }
    saved = data.json(f"{HOME}/runs/{RUN}/plan.json")
    assert [item["key"] for item in saved["validation_objects"]] == [f"{HOME}/data/validation.csv"]
    put(data, rows(10, header="b,a,y"), "validation")
    told = only(script(validation="data/validation.csv"))
    assert told["field"] == "train.validation"
    assert "column 1 is 'b', expected 'a'" in told["rule"]
    assert only(script(validation="data/none.csv"))["rule"] == "does not exist"


@pytest.mark.parametrize("validation", ["data/parts/b.csv", "data/parts/"])
def test_rows_to_validate_on_are_none_that_are_learned(data: Bucket, validation: str) -> None:
    """A prefix takes in whatever lies below it."""
    for part in ("a", "b"):
        put(data, rows(40), f"parts/{part}")
    told = only(script(data="data/parts/", validation=validation))
    assert (told["field"], told["rule"][:23]) == ("train.validation", "is part of train.data a")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{i},basic,{y}", "line 2 has 'basic' in the column 'b', not a number"),
        ("{i},1_000,{y}", "line 2 has '1_000' in the column 'b'"),
        ("{i},2026-01-01,{y}", "'2026-01-01'"),
        ('{i},"1,5",{y}', "'1,5'"),
    ],
)
def test_text_is_refused_by_line_and_column_before_an_instance_is_paid(
    data: Bucket, row: str, words: str
) -> None:
    """Autopilot takes the same table."""
    put(data, rows(600, row=row))
    told = only(script())
    assert words in told["rule"]
    assert "train by automl" in told["fix"]
    assert validate(request(train={"data": "data/numbers.csv", "target": "y"}, score=None))


@pytest.mark.parametrize("cell", ["", "NA", " null ", "nan", "inf", "-1e-7", "+3."])
def test_numbers_and_no_value_are_taken_in_every_spelling(data: Bucket, cell: str) -> None:
    put(data, rows(40, row=f"{{i}},{cell},{{y}}"))
    assert validate(script())["how"] == "script"


def test_a_name_that_lightgbm_cannot_keep_is_refused(data: Bucket) -> None:
    put(data, rows(40, header='a,"size[m]",y'))
    assert "has the column 'size[m]'; LightGBM takes no name" in only(script())["rule"]


def test_rows_to_score_have_the_columns_that_were_trained_on(data: Bucket) -> None:
    put(data, rows(40))
    asked = script() | {"score": {"data": "data/score/", "id_columns": ["id"]}}
    assert validate(asked)["score"]["objects"] == 3
    data.put(f"{HOME}/data/score/part-1.csv", "id,b,a\n1,2,3\n")
    assert "another order" in only(asked)["rule"]


def test_everything_wrong_is_told_at_once(data: Bucket) -> None:
    put(data, rows(40, row="{i},x,{y}"))
    asked = script(
        hyperparameters={"objective": "binary", "num_leafs": 3},
        mode="AUTO",
        instance_type="ml.p4d.24xlarge",
        max_runtime_seconds=99999,
    )
    assert {violation["field"] for violation in violations(asked)} == {
        "train.hyperparameters.num_leafs",
        "train.mode",
        "train.instance_type",
        "train.max_runtime_seconds",
        "train.data",
    }


def test_without_a_broken_field_nothing_is_said_to_be_missing(data: Bucket) -> None:
    put(data, rows(40))
    found = violations(script(hyperparameters={"objective": "ranking"}))
    assert [violation["field"] for violation in found] == ["train.hyperparameters.objective"]
