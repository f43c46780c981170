"""States StartTraining and DescribeTraining, call by call."""

import json
import time
from typing import Any

import pytest
from steps import describe_training, environment, errors, start_training
from steps.environment import Environment

from tests.steps.conftest import BUCKET, Stub
from tests.steps.sagemaker import ARN, STATE
from tests.steps.training import (
    HOME_URI,
    MODEL_URI,
    channel,
    completed_job,
    metric,
    script_plan,
    training_job,
    training_name,
    training_request,
    training_state,
)

ASKED = {**STATE, "plan": script_plan()}
CREATED = {"TrainingJobArn": f"{ARN}training-job/{training_name()}"}


def test_the_job_is_asked_for_with_checkpoints_limits_isolation_and_encryption(
    env: Environment, stub: Stub
) -> None:
    stub("sagemaker").add_response("create_training_job", CREATED, training_request())
    told = start_training.handler(ASKED, None)
    assert (told["job_name"], told["attempt"]) == (training_name(), 1)
    # On spot instances the limit is what may be waited, capacity included.
    assert (told["limit_seconds"], told["wait_seconds"]) == (3600, 120)
    assert told["metric"] == "auc"


def test_on_demand_there_is_nothing_to_wait_for(env: Environment, stub: Stub) -> None:
    request = training_request() | {"EnableManagedSpotTraining": False}
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": 1800}
    stub("sagemaker").add_response("create_training_job", CREATED, request)
    plan = script_plan(spot=False, max_wait_seconds=None)
    told = start_training.handler({**STATE, "plan": plan}, None)
    assert told["limit_seconds"] == 1800


def test_validation_data_is_a_channel_of_its_own_and_nothing_is_held_out(
    env: Environment, stub: Stub
) -> None:
    request = training_request()
    uri = f"{HOME_URI}data/validation/"
    request["InputDataConfig"].append(channel("validation", uri))
    request["ResourceConfig"]["VolumeSizeInGB"] = 15
    del request["HyperParameters"]["validation_fraction"]
    stub("sagemaker").add_response("create_training_job", CREATED, request)
    plan = script_plan(validation={"uri": uri, "objects": 2, "bytes": 700_000_000})
    start_training.handler({**STATE, "plan": plan}, None)


def test_the_job_runs_in_the_network_that_it_is_given(
    settings: dict[str, Any], variables: None, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings["network"] = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    monkeypatch.setenv("SETTINGS", json.dumps(settings))
    environment.current.cache_clear()
    request = training_request()
    request["VpcConfig"] = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    stub("sagemaker").add_response("create_training_job", CREATED, request)
    start_training.handler(ASKED, None)


def test_a_second_start_adopts_the_job_and_a_stopped_one_is_followed_by_another(
    env: Environment, stub: Stub
) -> None:
    """The next attempt reads the same checkpoints, so it goes on where the first was stopped."""
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("create_training_job", "ResourceInUse")
    sagemaker.add_response("describe_training_job", training_job())
    assert start_training.handler(ASKED, None)["job_name"] == training_name()
    sagemaker.add_client_error("create_training_job", "ResourceInUse")
    sagemaker.add_response("describe_training_job", training_job("Stopped"))
    second = training_request(2)
    assert second["CheckpointConfig"] == training_request(1)["CheckpointConfig"]
    sagemaker.add_response("create_training_job", CREATED, second)
    assert start_training.handler(ASKED, None)["attempt"] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"RoleArn": "arn:aws:iam::123456789012:role/other"},
        {"InputDataConfig": [channel("train", f"s3://{BUCKET}/other/e/data/train.csv")]},
    ],
)
def test_a_job_of_that_name_which_is_not_the_runs_is_left_alone(
    env: Environment, stub: Stub, change: dict[str, Any]
) -> None:
    stub("sagemaker").add_client_error("create_training_job", "ResourceInUse")
    stub("sagemaker").add_response("describe_training_job", training_job(**change))
    with pytest.raises(errors.JobNameTaken, match="is not this run's"):
        start_training.handler(ASKED, None)


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_a_job_under_way_is_looked_at_again(env: Environment, stub: Stub, status: str) -> None:
    job = training_job(status, SecondaryStatus="Interrupted")
    stub("sagemaker").add_response("describe_training_job", job)
    told = describe_training.handler(training_state(), None)
    assert (told["status"], told["secondary_status"]) == (status, "Interrupted")
    assert told["wait_seconds"] == pytest.approx(300, abs=2)


def test_a_completed_job_tells_its_metrics_its_model_and_what_spot_saved(
    env: Environment, stub: Stub
) -> None:
    """Metrics of the validation data by LightGBM's names, so that a gate can name them."""
    stub("sagemaker").add_response("describe_training_job", completed_job())
    told = describe_training.handler(training_state(), None)
    assert told["candidate"] == {
        "name": training_name(),
        "objective": "auc",
        "value": 0.88,
        "metrics": {"auc": 0.88, "train:auc": 0.95},
    }
    assert told["model_uri"] == MODEL_URI
    assert (told["seconds"], told["billable_seconds"]) == (900, 300)
    assert (told["spot_saving_percent"], told["interruptions"]) == (66.67, 1)


def test_on_demand_nothing_is_saved_and_without_validation_there_is_no_value(
    env: Environment, stub: Stub
) -> None:
    job = completed_job(EnableManagedSpotTraining=False)
    job["FinalMetricDataList"] = [metric("train:auc", 0.95)]
    stub("sagemaker").add_response("describe_training_job", job)
    told = describe_training.handler(training_state(), None)
    assert (told["spot"], told["spot_saving_percent"]) == (False, None)
    assert told["candidate"]["value"] is None


@pytest.mark.parametrize(
    ("job", "error", "words"),
    [
        (
            training_job("Failed", FailureReason="AlgorithmError: column 3 (plan): 'x' is text."),
            errors.TrainingJobFailed,
            r"'x' is text\. Its log.*TrainingJobs",
        ),
        (
            training_job("Failed", FailureReason="CapacityError: none left."),
            errors.TrainingJobFailed,
            r"none left\. Redrive.*another train.instance_type",
        ),
        (training_job("Stopped"), errors.TrainingJobStopped, "stopped by somebody"),
        (
            training_job("Stopped", SecondaryStatus="MaxRuntimeExceeded"),
            errors.TrainingTimedOut,
            r"reached train\.max_runtime_seconds.*from the last checkpoint",
        ),
        (
            training_job("Stopped", SecondaryStatus="MaxWaitTimeExceeded"),
            errors.TrainingTimedOut,
            r"reached train\.max_wait_seconds without spot capacity",
        ),
        (training_job("Paused"), errors.UnknownStatus, "Paused"),
    ],
)
def test_a_job_that_ends_in_any_other_way_is_a_named_error(
    env: Environment, stub: Stub, job: dict[str, Any], error: type[Exception], words: str
) -> None:
    stub("sagemaker").add_response("describe_training_job", job)
    with pytest.raises(error, match=words):
        describe_training.handler(training_state(), None)


def test_a_job_that_outlives_its_limit_and_margin_is_given_up(env: Environment, stub: Stub) -> None:
    stub("sagemaker").add_response("describe_training_job", training_job())
    with pytest.raises(errors.TrainingTimedOut, match=r"limit of 3,600"):
        describe_training.handler(training_state(started_at=time.time() - 7300), None)
