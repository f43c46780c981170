"""The seconds of each state add up to those of the run."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autolote.display import console, reasons
from autolote.watching import state_times

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
