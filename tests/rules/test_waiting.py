"""Waiting: few looks at long jobs, and one right when a limit is reached."""

import pytest
from rules import waiting

EVENTS_PER_LOOK = 9
THIRTY_DAYS = 30 * 24 * 3600


def looks(duration: float, limit: float, margin: float = 0) -> list[float]:
    """The ages at which a job of `duration` seconds is looked at, until it is found ended."""
    ages, age = [], 0.0
    while age < duration or not ages:
        age += waiting.next_wait(elapsed_seconds=age, limit_seconds=limit, margin_seconds=margin)
        ages.append(age)
    return ages


@pytest.mark.parametrize(
    ("elapsed", "limit", "wait"),
    [
        (0, 86400, 120),
        (240, 86400, 120),
        (600, 86400, 300),
        (3000, 86400, 1500),
        (80000, 86400, 1500),
        (1000, 1200, 230),
        (0, 60, 90),
        (86400, 86400, 30),
        (86430, 86400, 1500),
    ],
)
def test_the_wait_is_half_the_age_within_bounds_and_ends_with_the_limit(
    elapsed: float, limit: float, wait: int
) -> None:
    assert waiting.next_wait(elapsed_seconds=elapsed, limit_seconds=limit) == wait


def test_thirty_days_fit_into_one_execution() -> None:
    events = EVENTS_PER_LOOK * len(looks(THIRTY_DAYS, THIRTY_DAYS, waiting.AUTOML_MARGIN_SECONDS))
    assert events < 20_000


def test_an_hour_however_divided_takes_few_state_transitions() -> None:
    fixed, per_look = 12, 3
    most = max(
        len(looks(training, 86400)) + len(looks(3600 - training, 86400))
        for training in range(0, 3601, 7)
    )
    assert fixed + per_look * most <= 60


@pytest.mark.parametrize("limit", [60, 600, 1800, 3600, 86400, THIRTY_DAYS])
def test_a_job_that_ends_with_its_limit_is_found_ended_within_a_minute(limit: int) -> None:
    assert looks(limit, limit)[-1] - limit <= 60


def test_a_job_that_never_ends_is_given_up_soon_after_its_margin() -> None:
    limit, margin = 3600, 60
    given_up = next(
        age
        for age in looks(10 * limit, limit, margin)
        if waiting.is_overdue(elapsed_seconds=age, limit_seconds=limit, margin_seconds=margin)
    )
    assert limit + margin < given_up <= limit + margin + 60
