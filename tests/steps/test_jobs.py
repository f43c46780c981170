"""States StartAutoML, DescribeAutoML, StartTransform and DescribeTransform, call by call."""

import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rules import names
from steps import (
    describe_automl,
    describe_transform,
    errors,
    start_automl,
    start_transform,
)
from steps.environment import Environment

from tests.steps.conftest import Stub
from tests.steps.sagemaker import (
    ARN,
    CANDIDATE,
    NOW,
    RUN_URI,
    STATE,
    automl_job,
    automl_name,
    automl_request,
    scoring,
    training,
    transform_job,
    transform_name,
    transform_request,
)


def test_the_automl_job_is_asked_for_with_limits_tags_and_encryption(
    env: Environment, stub: Stub
) -> None:
    arn = f"{ARN}automl-job/{automl_name()}"
    stub("sagemaker").add_response("create_auto_ml_job_v2", {"AutoMLJobArn": arn}, automl_request())
    told = start_automl.handler(STATE, None)
    assert told["job_name"] == automl_name()
    assert (told["job_arn"], told["attempt"], told["limit_seconds"]) == (arn, 1, 1800)
    assert told["wait_seconds"] == 120
    assert abs(told["started_at"] - time.time()) < 10


def test_the_transform_job_is_asked_for_with_its_filters_and_encryption(
    env: Environment, stub: Stub
) -> None:
    arn = f"{ARN}transform-job/{transform_name()}"
    stub("sagemaker").add_response(
        "create_transform_job", {"TransformJobArn": arn}, transform_request()
    )
    told = start_transform.handler(STATE, None)
    assert told["output_uri"] == f"{RUN_URI}predictions/"
    assert (told["instance_type"], told["instance_count"]) == ("ml.m5.xlarge", 2)


def test_a_job_that_exists_already_is_adopted_with_its_own_age(
    env: Environment, stub: Stub
) -> None:
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("create_auto_ml_job_v2", "ResourceInUse")
    sagemaker.add_response(
        "describe_auto_ml_job_v2", automl_job(), {"AutoMLJobName": automl_name()}
    )
    sagemaker.add_client_error("create_transform_job", "ResourceInUse")
    sagemaker.add_response("describe_transform_job", transform_job("Completed"))
    training, scoring = start_automl.handler(STATE, None), start_transform.handler(STATE, None)
    assert training["attempt"] == scoring["attempt"] == 1
    assert training["started_at"] == pytest.approx((NOW - timedelta(minutes=10)).timestamp())


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Stopping"])
def test_a_job_that_ended_badly_is_followed_by_one_of_another_name(
    env: Environment, stub: Stub, status: str
) -> None:
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("create_auto_ml_job_v2", "ResourceInUse")
    sagemaker.add_response("describe_auto_ml_job_v2", automl_job(status))
    sagemaker.add_response(
        "create_auto_ml_job_v2", {"AutoMLJobArn": f"{ARN}automl-job/second"}, automl_request(2)
    )
    sagemaker.add_client_error("create_transform_job", "ResourceInUse")
    sagemaker.add_response("describe_transform_job", transform_job(status))
    sagemaker.add_response(
        "create_transform_job",
        {"TransformJobArn": f"{ARN}transform-job/second"},
        transform_request(2),
    )
    training, scoring = start_automl.handler(STATE, None), start_transform.handler(STATE, None)
    assert (training["job_name"], training["attempt"]) == (automl_name(2), 2)
    assert scoring["output_uri"] == f"{RUN_URI}predictions/attempt-2/"


def test_a_job_of_that_name_which_is_not_the_runs_is_left_alone(
    env: Environment, stub: Stub
) -> None:
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("create_auto_ml_job_v2", "ResourceInUse")
    other = automl_job(RoleArn="arn:aws:iam::123456789012:role/other")
    sagemaker.add_response("describe_auto_ml_job_v2", other)
    with pytest.raises(errors.JobNameTaken, match="is not this run's"):
        start_automl.handler(STATE, None)


def test_attempts_come_to_an_end(env: Environment, stub: Stub) -> None:
    for attempt in range(1, names.MAX_ATTEMPTS + 1):
        stub("sagemaker").add_client_error("create_auto_ml_job_v2", "ResourceInUse")
        stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job("Failed", attempt))
    with pytest.raises(errors.JobNameTaken, match="all 9 attempts"):
        start_automl.handler(STATE, None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ThrottlingException", "ThrottlingException"),
        ("TooManyRequestsException", "ThrottlingException"),
        ("ResourceLimitExceeded", "ResourceLimitExceeded"),
        ("AccessDeniedException", "AccessDenied"),
        ("ValidationException", "ValidationException"),
        ("KMS.DisabledException", "KMS.DisabledException"),
    ],
)
def test_what_aws_refuses_keeps_its_name_and_its_message(
    env: Environment, stub: Stub, code: str, name: str
) -> None:
    stub("sagemaker").add_client_error("create_auto_ml_job_v2", code, "the reason")
    with pytest.raises(Exception, match="the reason") as caught:
        start_automl.handler(STATE, None)
    assert type(caught.value).__name__ == name


