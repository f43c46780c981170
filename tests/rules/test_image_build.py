"""What is said of a build of the scoring image that failed."""

from typing import Any

import pytest
from rules import image_build


def build(status: str, **phase: Any) -> dict[str, Any]:
    """As BatchGetBuilds tells it: a phase that went well, one that is given, one after it."""
    phases = [
        {"phaseType": "DOWNLOAD_SOURCE", "phaseStatus": "SUCCEEDED"},
        {"phaseType": "BUILD", **phase},
        {"phaseType": "COMPLETED"},
    ]
    return {
        "id": "project:1",
        "buildStatus": status,
        "phases": phases,
        "logs": {"deepLink": "https://console/log"},
    }


def test_the_phase_its_words_and_the_log_are_told() -> None:
    """Whoever deploys need not look for what failed."""
    context = {"statusCode": "COMMAND_EXECUTION_ERROR", "message": "bash image/build.sh:\n exit 2"}
    failed = build("FAILED", phaseStatus="FAILED", contexts=[context])
    told = image_build.why_failed(failed, ["#9 0.1 a.cpp:3:1: error: expected ';'", "#9 ERROR: x"])
    assert told == (
        "the build project:1 of the scoring image ended FAILED in phase BUILD; "
        "COMMAND_EXECUTION_ERROR: bash image/build.sh: exit 2; "
        "#9 0.1 a.cpp:3:1: error: expected ';'; #9 ERROR: x. Log: https://console/log"
    )


@pytest.mark.parametrize("status", ["TIMED_OUT", "FAULT", "STOPPED"])
def test_every_end_but_success_names_its_phase(status: str) -> None:
    """A time-out, a fault of AWS and a build that somebody stopped are told apart."""
    ended = build(status, phaseStatus=status)
    assert not image_build.is_running(ended)
    assert not image_build.has_succeeded(ended)
    assert f"ended {status} in phase BUILD" in image_build.why_failed(ended, [])


def test_a_build_without_phases_and_log_still_says_how_it_ended() -> None:
    """A build that was stopped in line has neither."""
    told = image_build.why_failed({"id": "p:1", "buildStatus": "STOPPED"}, [])
    assert told == "the build p:1 of the scoring image ended STOPPED. Log: none"


def test_the_first_errors_are_shown_and_flags_that_sound_alike_are_not() -> None:
    """A compiler's first error explains the others."""
    log = ["g++ -Werror a.cpp", *(f"a.cpp:{n}: error: {n}" for n in range(9)), "make: *** Error 1"]
    assert image_build.telling_lines(log) == [f"a.cpp:{n}: error: {n}" for n in range(5)]


def test_without_an_error_the_end_of_the_log_is_shown() -> None:
    """As when a download breaks off."""
    assert image_build.telling_lines([str(n) for n in range(9)]) == ["4", "5", "6", "7", "8"]


def test_the_reason_fits_into_an_answer_to_cloudformation() -> None:
    """Its 4096 bytes hold the reason and the names, however long the log's lines are."""
    failed = build("FAILED", phaseStatus="FAILED", contexts=[{"message": "x" * 9999}] * 9)
    assert len(image_build.why_failed(failed, ["error " + "y" * 9999] * 9)) < 2_000
