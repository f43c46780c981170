"""State ValidateRequest against real objects in a versioned bucket."""

import json
from typing import Any

import pytest

from tests.steps.conftest import BUCKET, Bucket
from tests.steps.runs import EXECUTION, HOME, RUN, only, request, table, validate, violations


def test_a_sound_request_becomes_a_plan_and_a_plan_json_with_pinned_versions(data: Bucket) -> None:
    plan = validate(request())
    assert plan["how"] == "automl"
    assert plan["train"]["uri"] == f"s3://{BUCKET}/{HOME}/data/train.csv"
    assert plan["score"]["objects"] == 3
    assert plan["score"]["instance_type"] == "ml.m5.xlarge"
    assert plan["execution"] == EXECUTION
    saved = data.json(f"{HOME}/runs/{RUN}/plan.json")
    assert saved["features"] == ["a", "b"]
    assert [item["key"][-10:] for item in saved["scoring_objects"]] == [
        f"part-{part}.csv" for part in range(3)
    ]
    assert all(item["version_id"] for item in saved["scoring_objects"])
    assert saved["scoring_objects"][0]["header_bytes"] == len("id,a,b\n")
    assert len(json.dumps(plan)) < 4096


def test_every_violation_is_told_at_once_before_anything_is_written(data: Bucket) -> None:
    data.put(f"{HOME}/data/train.csv", table(499))
    data.put(f"{HOME}/data/score/part-1.csv", table(5, header="id,b,a"))
    asked = request(
        train={"data": "data/train.csv", "target": "y", "max_runtime_seconds": 99999},
        gate={"metric": "Accuracy"},
        score={"data": "data/score/", "id_columns": ["id"], "instance_type": "ml.c5.large"},
    )
    found = {violation["field"]: violation for violation in violations(asked)}
    assert set(found) == {
        "gate",
        "train.max_runtime_seconds",
        "score.instance_type",
        "train.data",
        "score.data",
    }
    assert "499 rows" in found["train.data"]["rule"]
    assert "column 2 is 'b', expected 'a'" in found["score.data"]["rule"]
    assert data.keys(f"{HOME}/runs/") == []


def test_a_wrong_field_does_not_hide_what_is_wrong_with_the_data_beside_it(data: Bucket) -> None:
    """The caller corrects all of it, and sends again once."""
    data.put(f"{HOME}/data/train.csv", table(499))
    asked = request(
        train={"data": "data/train.csv", "target": "nobody", "max_candidates": "many"},
        score={
            "data": "data/nothing-here/",
            "max_payload_mb": 50,
            "max_concurrent_transforms": 4,
            "instance_count": 0,
        },
    )
    assert {violation["field"] for violation in violations(asked)} == {
        "train.max_candidates",
        "train.target",
        "train.data",
        "score.instance_count",
        "score.max_payload_mb",
        "score.data",
    }


@pytest.mark.parametrize(("rows", "accepted"), [(499, False), (500, True)])
def test_autopilot_needs_five_hundred_rows(data: Bucket, rows: int, accepted: bool) -> None:
    data.put(f"{HOME}/data/train.csv", table(rows))
    if accepted:
        assert validate(request())["train"]["objects"] == 1
    else:
        assert only(request())["field"] == "train.data"


def test_rows_are_counted_over_all_objects_and_beyond_the_first_bytes(data: Bucket) -> None:
    wide = "x" * 20_000
    for part in range(2):
        data.put(f"{HOME}/data/train/{part}.csv", table(300, row=f"{{i}},{wide},{{y}}"))
    split = request(train={"data": "data/train/", "target": "y"})
    assert validate(split)["train"]["objects"] == 2
    data.put(f"{HOME}/data/train/1.csv", table(199, row=f"{{i}},{wide},{{y}}"))
    assert "499 rows" in only(split)["rule"]


