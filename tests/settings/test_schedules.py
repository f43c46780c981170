"""Schedules in a settings file: a request that is made again and again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autolote.settings import load
from tests.settings.files import TAGS, problems_of, written


def test_a_schedule_brings_its_request_from_a_file_beside_it(tmp_path: Path) -> None:
    """The request is the same JSON that a person would send."""
    request = {"project_id": "digits", "experiment_id": "first"}
    (tmp_path / "nightly.json").write_text(json.dumps(request))
    text = f"""
        {TAGS}
        [[schedules]]
        name = "nightly"
        expression = "cron(0 3 * * ? *)"
        request = "nightly.json"
        """
    [schedule] = load(written(tmp_path, text)).schedules
    assert schedule.request == request
    assert schedule.timezone == "UTC"


@pytest.mark.parametrize("expression", ["rate(5 minutes)", "rate(1 day)", "cron(0/15 8 ? * 2#1 *)"])
def test_schedules_repeat_by_rate_or_cron(tmp_path: Path, expression: str) -> None:
    """Both kinds of expression that EventBridge Scheduler repeats by."""
    (tmp_path / "r.json").write_text('{"project_id": "digits"}')
    text = f'{TAGS}\n[[schedules]]\nname = "a"\nrequest = "r.json"\nexpression = "{expression}"'
    [schedule] = load(written(tmp_path, text)).schedules
    assert schedule.expression == expression


@pytest.mark.parametrize(
    "expression", ["daily", "rate(0 days)", "cron(0 3 * * ?)", "at(2026-01-01)"]
)
def test_another_expression_is_refused(tmp_path: Path, expression: str) -> None:
    """The message shows both kinds."""
    (tmp_path / "r.json").write_text('{"project_id": "digits"}')
    text = f'{TAGS}\n[[schedules]]\nname = "a"\nrequest = "r.json"\nexpression = "{expression}"'
    [told] = problems_of(tmp_path, text)
    assert told.startswith(f"schedules[0].expression = '{expression}'; allowed: rate(<n> minutes")


def test_two_schedules_cannot_share_a_name(tmp_path: Path) -> None:
    """A name identifies a schedule, and with the time its run."""
    (tmp_path / "r.json").write_text('{"project_id": "digits"}')
    one = '[[schedules]]\nname = "a"\nrequest = "r.json"\nexpression = "rate(1 day)"\n'
    assert problems_of(tmp_path, f"{TAGS}{one}{one}") == (
        "schedules.name = 'a'; allowed: a name only once",
    )
