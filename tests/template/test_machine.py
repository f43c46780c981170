"""The state machine as it would be deployed: every way through it ends, and ends tidily."""

from __future__ import annotations

from typing import Any

import pytest
from rules.plan import GOLDEN_SECONDS

from autolote.settings import load
from stacks import functions as f
from stacks.app import ROOT
from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS

TRANSIENT = [
    "ThrottlingException",
    "ServiceUnavailable",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
]
NOTIFY = {"NotifySuccess", "NotifyFailure"}
GOLDEN = {
    "PrepareGolden": "PrepareInput",
    "StartGolden": "StartTransform",
    "DescribeGolden": "DescribeTransform",
}
AFTER_FAILURE = {"StopJobs", "NotifyFailure"}


@pytest.fixture(scope="module")
def tasks(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return assembly.tasks("prod")


def test_there_is_a_state_for_every_function_but_the_starter(
    tasks: dict[str, dict[str, Any]],
) -> None:
    """Functions and states go by the same names; what also works on golden rows has a second."""
    own = {spec.name for spec in f.FUNCTIONS} - {"StartRun"}
    assert set(tasks) - NOTIFY == own | GOLDEN.keys()
    for name, of_rows in GOLDEN.items():
        assert tasks[name]["Resource"] == tasks[of_rows]["Resource"]
        assert tasks[name]["Parameters"] == {"part": "golden", "state.$": "$"}
        assert tasks[name]["ResultPath"] == "$.golden"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_task_has_a_time_limit_retries_and_a_way_out(
    assembly: Assembly, environment: str
) -> None:
    """No task can hang for ever, fail at the first throttling, or fail without clean-up."""
    for name, task in assembly.tasks(environment).items():
        assert 0 < task["TimeoutSeconds"] <= 930, name
        assert task["Retry"][0] == {
            "ErrorEquals": TRANSIENT,
            "IntervalSeconds": 2,
            "BackoffRate": 2,
            "MaxAttempts": 6,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        }, name
        [catch] = task["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"], name


def test_a_task_outlives_its_function_by_half_a_minute(tasks: dict[str, dict[str, Any]]) -> None:
    """A function that runs into its own limit is reported as such, not as a state's timeout."""
    for spec in f.FUNCTIONS:
        if spec.name in tasks:
            assert tasks[spec.name]["TimeoutSeconds"] == spec.timeout + 30


def test_whatever_fails_stops_the_jobs_and_tells_people(tasks: dict[str, dict[str, Any]]) -> None:
    """From any task, an error leads to StopJobs; from there only to the failed end."""
    for name in set(tasks) - NOTIFY - AFTER_FAILURE:
        [catch] = tasks[name]["Catch"]
        assert (catch["Next"], catch["ResultPath"]) == ("StopJobs", "$.error"), name
    assert tasks["StopJobs"]["Next"] == "NotifyFailure"
    assert tasks["StopJobs"]["Catch"][0]["Next"] == "NotifyFailure"
    assert tasks["StopJobs"]["Catch"][0]["ResultPath"] == "$.stop_error"
    assert tasks["NotifyFailure"]["Next"] == "RunFailed"
    assert tasks["NotifyFailure"]["Catch"][0]["Next"] == "RunFailed"


def test_a_message_that_does_not_get_through_fails_no_run(tasks: dict[str, dict[str, Any]]) -> None:
    """The manifest is the success marker, not the message."""
    assert tasks["NotifySuccess"]["Catch"][0]["Next"] == "Done"


def test_the_end_of_a_failed_run_names_the_first_error(assembly: Assembly) -> None:
    """What failed is what the execution fails with, whatever happens while cleaning up."""
    failed = assembly.definition("prod")["States"]["RunFailed"]
    assert failed == {
        "Type": "Fail",
        "ErrorPath": "$.error.Error",
        "CausePath": "$.error.Cause",
    }


def test_only_states_that_start_a_job_wait_in_line_for_a_quota(
    tasks: dict[str, dict[str, Any]],
) -> None:
    """In sa-east-1 one Autopilot job runs at a time: the next one waits its turn for hours."""
    waiting = {
        name: retry
        for name, task in tasks.items()
        for retry in task["Retry"]
        if retry["ErrorEquals"] == ["ResourceLimitExceeded"]
    }
    assert set(waiting) == {"StartAutoML", "StartTraining", "StartGolden", "StartTransform"}
    for retry in waiting.values():
        assert retry["IntervalSeconds"] == 300
        assert retry["BackoffRate"] == 1.5
        assert retry["MaxDelaySeconds"] == 1800
        assert retry["MaxAttempts"] == 40


@pytest.mark.parametrize("job", ["AutoML", "Training", "Golden", "Transform"])
def test_a_loop_is_left_by_every_status_it_does_not_know(assembly: Assembly, job: str) -> None:
    """A job is waited for while it is under way; any status but success leads to the clean-up."""
    states = assembly.definition("prod")["States"]
    choice = states[f"Is{job}Done"]
    under_way, completed = choice["Choices"]
    assert {part["StringEquals"] for part in under_way["Or"]} == {"InProgress", "Stopping"}
    assert under_way["Next"] == f"WaitFor{job}"
    assert completed["StringEquals"] == "Completed"
    assert choice["Default"] == "UnknownStatus"
    assert states["UnknownStatus"]["Next"] == "StopJobs"
    assert states[f"WaitFor{job}"]["Next"] == f"Describe{job}"
    assert states[f"Start{job}"]["Next"] == f"WaitFor{job}"
    assert states[f"Describe{job}"]["Next"] == f"Is{job}Done"


def test_golden_rows_are_compared_before_anything_is_scored(assembly: Assembly) -> None:
    """With golden rows every way to StartTransform passes CheckGolden; without, none does."""
    states = assembly.definition("prod")["States"]
    assert states["HasScoring"]["Default"] == "HasGolden"
    absent = states["HasGolden"]["Choices"][0]
    assert {part["Variable"] for part in absent["Or"]} == {"$.plan.score.golden"}
    assert (absent["Next"], states["HasGolden"]["Default"]) == ("PrepareInput", "PrepareGolden")
    assert states["PrepareGolden"]["Next"] == "StartGolden"
    assert states["IsGoldenDone"]["Choices"][1]["Next"] == "CheckGolden"
    assert states["CheckGolden"]["Next"] == "PrepareInput"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_machine_gives_every_run_the_time_its_limits_allow(
    assembly: Assembly, environment: str
) -> None:
    """All jobs at their limits, each after the longest wait for a quota: nothing is cut off."""
    definition = assembly.definition(environment)
    limits = load(ROOT / "environments" / f"{environment}.toml").limits
    jobs = limits.max_transform_runtime_seconds + GOLDEN_SECONDS
    jobs += max(limits.max_automl_runtime_seconds, limits.max_training_wait_seconds)
    retry = definition["States"]["StartAutoML"]["Retry"][1]
    line = sum(
        min(retry["IntervalSeconds"] * retry["BackoffRate"] ** attempt, retry["MaxDelaySeconds"])
        for attempt in range(retry["MaxAttempts"])
    )
    steps = sum(task["TimeoutSeconds"] for task in assembly.tasks(environment).values())
    assert definition["TimeoutSeconds"] >= jobs + 3 * line + steps + 2 * 3600
    assert definition["TimeoutSeconds"] <= 365 * 24 * 3600  # the longest execution AWS allows


def test_the_machine_logs_everything_but_the_data(assembly: Assembly) -> None:
    """Every event is logged and traced; requests and results are not copied into logs."""
    machine = assembly.resource("prod", "AWS::StepFunctions::StateMachine").properties
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["StateMachineName"] == "autolote-prod"