TRAINING = {
    "a BOM": (b"\xef\xbb\xbf" + table(600).encode(), "byte order mark"),
    "UTF-16": (table(600).encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (table(600).encode("utf-16-le"), "NUL byte"),
    "Latin-1": (table(600).replace("x7", "\xe9").encode("latin-1"), "not UTF-8: byte 0xe9 in line"),
    "gzip": (b"\x1f\x8b\x08" + bytes(600), "gzip"),
    "Parquet": (b"PAR1" + bytes(600), "Parquet"),
    "only a header": (b"a,b,y\n", "no data rows"),
    "a ragged row": ((table(600) + "1,2\n").encode(), "line 602 has 2 columns"),
    "a repeated name": (table(600, header="a,y,y").encode(), "names the column 'y' twice"),
    "an index column": (table(600, header=",b,y").encode(), "without a name, number 1"),
    "no header": (table(600, header="7,x7,7").encode(), "does not begin with a header line"),
    "semicolons": (table(600, header="a;b;y", row="{i};x;{y}").encode(), "one column, 'a;b;y'"),
    "broken quotes": (table(600, row='"a"b,{i},{y}').encode(), "not well-formed CSV"),
    "no target": (table(600, header="a,b,z").encode(), "is not a column of"),
}


@pytest.mark.parametrize(("body", "words"), TRAINING.values(), ids=TRAINING.keys())
def test_training_data_that_cannot_be_used_is_refused_by_name(
    data: Bucket, body: bytes, words: str
) -> None:
    data.put(f"{HOME}/data/train.csv", body)
    assert any(words in violation["rule"] for violation in violations(request()))


def test_training_data_may_have_crlf_blank_lines_and_line_breaks_in_quotes(data: Bucket) -> None:
    body = table(600, row='{i},"two\nlines",{y}').replace("\n", "\r\n") + "\r\n"
    data.put(f"{HOME}/data/train.csv", body)
    assert validate(request())["train"]["bytes"] == len(body)


SCORING = {
    "a line break in quotes": ('id,a,b\n1,2,"x\ny"\n', "line 2 has a line break inside quotes"),
    "a blank line": ("id,a,b\n1,2,x\n\n2,3,x\n", "line 3 is blank"),
    "a ragged row": ("id,a,b\n1,2,x\n1,2\n", "line 3 has 2 columns"),
    "the target": ("id,a,b,y\n1,2,x,0\n", "has the target 'y'"),
    "a missing column": ("id,a\n1,2\n", "column 3, 'b', is missing"),
    "another order": ("id,b,a\n1,x,2\n", "the same columns in another order"),
    "no header": ("1,2,x\n2,3,x\n", "column 1 is '1', expected 'id'"),
    "only a header": ("id,a,b\n", "no data rows"),
}


@pytest.mark.parametrize(("body", "words"), SCORING.values(), ids=SCORING.keys())
def test_rows_that_cannot_be_scored_are_refused_by_name(
    data: Bucket, body: str, words: str
) -> None:
    data.put(f"{HOME}/data/score/part-1.csv", body)
    violation = only(request())
    assert words in violation["rule"]
    assert violation["value"].endswith("part-1.csv")


def test_the_line_separator_of_unicode_does_not_end_a_row(data: Bucket) -> None:
    data.put(f"{HOME}/data/score/part-1.csv", "id,a,b\n1,2,x\u2028y\n")
    assert validate(request())["score"]["objects"] == 3


def test_rows_without_a_header_are_counted_and_a_header_among_them_is_found(data: Bucket) -> None:
    asked = request(score={"data": "data/rows.csv", "id_columns": ["id"], "has_header": False})
    data.put(f"{HOME}/data/rows.csv", "1,2,x\n2,3,y\n")
    assert validate(asked)["score"]["objects"] == 1
    data.put(f"{HOME}/data/rows.csv", "id,a,b\n1,2,x\n")
    assert "begins with a header line" in only(asked)["rule"]
    data.put(f"{HOME}/data/rows.csv", "1,2,x,0\n")
    assert "has 4 columns; 1 id columns and 2 columns of the model are 3" in only(asked)["rule"]


def test_an_empty_prefix_and_empty_objects_are_refused_and_folder_markers_are_not(
    data: Bucket,
) -> None:
    data.put(f"{HOME}/data/score/", b"")
    assert validate(request())["score"]["objects"] == 3
    data.put(f"{HOME}/data/score/part-9.csv", b"")
    assert only(request())["rule"] == "is empty"
    nowhere = request(score={"data": "data/nothing/", "id_columns": ["id"]})
    assert only(nowhere)["rule"] == "has no objects below it"
    missing = request(train={"data": "data/missing.csv", "target": "y"}, score=None)
    assert only(missing)["rule"] == "does not exist"


def test_an_object_whose_name_begins_another_ones_is_refused(data: Bucket) -> None:
    data.put(f"{HOME}/data/train.csv.bak", "anything")
    assert "beginning of another object's name" in only(request())["rule"]


def test_more_data_than_the_environment_scores_is_refused(
    data: Bucket, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings["limits"]["max_score_gb"] = 1e-7
    monkeypatch.setenv("SETTINGS", json.dumps(settings))
    assert "the environment allows 1e-07 GB" in only(request())["rule"]


def test_instances_are_no_more_than_objects_and_the_plan_says_so(data: Bucket) -> None:
    plan = validate(
        request(score={"data": "data/score/", "id_columns": ["id"], "instance_count": 4})
    )
    assert plan["score"]["instance_count"] == 3
    assert "4 instances were asked for" in plan["warnings"][0]


def test_a_key_with_blanks_unicode_and_plus_signs_is_the_same_key(data: Bucket) -> None:
    data.put(f"{HOME}/data/a b+ç%2F.csv", "id,a,b\n1,2,x\n")
    plan = validate(request(score={"data": "data/a b+ç%2F.csv", "id_columns": ["id"]}))
    saved = data.json(f"{HOME}/runs/{RUN}/plan.json")
    assert plan["score"]["objects"] == 1
    assert saved["scoring_objects"][0]["key"] == f"{HOME}/data/a b+ç%2F.csv"


def test_a_cost_above_the_ceiling_is_refused_with_both_figures(data: Bucket) -> None:
    violation = only(request(max_cost_usd=1.0))
    assert violation["field"] == "max_cost_usd"
    assert violation["rule"] == "may cost 4.77 USD at worst; the ceiling of the request is 1.0 USD"


def test_nothing_is_told_of_the_data_of_a_project_that_is_not_served(
    data: Bucket, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings["projects"] = ["others"]
    monkeypatch.setenv("SETTINGS", json.dumps(settings))
    data.put(f"{HOME}/data/train.csv", table(499))
    assert only(request())["rule"].endswith("which serves others")


def test_the_cost_is_told_beside_other_violations(data: Bucket) -> None:
    data.put(f"{HOME}/data/train.csv", table(499))
    fields = [violation["field"] for violation in violations(request(max_cost_usd=1.0))]
    assert fields == ["train.data", "max_cost_usd"]


def test_what_the_starter_could_not_read_is_told_as_the_starter_said_it(bucket: Bucket) -> None:
    told = {
        "field": "request",
        "value": "s3://b/requests/a.json",
        "rule": "is not JSON",
        "fix": "x",
    }
    assert violations(None, violations=[told]) == [told]


@pytest.mark.parametrize("asked", [None, "text", 3, [], {}])
def test_a_body_that_is_no_request_is_refused(bucket: Bucket, asked: Any) -> None:
    assert violations(asked)[0]["field"] in ("request", "project_id")


def test_training_alone_needs_no_rows_to_score(data: Bucket) -> None:
    plan = validate(request(score=None))
    assert plan["score"] is None
    assert plan["worst_case"]["scoring"] == 0.0
