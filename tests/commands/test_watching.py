"""The seconds of each state add up to those of the run."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from autolote.accounts import Account
from autolote.display import LOOPS, console, costs, leaderboard, reasons, spot
from autolote.watching import Watcher, state_times

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(second: float, kind: str, name: str) -> dict[str, Any]:
    return {
        "timestamp": START + timedelta(seconds=second),
        f"state{kind}EventDetails": {"name": name},
    }


def test_visits_of_a_loop_are_added_up_in_the_order_of_the_first() -> None:
    """Wait 2 + 3 seconds, look 1 second, and still waiting."""
    events = [
        event(0, "Entered", "Wait"),
        event(2, "Exited", "Wait"),
        event(2, "Entered", "Look"),
        {"timestamp": START + timedelta(seconds=2.5), "lambdaFunctionSucceededEventDetails": {}},
        event(3, "Exited", "Look"),
        event(3, "Entered", "Wait"),
    ]
    wait, look = state_times(events, now=START + timedelta(seconds=6))
    assert (wait.name, wait.visits, wait.seconds, wait.active) == ("Wait", 2, 5.0, True)
    assert (look.name, look.visits, look.seconds, look.active) == ("Look", 1, 1.0, False)


def test_a_refused_request_shows_one_line_per_violation() -> None:
    """The cause is JSON in JSON; people see sentences."""
    violation = {"field": "a.b", "value": 7, "rule": "must be at most 5", "fix": "Lower it."}
    cause = json.dumps({"errorType": "InvalidRequest", "errorMessage": json.dumps([violation])})
    assert reasons(cause) == ["a.b: must be at most 5 (found 7). Lower it."]


def test_any_other_cause_is_shown_as_it_is() -> None:
    """Nothing is lost of a cause that is not ours."""
    assert reasons("it broke\nbadly") == ["it broke", "badly"]
    assert reasons('{"errorMessage": "below the gate"}') == ["below the gate"]


def test_names_of_files_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are legal in them, and rich's markup would swallow or refuse these."""
    console().print("dados[final].csv -> /tmp/a[/b]/predictions.csv")
    assert capsys.readouterr().err == "dados[final].csv -> /tmp/a[/b]/predictions.csv\n"


class Answers:
    """Stands for the clients of an account: each call answers what is told for its name."""

    def __init__(self, **told: Any) -> None:
        self._told = told

    def client(self, _service: str) -> "Answers":
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self._told[name]


def looked_at(job: dict[str, Any], *, state: str, part: str) -> str:
    """The line about the job that a state waits for."""
    entered = {"name": state, "input": json.dumps({part: {"job_name": "job"}})}
    told = {"stateEnteredEventDetails": entered, "timestamp": START}
    account = Answers(
        describe_execution={"status": "RUNNING", "startDate": START},
        get_paginator=Answers(paginate=[{"events": [told]}]),
        describe_training_job=job,
        describe_transform_job=job,
    )
    watcher = Watcher(cast(Account, account), execution_arn="arn", every=0)
    return next(watcher.follow(patience=0, on_silence=list)).detail


def test_a_training_job_shows_its_metrics_and_that_it_was_interrupted() -> None:
    """The values are the last ones SageMaker has; those of the training data are left out."""
    job = {
        "SecondaryStatus": "Training",
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge"},
        "SecondaryStatusTransitions": [{"Status": "Training"}, {"Status": "Interrupted"}],
        "FinalMetricDataList": [
            {"MetricName": "train:auc", "Value": 0.99},
            {"MetricName": "validation:auc", "Value": 0.88},
        ],
    }
    assert looked_at(job, state="WaitForTraining", part="training") == (
        "Training · ml.m5.xlarge · auc 0.8800 · interrupted 1 x, goes on from its checkpoint"
    )


def test_a_golden_job_is_looked_at_where_it_stands() -> None:
    job = {
        "TransformJobStatus": "InProgress",
        "TransformResources": {"InstanceType": "ml.m5.xlarge"},
    }
    assert looked_at(job, state="WaitForGolden", part="golden") == "InProgress · ml.m5.xlarge"
    assert LOOPS["IsGoldenDone"] == "golden transform job"


def test_what_spot_saved_is_told_in_a_line() -> None:
    job = {
        "spot": True,
        "interruptions": 1,
        "billable_seconds": 300.0,
        "seconds": 900.0,
        "spot_saving_percent": 66.67,
    }
    told = "1 interruption(s), 300 of 900 s billed, 67 % saved"
    assert spot({"jobs": [job]}) == told
    assert spot({"jobs": [{**job, "spot": False}, {"kind": "transform"}]}) == ""


@pytest.mark.parametrize(("golden", "said"), [(0.0, False), (0.5, True)])
def test_the_cost_names_the_golden_rows_if_there_were_any(golden: float, said: bool) -> None:
    told = {
        "total": 2.0, "currency": "USD", "region": "r", "training": 1.0, "golden": golden,
        "scoring": 0.5, "price_date": "2026-01-01", "worst_case": 9.0,
    }  # fmt: skip
    assert ("golden 0.5000" in costs({"estimated_cost": told})) is said


def test_one_trained_model_is_no_leaderboard() -> None:
    line = {"candidate": "job", "objective": "auc", "value": 0.9, "metrics": {"auc": 0.9}}
    told = {"leaderboard": [line], "jobs": [{"kind": "training", "name": "job"}]}
    assert leaderboard(told).title == "Trained model (auc)"
