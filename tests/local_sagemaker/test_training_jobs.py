"""Training jobs: the program on an instance, its data, its model, its statuses and metrics."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, REGION, ROLE, Account, channel, training_request, wait_for
from .test_transform import noted
from .trainings import ONE_GO, SCRIPT, archive, passed


@pytest.fixture(autouse=True)
def data(account: Account) -> None:
    """Rows to train on."""
    account.put("training/a.csv", "a,y\n1,0\n")


def test_the_program_finds_what_sagemaker_gives_and_its_model_is_stored(
    account: Account, notes: Path
) -> None:
    """Argument, folders, configuration, variables; model.tar.gz and output.tar.gz in S3."""
    account.put("training/below/b.csv", "a,y\n2,1\n")
    account.put("held.csv", "a,y\n3,1\n")
    job = account.train(
        "basic",
        HyperParameters={"notes": str(notes), "data": "a report"},
        InputDataConfig=[
            channel("train", "training/", ContentType="text/csv"),
            channel("validation", "held.csv"),
        ],
        Environment={"COLOUR": "red"},
    )
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    assert passed(job) == ONE_GO
    (started,) = noted(notes, "config")
    assert started["arguments"] == ["train"]
    assert started["data"] == {
        "input/data/train/a.csv": "a,y\n1,0\n",
        "input/data/train/below/b.csv": "a,y\n2,1\n",
        "input/data/validation/held.csv": "a,y\n3,1\n",
    }
    config = started["config"]
    assert config["hyperparameters.json"] == {"notes": str(notes), "data": "a report"}
    assert config["inputdataconfig.json"]["train"] == {
        "TrainingInputMode": "File",
        "ContentType": "text/csv",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert config["resourceconfig.json"]["hosts"] == ["algo-1"]
    variables = started["environment"]
    assert variables["TRAINING_JOB_NAME"] == "basic"
    assert variables["COLOUR"] == "red"
    assert variables["AWS_REGION"] == REGION
    assert variables["AWS_ACCESS_KEY_ID"] == "key"
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{BUCKET}/models/basic/output/model.tar.gz"
    assert archive(account, uri) == {"model.txt": b"trained"}
    report = uri.replace("model.tar.gz", "output.tar.gz")
    assert archive(account, report) == {"report.txt": b"a report"}
    work = account.home / "work/training-job/basic"
    wait_for(work.exists, lambda there: not there, seconds=3)


def test_an_isolated_program_gets_no_credentials(account: Account, notes: Path) -> None:
    account.train("isolated", HyperParameters={"notes": str(notes)}, EnableNetworkIsolation=True)
    (started,) = noted(notes, "config")
    assert not {name for name in started["environment"] if "SECRET" in name or "ENDPOINT" in name}


def test_times_and_metrics_are_described(account: Account) -> None:
    """The last value of each metric that the log had; nothing of one that it had not."""
    account.sagemaker.create_training_job(
        **training_request(
            "metrics",
            HyperParameters={"steps": "4", "pause": "0.05"},
            AlgorithmSpecification=SCRIPT
            | {
                "MetricDefinitions": [
                    {"Name": "loss", "Regex": "loss=([0-9.]+)"},
                    {"Name": "never", "Regex": "accuracy=([0-9.]+)"},
                    {"Name": "no number", "Regex": "(step)="},
                ]
            },
        )
    )
    running = account.sagemaker.describe_training_job(TrainingJobName="metrics")
    assert running["TrainingJobStatus"] == "InProgress"
    assert "TrainingEndTime" not in running
    job = account.finish_training("metrics")
    (metric,) = job["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("loss", 0.25)
    assert job["CreationTime"] <= job["TrainingStartTime"] < metric["Timestamp"]
    assert metric["Timestamp"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1
    past = job["SecondaryStatusTransitions"]
    assert [before["EndTime"] for before in past[:-1]] == [after["StartTime"] for after in past[1:]]


def test_the_request_is_described_back(account: Account) -> None:
    """With AWS's defaults; what the local account only records is there too."""
    request = training_request(
        "described",
        HyperParameters={"steps": "2"},
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        StoppingCondition={},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/described"},
        Tags=[{"Key": "team", "Value": "red"}],
    )
    account.sagemaker.create_training_job(**request)
    job = account.finish_training("described")
    for member in ("HyperParameters", "VpcConfig", "RoleArn", "ResourceConfig", "InputDataConfig"):
        assert job[member] == request[member]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert job["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert job["EnableManagedSpotTraining"] is False
    arn = job["TrainingJobArn"]
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == request["Tags"]
    listed = account.sagemaker.list_training_jobs(NameContains="described")
    (summary,) = listed["TrainingJobSummaries"]
    assert (summary["TrainingJobArn"], summary["SecondaryStatus"]) == (arn, "Completed")
    with pytest.raises(ClientError, match="ResourceInUse"):
        account.sagemaker.create_training_job(**request)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        account.sagemaker.describe_training_job(TrainingJobName="nobody")


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        (
            {"fail": "The target is missing.", "exit": "1"},
            "AlgorithmError: The target is missing., exit code: 1",
        ),
        ({"fail": "x" * 2000, "exit": "1"}, "AlgorithmError: " + "x" * 1008),
        ({"exit": "3"}, "AlgorithmError: ExitCode 3. Last log lines: step=1 loss=1.0"),
    ],
)
def test_a_failing_program_says_why(
    hyperparameters: dict[str, str], reason: str, account: Account
) -> None:
    """FailureReason is output/failure, at most 1024 characters; no model is stored."""
    name = f"fails-{len(str(hyperparameters))}"
    job = account.train(name, HyperParameters=hyperparameters)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert len(job["FailureReason"]) <= 1024
    assert account.keys(f"models/{name}/") == []


def test_an_image_that_nothing_here_runs_fails_the_job(account: Account) -> None:
    other = SCRIPT | {"TrainingImage": "111122223333.dkr.ecr.sa-east-1.amazonaws.com/xgboost:1"}
    job = account.train("other-image", AlgorithmSpecification=other)
    assert "cannot run image 111122223333.dkr.ecr" in job["FailureReason"]


def test_state_changes_are_events(account: Account) -> None:
    """One for each secondary status; times are milliseconds as text, as in AWS's example."""
    account.train("events", Tags=[{"Key": "team", "Value": "red"}])

    def published() -> list[Any]:
        return [
            event["detail"]
            for event in account.events
            if event["detail-type"] == "SageMaker Training Job State Change"
            and event["detail"]["TrainingJobName"] == "events"
        ]

    found = wait_for(published, lambda details: len(details) == 5)
    assert [detail["SecondaryStatus"] for detail in found] == ONE_GO
    assert [detail["TrainingJobStatus"] for detail in found] == ["InProgress"] * 4 + ["Completed"]
    ended = found[-1]
    assert ended["Tags"] == {"team": "red"}
    assert ended["RoleArn"] == ROLE
    assert len(ended["TrainingEndTime"]) == 13
    assert ended["SecondaryStatusTransitions"][0]["EndTime"].isdigit()
