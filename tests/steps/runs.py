"""Requests, tables and states of a run, as the tests of several steps need them."""

import json
from typing import Any

import pytest
from steps import errors, prepare_input, validate_request

from tests.steps.conftest import BUCKET, Bucket

EXECUTION = {"id": "arn:execution", "name": "run", "started_at": "2026-11-21T05:00:00.000Z"}
HOME = "digits/first"
RUN = "digits-first-000000000000"
INPUT = f"{HOME}/runs/{RUN}/input/"
OUTPUT = f"{HOME}/runs/{RUN}/predictions/"

MODEL = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names={names}
feature_infos=[0:1] none
"""


def request(**changes: Any) -> dict[str, Any]:
    """A request for both halves that keeps every rule."""
    asked: dict[str, Any] = {
        "project_id": "digits",
        "experiment_id": "first",
        "train": {"data": "data/train.csv", "target": "y"},
        "score": {"data": "data/score/", "id_columns": ["id"]},
    }
    return {name: value for name, value in {**asked, **changes}.items() if value is not None}


def table(rows: int, *, header: str = "a,b,y", row: str = "{i},x{i},{y}") -> str:
    """A CSV of so many rows."""
    return "".join(
        [f"{header}\n" if header else "", *(row.format(i=i, y=i % 3) + "\n" for i in range(rows))]
    )


def validate(asked: Any, **state: Any) -> dict[str, Any]:
    """The plan of a request."""
    told = {
        "run": {"run_id": RUN},
        "request": asked,
        "trigger": {"kind": "cli", "id": "1"},
        **state,
    }
    return validate_request.handler({"state": told, "execution": EXECUTION}, None)


def violations(asked: Any, **state: Any) -> list[dict[str, Any]]:
    """What a request that is refused is refused for."""
    with pytest.raises(errors.InvalidRequest) as caught:
        validate(asked, **state)
    found: list[dict[str, Any]] = json.loads(str(caught.value))
    assert all(set(v) == {"field", "value", "rule", "fix"} for v in found)
    return found


def only(asked: Any) -> dict[str, Any]:
    """The one thing that a request is refused for."""
    found = violations(asked)
    assert len(found) == 1, found
    return found[0]


def state(has_header: bool = True, ids: tuple[str, ...] = ("id",)) -> dict[str, Any]:
    """The state after validation of everything below data/score/."""
    asked = {
        "project_id": "digits",
        "experiment_id": "first",
        "train": {"data": "data/train.csv", "target": "y"},
        "score": {"data": "data/score/", "id_columns": list(ids), "has_header": has_header},
    }
    told = {"run": {"run_id": RUN}, "request": asked, "trigger": {"kind": "cli", "id": "1"}}
    plan = validate_request.handler({"state": told, "execution": EXECUTION}, None)
    return {**told, "plan": plan}


def scored(data: Bucket, outputs: dict[str, str], **options: Any) -> dict[str, Any]:
    """The state after scoring two objects, which came back as `outputs`."""
    data.put(f"{HOME}/data/score/a.csv", "id,a,b\n1,2,x\n2,3,y\n")
    data.put(f"{HOME}/data/score/b.csv", 'id,a,b\n"3,c",4,x\n')
    before = state(**options)
    told = {**before, "input": prepare_input.handler(before, None)}
    for name, body in outputs.items():
        data.put(f"{OUTPUT}{name}", body)
    return {
        **told,
        "model": {"output_columns": ["predicted_label", "probability"]},
        "scoring": {"output_uri": f"s3://{BUCKET}/{OUTPUT}"},
    }


GOOD = {"00000-a.csv.out": "1,0,0.9\n2,1,0.8\n", "00001-b.csv.out": '"3,c",2,0.7\n'}
