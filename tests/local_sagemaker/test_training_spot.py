"""Training jobs that end early or lose their instance: stopped, slow, spot; the real program."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.container.training_cases import SETTINGS, model, places, run, table

from .account import BUCKET, Account, alive, channel, spot, training_request, wait_for
from .test_transform import noted
from .trainings import ONE_GO, archive, passed


@pytest.fixture(autouse=True)
def data(account: Account) -> Iterator[None]:
    """Rows to train on; a spot market without interruptions afterwards."""
    account.put("training/a.csv", "a,y\n1,0\n")
    yield
    (account.home / "spot.json").unlink(missing_ok=True)


def interrupt(account: Account, **market: float) -> None:
    (account.home / "spot.json").write_text(json.dumps(market))


def test_a_stopped_job_gets_sigterm_and_keeps_the_model_it_has(
    account: Account, notes: Path
) -> None:
    """The program may save what it has within the grace; its checkpoints are stored too."""
    told = {"steps": "500", "pause": "0.05", "notes": str(notes), "model": "half"}
    checkpoints = {"S3Uri": f"s3://{BUCKET}/checkpoints/stopped"}
    account.sagemaker.create_training_job(
        **training_request("stopped", HyperParameters=told, CheckpointConfig=checkpoints)
    )
    wait_for(lambda: account.keys("checkpoints/stopped/"), bool)
    account.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = account.finish_training("stopped")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert passed(job) == ["Starting", "Downloading", "Training", "Stopping", "Stopped"]
    assert noted(notes, "signal")[0]["signal"] == "SIGTERM"
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert archive(account, uri) == {"model.txt": b"half"}
    assert job["TrainingTimeInSeconds"] >= 1
    with pytest.raises(ClientError, match="the training job is in status Stopped"):
        account.sagemaker.stop_training_job(TrainingJobName="stopped")


def test_a_job_that_uses_up_its_time_is_stopped(account: Account, notes: Path) -> None:
    """180 account seconds are 3 real ones. The program that does not listen to SIGTERM is killed
    after the grace; a wait for spot capacity ends too."""
    interrupt(account, interruptions=1, seconds_without_capacity=3600)
    told = {"steps": "1", "pause": "60", "notes": str(notes), "deaf": "yes"}
    account.sagemaker.create_training_job(
        **training_request(
            "endless", HyperParameters=told, StoppingCondition={"MaxRuntimeInSeconds": 180}
        )
    )
    times = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 180}
    told = {"steps": "100", "pause": "0.1"}
    waits = account.train("waits", HyperParameters=told, **spot("waits", StoppingCondition=times))
    assert waits["TrainingJobStatus"] == "Stopped"
    assert passed(waits)[-4:] == ["Training", "Interrupted", "Stopping", "MaxWaitTimeExceeded"]
    endless = account.finish_training("endless")
    assert endless["TrainingJobStatus"] == "Stopped"
    assert endless["SecondaryStatus"] == "MaxRuntimeExceeded"
    pid = noted(notes, "config")[0]["pid"]
    wait_for(lambda: alive(pid), lambda running: not running, seconds=3)


def test_a_spot_instance_is_lost_and_the_job_goes_on_from_its_checkpoints(
    account: Account, notes: Path
) -> None:
    """Twice; every instance is a new one, which finds the checkpoints of those before it."""
    interrupt(account, interruptions=2, seconds_without_capacity=1)
    told = {"steps": "20", "pause": "0.1", "notes": str(notes)}
    job = account.train("spot", HyperParameters=told, **spot("spot"))
    assert job["TrainingJobStatus"] == "Completed"
    lost = ["Starting", "Downloading", "Training", "Interrupted"]
    assert passed(job) == [*lost, *lost, *ONE_GO]
    starts = noted(notes, "config")
    found = [len(start["checkpoints"]) for start in starts]
    assert found[0] == 0 < found[1] < found[2]
    assert len(noted(notes, "signal")) == 2
    writers = [account.text(f"checkpoints/spot/{step}.txt") for step in range(1, 21)]
    assert list(dict.fromkeys(writers)) == [str(start["pid"]) for start in starts]
    assert job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]


def test_a_job_is_stopped_while_it_waits_for_capacity(account: Account) -> None:
    interrupt(account, interruptions=1, seconds_without_capacity=3600)
    told = {"steps": "100", "pause": "0.1"}
    account.sagemaker.create_training_job(
        **training_request("waiting", HyperParameters=told, **spot("waiting"))
    )
    wait_for(
        lambda: account.sagemaker.describe_training_job(TrainingJobName="waiting"),
        lambda job: "Interrupted" in passed(job),
    )
    account.sagemaker.stop_training_job(TrainingJobName="waiting")
    assert account.finish_training("waiting")["SecondaryStatus"] == "Stopped"


def test_on_demand_instances_are_not_lost_and_a_wrong_market_is_told(account: Account) -> None:
    interrupt(account, interruptions=5)
    checkpoints = {"S3Uri": f"s3://{BUCKET}/checkpoints/demand"}
    told = {"steps": "4", "pause": "0.1"}
    job = account.train("demand", HyperParameters=told, CheckpointConfig=checkpoints)
    assert passed(job) == ONE_GO
    interrupt(account, interuptions=5)
    job = account.train("market", HyperParameters=told, **spot("market"))
    assert 'spot.json must be JSON of the form {"interruptions": 2' in job["FailureReason"]


def test_the_real_program_trains_the_same_model_with_and_without_interruptions(
    account: Account, tmp_path: Path
) -> None:
    """Two lost spot instances later the model in S3 is, byte for byte, that of a calm training on
    this machine; the metrics are those of the model."""
    told = SETTINGS | {"max_rounds": "2500", "checkpoint_every": "100"}
    told |= {"early_stopping_rounds": "0", "feature_fraction": "0.7", "report_every": "50"}
    account.put("real/table.csv", table())
    interrupt(account, interruptions=2, seconds_without_capacity=1)
    regex = {name: f"{name}:[a-z_]+=([0-9.]+)" for name in ("train", "validation")}
    account.sagemaker.create_training_job(
        **training_request(
            "real",
            HyperParameters=told,
            InputDataConfig=[channel("train", "real/", ContentType="text/csv")],
            AlgorithmSpecification={
                "TrainingImage": "111122223333.dkr.ecr.sa-east-1.amazonaws.com/x-scoring:1",
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": f"{name}:metric", "Regex": text} for name, text in regex.items()
                ],
            },
            **spot("real"),
        )
    )
    job = account.finish_training("real", seconds=60)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert passed(job).count("Interrupted") == 2, passed(job)
    files = archive(account, job["ModelArtifacts"]["S3ModelArtifacts"])
    once = places(tmp_path)
    run(once, **told)
    assert files["model.txt"] == model(once)
    metadata = json.loads(files["metadata.json"])
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    for name in regex:
        value = metadata["metrics"][f"{name}:binary_logloss"]
        assert metrics[f"{name}:metric"] == pytest.approx(value, rel=1e-5)


def test_the_real_program_says_what_is_wrong_with_the_request(account: Account) -> None:
    image = {"TrainingImage": "r/x-scoring:1", "TrainingInputMode": "File"}
    job = account.train(
        "real-fails",
        HyperParameters={"target": "y", "num_leaves": "1"},
        AlgorithmSpecification=image,
    )
    assert job["FailureReason"].startswith("AlgorithmError: objective: it must be given (what")
    assert "num_leaves = '1': it must be a whole number from 2 to 131072." in job["FailureReason"]
