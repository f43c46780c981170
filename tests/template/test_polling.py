"""What polling costs, from the definition that would be deployed and the rule that says how long
to wait."""

from __future__ import annotations

from typing import Any

import pytest
from rules.plan import GOLDEN_SECONDS
from rules.waiting import (
    AUTOML_MARGIN_SECONDS,
    TRAINING_MARGIN_SECONDS,
    TRANSFORM_MARGIN_SECONDS,
    next_wait,
)

from tests.template.assembly import Assembly
from tests.template.walk import Answer, Walk

DAY = 24 * 3600
HISTORY_QUOTA = 25_000
# US dollars for 1,000 state transitions: https://aws.amazon.com/step-functions/pricing/
GOLDEN_PLAN = {"how": "existing", "score": {"golden": {"uri": "s3://b/golden.csv"}}}
PRICE = {"us-east-1": 0.025, "sa-east-1": 0.0375}


def job(*, seconds: float, limit: float, margin: float) -> tuple[Answer, Answer]:
    """What Start and Describe answer about a job that takes `seconds`."""
    started: list[float] = []

    def look(now: float) -> dict[str, Any]:
        age = now - started[0]
        wait = next_wait(elapsed_seconds=age, limit_seconds=limit, margin_seconds=margin)
        return {"status": "Completed" if age >= seconds else "InProgress", "wait_seconds": wait}

    def start(now: float) -> dict[str, Any]:
        started.append(now)
        return look(now)

    return start, look


MARGINS = {"AutoML": AUTOML_MARGIN_SECONDS, "Training": TRAINING_MARGIN_SECONDS}


def walk(
    definition: dict[str, Any],
    *,
    train: float,
    score: float | None,
    slack: float = 1,
    by: str = "AutoML",
) -> Walk:
    """A run that trains for `train` seconds and scores for `score`, within `slack` times as long
    a limit."""
    start_training, describe_training = job(seconds=train, limit=train * slack, margin=MARGINS[by])
    start_transform, describe_transform = job(
        seconds=score or 0, limit=(score or 0) * slack, margin=TRANSFORM_MARGIN_SECONDS
    )
    how = {"AutoML": "automl", "Training": "script"}[by]
    plan = {"how": how, "score": None if score is None else {}}
    answers: dict[str, Answer] = {
        "ValidateRequest": lambda _: plan,
        f"Start{by}": start_training,
        f"Describe{by}": describe_training,
        "StartTransform": start_transform,
        "DescribeTransform": describe_transform,
    }
    return Walk(definition, answers).run()


@pytest.mark.parametrize("by", ["AutoML", "Training"])
@pytest.mark.parametrize("slack", [1, 1.5])
def test_the_longest_training_stays_far_below_the_history_quota(
    assembly: Assembly, slack: float, by: str
) -> None:
    """30 days of Autopilot or of a training job that waits for spot capacity, and then scoring,
    fit, with 9 events for each look at a job."""
    definition = assembly.definition("prod")
    train = walk(definition, train=30 * DAY, score=None, slack=slack, by=by)
    assert train.events < 20_000
    both = walk(definition, train=30 * DAY, score=DAY, slack=slack, by=by)
    assert both.events < HISTORY_QUOTA
    looks = train.visited.count(f"Describe{by}")
    assert looks > 1_000
    once_more = walk(definition, train=30 * DAY + 1_500, score=None, slack=2, by=by)
    assert (once_more.events - train.events) % 9 == 0


@pytest.mark.parametrize("by", ["AutoML", "Training"])
@pytest.mark.parametrize("slack", [1, 2, 24])
@pytest.mark.parametrize("minutes", range(0, 61, 5))
def test_a_run_of_an_hour_takes_at_most_60_transitions(
    assembly: Assembly, minutes: int, slack: float, by: str
) -> None:
    """However an hour is split between training and scoring, and however wide its limits are."""
    run = walk(
        assembly.definition("prod"),
        train=minutes * 60,
        score=(60 - minutes) * 60,
        slack=slack,
        by=by,
    )
    assert run.visited[-1] == "Done"
    assert run.transitions <= 60
    assert run.transitions * PRICE["us-east-1"] / 1000 <= 0.0015
    assert run.transitions * PRICE["sa-east-1"] / 1000 <= 0.00225


def test_a_job_that_ends_at_its_limit_is_seen_at_once(assembly: Assembly) -> None:
    """A look falls right after a job's own limit, however long the waits have become."""
    run = walk(assembly.definition("prod"), train=10 * 3600, score=None)
    assert run.seconds - 10 * 3600 <= 60


def test_a_training_alone_does_not_score(assembly: Assembly) -> None:
    """Without `score` the manifest follows the model."""
    run = walk(assembly.definition("prod"), train=600, score=None)
    assert run.visited[-5:] == [
        "CreateModel",
        "HasScoring",
        "PublishManifest",
        "NotifySuccess",
        "Done",
    ]
    assert "StartTransform" not in run.visited


def test_an_existing_model_is_not_trained(assembly: Assembly) -> None:
    """A model of an experiment goes straight to scoring."""
    start, look = job(seconds=300, limit=3600, margin=TRANSFORM_MARGIN_SECONDS)
    run = Walk(
        assembly.definition("prod"),
        {
            "ValidateRequest": lambda _: {"how": "existing", "score": {}},
            "StartTransform": start,
            "DescribeTransform": look,
        },
    ).run()
    assert run.visited[:6] == [
        "ValidateRequest",
        "HowToTrain",
        "CreateModel",
        "HasScoring",
        "HasGolden",
        "PrepareInput",
    ]
    assert run.visited[-1] == "Done"


def test_golden_rows_go_through_the_loop_once_more_and_before(assembly: Assembly) -> None:
    """A golden job at its limit, then scoring: the comparison stands between them."""
    answers: dict[str, Answer] = {"ValidateRequest": lambda _: GOLDEN_PLAN}
    for part, seconds in (("Golden", GOLDEN_SECONDS), ("Transform", 3600)):
        start, look = job(seconds=seconds, limit=seconds, margin=TRANSFORM_MARGIN_SECONDS)
        answers |= {f"Start{part}": start, f"Describe{part}": look}
    run = Walk(assembly.definition("prod"), answers).run()
    tasks = [name for name in run.visited if not name.startswith(("Wait", "Describe", "Is"))]
    assert tasks[4:10] == [
        "HasGolden", "PrepareGolden", "StartGolden", "CheckGolden", "PrepareInput",
        "StartTransform",
    ]  # fmt: skip
    assert run.visited[-1] == "Done"
    assert run.transitions <= 90
