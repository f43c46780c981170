"""The starter, against moto's S3 and Step Functions: one run for each request."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rules import names
from steps import aws, errors, start_run

from tests.steps.conftest import BUCKET, Bucket, Stub

REQUEST = {
    "project_id": "digits",
    "experiment_id": "first",
    "score": {"data": "data/score.csv"},
}


class Machine:
    """A state machine that waits, so that its executions stay open."""

    def __init__(self) -> None:
        self.client = aws.client("stepfunctions")
        self.arn = self.client.create_state_machine(
            name="autolote-test",
            roleArn="arn:aws:iam::123456789012:role/any",
            definition=json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}),
        )["stateMachineArn"]

    def executions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.list_executions(stateMachineArn=self.arn)[
            "executions"
        ]
        return found

    def input(self, arn: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.client.describe_execution(executionArn=arn)["input"])
        return told


@pytest.fixture
def machine(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine()
    monkeypatch.setenv("STATE_MACHINE_ARN", made.arn)
    return made


def start(event: dict[str, Any], *, call: str = "call-1") -> dict[str, Any]:
    return start_run.handler(event, SimpleNamespace(aws_request_id=call))


def on_bus(detail: Any, *, event_id: str = "e-1", source: str = "autolote") -> dict[str, Any]:
    return {"source": source, "detail-type": "RunRequested", "id": event_id, "detail": detail}


def dropped(key: str, version: str, **changes: Any) -> dict[str, Any]:
    item = {"key": key, "version-id": version, "size": 10, "etag": "e", **changes}
    item = {name: value for name, value in item.items() if value is not None}
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "id": "e-1",
        "detail": {"bucket": {"name": BUCKET}, "object": item},
    }


def test_an_event_on_the_bus_starts_one_run(machine: Machine) -> None:
    told = start(on_bus(REQUEST))
    assert told["duplicate"] is False
    assert told["run_id"].startswith("digits-first-")
    assert machine.input(told["execution_arn"]) == {
        "run": {"run_id": told["run_id"]},
        "request": REQUEST,
        "trigger": {"kind": "bus", "id": "e-1", "call_id": "call-1"},
    }


def test_the_same_event_delivered_twice_starts_one_run_and_says_so(machine: Machine) -> None:
    first, second = start(on_bus(REQUEST)), start(on_bus(REQUEST), call="call-2")
    assert second == {**first, "duplicate": True}
    assert len(machine.executions()) == 1


def test_a_projects_own_users_may_send_requests_for_their_project(machine: Machine) -> None:
    """The source says the project, and IAM lets them say no other."""
    told = start(on_bus(REQUEST, source="autolote.digits"))
    assert machine.input(told["execution_arn"])["request"] == REQUEST


@pytest.mark.parametrize("asked", [{**REQUEST, "project_id": "churn"}, {}, ["digits"]])
def test_a_project_cannot_request_a_run_of_another(machine: Machine, asked: Any) -> None:
    """The request is not carried on: a run starts that will be refused, and says why."""
    told = start(on_bus(asked, source="autolote.digits"))
    state = machine.input(told["execution_arn"])
    assert state["request"] is None
    assert state["violations"][0]["field"] == "project_id"
    assert state["violations"][0]["rule"].startswith("must be digits:")


def test_a_source_that_only_begins_alike_is_not_ours(machine: Machine) -> None:
    """autolote2 is somebody else."""
    with pytest.raises(errors.InvalidEvent):
        start(on_bus(REQUEST, source="autolote2"))


def test_other_events_with_the_same_request_start_other_runs(machine: Machine) -> None:
    runs = {start(on_bus(REQUEST, event_id=f"e-{n}"))["run_id"] for n in range(3)}
    assert len(runs) == len(machine.executions()) == 3


def test_a_token_makes_requests_one_run_whatever_brings_them(machine: Machine) -> None:
    asked = {**REQUEST, "token": "nightly-1"}
    first = start(on_bus(asked))
    assert first["run_id"] == names.run_id(
        project_id="digits", experiment_id="first", token="nightly-1"
    )
    again = start({"trigger": "cli", "id": "c-1", "request": asked}, call="call-2")
    assert again == {**first, "duplicate": True}
    other = start(on_bus({**asked, "experiment_id": "second"}, event_id="e-2"))
    assert other["duplicate"] is False


def test_a_token_that_belongs_to_another_request_is_an_error(machine: Machine) -> None:
    start(on_bus({**REQUEST, "token": "t"}))
    changed = {**REQUEST, "token": "t", "score": {"data": "data/other.csv"}}
    with pytest.raises(errors.TokenUsed, match="started with another request"):
        start(on_bus(changed, event_id="e-2"), call="call-2")
    assert len(machine.executions()) == 1


@pytest.mark.parametrize("key", ["requests/a.json", "requests/a b+ç/%2F.json"])
def test_a_dropped_object_is_read_by_its_key_as_it_is(
    machine: Machine, bucket: Bucket, key: str
) -> None:
    version = bucket.put(key, json.dumps(REQUEST))
    told = machine.input(start(dropped(key, version))["execution_arn"])
    assert told["request"] == REQUEST
    assert told["trigger"]["id"] == f"s3://{BUCKET}/{key}?versionId={version}"


def test_each_version_of_an_object_is_a_run_and_the_version_of_the_event_is_the_one_read(
    machine: Machine, bucket: Bucket
) -> None:
    old = bucket.put("requests/a.json", json.dumps(REQUEST))
    newer = {**REQUEST, "score": {"data": "data/newer.csv"}}
    new = bucket.put("requests/a.json", json.dumps(newer))
    # Events may come in any order.
    second, first = start(dropped("requests/a.json", new)), start(dropped("requests/a.json", old))
    assert machine.input(first["execution_arn"])["request"] == REQUEST
    assert machine.input(second["execution_arn"])["request"] == newer
    assert first["run_id"] != second["run_id"]
    assert start(dropped("requests/a.json", old), call="call-9")["duplicate"] is True


def test_two_objects_dropped_at_once_are_two_runs(machine: Machine, bucket: Bucket) -> None:
    keys = ("requests/a.json", "requests/b.json")
    versions = {key: bucket.put(key, json.dumps(REQUEST)) for key in keys}
    runs = {start(dropped(key, version))["run_id"] for key, version in versions.items()}
    assert len(runs) == len(machine.executions()) == 2


@pytest.mark.parametrize("body", [b"{not json", b"\xff\xfe", b""])
def test_an_object_that_is_not_json_starts_a_run_that_will_be_refused(
    machine: Machine, bucket: Bucket, body: bytes
) -> None:
    told = start(dropped("requests/a.json", bucket.put("requests/a.json", body)))
    state = machine.input(told["execution_arn"])
    assert told["run_id"].startswith("unknown-unknown-")
    assert state["request"] is None
    assert state["violations"][0]["rule"].startswith("is not JSON")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b'{"token": NaN}', "has NaN where only a finite number"),
        (b'{"token": [-Infinity]}', "has -Infinity where"),
        (b'{"token": 1e999}', "has 1e999 where"),
        (b'{"token": "a", "score": {}, "token": "a"}', "has `token` twice"),
        (b'{"score": {"data": "a", "data": "b"}}', "has `data` twice"),
    ],
)
def test_an_object_that_can_be_read_in_more_than_one_way_starts_a_run_that_will_be_refused(
    machine: Machine, bucket: Bucket, body: bytes, rule: str
) -> None:
    told = start(dropped("requests/a.json", bucket.put("requests/a.json", body)))
    [wrong] = machine.input(told["execution_arn"])["violations"]
    assert (wrong["field"], wrong["rule"][: len(rule)]) == ("request", rule)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_call_with_a_number_that_json_does_not_have_starts_a_run_that_will_be_refused(
    machine: Machine, value: float
) -> None:
    told = start({"trigger": "cli", "id": "c-1", "request": {**REQUEST, "max_cost_usd": value}})
    state = machine.input(told["execution_arn"])
    assert state["request"] is None
    assert state["violations"][0]["rule"].startswith("has NaN or Infinity")


@pytest.mark.parametrize("body", [[1], "text", {"project_id": "../x", "experiment_id": 3}])
def test_a_body_that_is_no_request_starts_a_run_that_will_be_refused(
    machine: Machine, body: Any
) -> None:
    told = start(on_bus(body))
    assert machine.input(told["execution_arn"])["request"] == body


def test_a_request_that_is_too_large_is_not_carried_into_the_state(machine: Machine) -> None:
    told = start(on_bus({**REQUEST, "token": "x" * 40_000}))
    state = machine.input(told["execution_arn"])
    assert state["request"] is None
    assert "32,768 bytes" in state["violations"][0]["rule"]


def test_a_schedule_starts_one_run_each_time_it_fires(machine: Machine) -> None:
    def fired(time: str) -> dict[str, Any]:
        payload = {"trigger": "schedule", "schedule": "nightly", "request": REQUEST}
        return start({**payload, "scheduled_time": time}, call=f"call-{time}")

    first, second = fired("2026-11-21T03:00:00Z"), fired("2026-11-22T03:00:00Z")
    assert first["run_id"] != second["run_id"]
    assert machine.input(first["execution_arn"])["trigger"]["kind"] == "schedule"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({}, "expected an event"),
        ({"trigger": "other"}, "expected an event"),
        ({"trigger": "cli", "request": REQUEST}, "has no `id`"),
        ({"trigger": "schedule", "schedule": "n", "request": REQUEST}, "has no `scheduled_time`"),
        (dropped("requests/a.json", "v", **{"version-id": None}), "has no `version-id`"),
        (dropped("digits/first/data/a.json", "v"), "is not below"),
    ],
)
def test_an_event_that_cannot_be_recognised_is_an_error_of_its_own(
    machine: Machine, event: dict[str, Any], words: str
) -> None:
    with pytest.raises(errors.InvalidEvent, match=words):
        start(event)
    assert machine.executions() == []


def test_a_throttled_start_is_named_so_that_it_is_tried_again(variables: None, stub: Stub) -> None:
    stub("stepfunctions").add_client_error("start_execution", "ThrottlingException")
    with pytest.raises(errors.ThrottlingException) as caught:
        start(on_bus(REQUEST))
    assert isinstance(caught.value.__cause__, ClientError)