@pytest.mark.parametrize("secondary", ["Completed", "MaxAutoMLJobRuntimeReached"])
def test_a_completed_automl_job_tells_its_best_candidate(
    env: Environment, stub: Stub, secondary: str
) -> None:
    job = automl_job("Completed", AutoMLJobSecondaryStatus=secondary, BestCandidate=CANDIDATE)
    stub("sagemaker").add_response("describe_auto_ml_job_v2", job)
    told = describe_automl.handler(training(), None)
    assert (told["status"], told["secondary_status"]) == ("Completed", secondary)
    assert told["problem_type"] == "Regression"
    assert told["candidate"] == {
        "name": "best",
        "objective": "RMSE",
        "value": 2.5,
        "metrics": {"RMSE": 2.5, "InferenceLatency": 0.01},
    }


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_that_is_under_way_is_looked_at_again(
    env: Environment, stub: Stub, status: str
) -> None:
    stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job(status))
    stub("sagemaker").add_response("describe_transform_job", transform_job(status))
    told = describe_automl.handler(training(), None)
    assert told["status"] == status
    assert told["wait_seconds"] == pytest.approx(300, abs=2)
    assert describe_transform.handler(scoring(), None)["wait_seconds"] == pytest.approx(300, abs=2)


@pytest.mark.parametrize(
    ("job", "error", "words"),
    [
        (automl_job("Failed", FailureReason="no such column"), errors.AutoMLJobFailed, "no such"),
        (automl_job("Failed"), errors.AutoMLJobFailed, "gave no reason"),
        (automl_job("Stopped"), errors.AutoMLJobStopped, "stopped by somebody"),
        (automl_job("Completed"), errors.NoCandidate, "without a candidate"),
        (automl_job("Paused"), errors.UnknownStatus, "Paused"),
    ],
)
def test_an_automl_job_that_ends_in_any_other_way_is_a_named_error(
    env: Environment, stub: Stub, job: dict[str, Any], error: type[Exception], words: str
) -> None:
    stub("sagemaker").add_response("describe_auto_ml_job_v2", job)
    with pytest.raises(error, match=words):
        describe_automl.handler(training(), None)


def test_a_job_that_outlives_its_limit_and_margin_is_given_up(env: Environment, stub: Stub) -> None:
    stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job())
    with pytest.raises(errors.AutoMLTimedOut, match=r"limit of 1,800"):
        describe_automl.handler(training(started_at=time.time() - 5500), None)
    stub("sagemaker").add_response("describe_transform_job", transform_job())
    with pytest.raises(errors.TransformTimedOut, match=r"max_runtime_seconds, 3,600"):
        describe_transform.handler(scoring(started_at=time.time() - 3700), None)


def test_a_job_that_is_not_to_be_found_yet_is_asked_for_again(
    env: Environment, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    for _ in range(2):
        stub("sagemaker").add_client_error("describe_auto_ml_job_v2", "ResourceNotFound")
    stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job())
    assert describe_automl.handler(training(), None)["status"] == "InProgress"
    for _ in range(4):
        stub("sagemaker").add_client_error("describe_auto_ml_job_v2", "ResourceNotFound")
    with pytest.raises(Exception, match="ResourceNotFound") as caught:
        describe_automl.handler(training(), None)
    assert isinstance(caught.value.__cause__, ClientError)


def test_a_look_that_is_throttled_is_named_so_that_it_is_tried_again(
    env: Environment, stub: Stub
) -> None:
    stub("sagemaker").add_client_error("describe_auto_ml_job_v2", "ThrottlingException")
    with pytest.raises(errors.ThrottlingException):
        describe_automl.handler(training(), None)


def test_a_completed_transform_job_tells_what_is_billed(env: Environment, stub: Stub) -> None:
    job = transform_job(
        "Completed", TransformStartTime=NOW - timedelta(seconds=90.5), TransformEndTime=NOW
    )
    stub("sagemaker").add_response("describe_transform_job", job)
    assert describe_transform.handler(scoring(), None)["seconds"] == 90.5


@pytest.mark.parametrize(
    ("job", "error", "words"),
    [
        (
            transform_job("Failed", FailureReason="bad row"),
            errors.TransformJobFailed,
            r"bad row\. Its log.*TransformJobs",
        ),
        (
            transform_job("Failed", FailureReason="CapacityError: none left."),
            errors.TransformJobFailed,
            r"none left\. Redrive.*another score.instance_type",
        ),
        (transform_job("Stopped"), errors.TransformJobStopped, "stopped by somebody"),
        (transform_job("Paused"), errors.UnknownStatus, "Paused"),
    ],
)
def test_a_transform_job_that_ends_in_any_other_way_is_a_named_error(
    env: Environment, stub: Stub, job: dict[str, Any], error: type[Exception], words: str
) -> None:
    stub("sagemaker").add_response("describe_transform_job", job)
    with pytest.raises(error, match=words):
        describe_transform.handler(scoring(), None)
