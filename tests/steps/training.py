"""SageMaker's side of a run that trains by script and compares golden rows."""

import io
import tarfile
import time
from datetime import timedelta
from typing import Any

from rules import names

from tests.steps.conftest import BUCKET, KEY_ARN, VARIABLES
from tests.steps.runs import RUN
from tests.steps.sagemaker import ARN, NOW, RUN_URI, STATE, TAGS, plan, transform_job

HOME_URI = f"s3://{BUCKET}/digits/first/"
MODEL_URI = f"{RUN_URI}training/job/output/model.tar.gz"


def training_name(attempt: int = 1) -> str:
    return names.training_job_name(prefix="autolote-test", run_id=RUN, attempt=attempt)


def golden_name(attempt: int = 1) -> str:
    return names.golden_job_name(prefix="autolote-test", run_id=RUN, attempt=attempt)


def script_plan(**train: Any) -> dict[str, Any]:
    """A plan that trains by script, on spot instances."""
    told = {
        "method": "script",
        "uri": f"{HOME_URI}data/train.csv",
        "bytes": 1_600_000_000,
        "target": "y",
        "hyperparameters": {
            "objective": "binary",
            "metric": "auc, binary_logloss",
            "num_leaves": 63.0,
            "learning_rate": 0.05,
            "extra_trees": True,
        },
        "validation": None,
        "validation_fraction": 0.2,
        "max_rounds": 300,
        "early_stopping_rounds": 20,
        "seed": 7,
        "instance_type": "ml.m5.2xlarge",
        "spot": True,
        "max_runtime_seconds": 1800,
        "max_wait_seconds": 3600,
    }
    return {**plan(), "how": "script", "train": {**told, **train}}


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "CompressionType": "None",
        "DataSource": {"S3DataSource": source},
    }


def training_request(attempt: int = 1) -> dict[str, Any]:
    """CreateTrainingJob for `script_plan()`."""
    number = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
    return {
        "TrainingJobName": training_name(attempt),
        "AlgorithmSpecification": {
            "TrainingImage": VARIABLES["SCORING_IMAGE"],
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": f"{part}:{metric}", "Regex": rf"\b{part}:{metric}={number}"}
                for metric in ("auc", "binary_logloss")
                for part in ("train", "validation")
            ],
        },
        "HyperParameters": {
            "objective": "binary",
            "metric": "auc,binary_logloss",
            "num_leaves": "63",
            "learning_rate": "0.05",
            "extra_trees": "true",
            "target": "y",
            "max_rounds": "300",
            "early_stopping_rounds": "20",
            "seed": "7",
            "validation_fraction": "0.2",
        },
        "InputDataConfig": [channel("train", f"{HOME_URI}data/train.csv")],
        "OutputDataConfig": {"S3OutputPath": f"{RUN_URI}training/", "KmsKeyId": KEY_ARN},
        "CheckpointConfig": {
            "S3Uri": f"s3://{BUCKET}/checkpoints/digits/first/runs/{RUN}/",
            "LocalPath": "/opt/ml/checkpoints",
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.2xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 14,
            "VolumeKmsKeyId": KEY_ARN,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800, "MaxWaitTimeInSeconds": 3600},
        "EnableManagedSpotTraining": True,
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "RoleArn": VARIABLES["TRAINING_ROLE_ARN"],
        "Tags": TAGS,
    }


def training_job(status: str = "InProgress", attempt: int = 1, **changes: Any) -> dict[str, Any]:
    """What DescribeTrainingJob says."""
    asked = {k: v for k, v in training_request(attempt).items() if k != "Tags"}
    return {
        **asked,
        "TrainingJobArn": f"{ARN}training-job/{training_name(attempt)}",
        "ModelArtifacts": {"S3ModelArtifacts": MODEL_URI},
        "CreationTime": NOW - timedelta(minutes=10),
        "TrainingJobStatus": status,
        "SecondaryStatus": "Training" if status == "InProgress" else status,
        **changes,
    }


def moves(*statuses: str) -> list[dict[str, Any]]:
    return [{"Status": status, "StartTime": NOW, "StatusMessage": ""} for status in statuses]


def metric(name: str, value: float) -> dict[str, Any]:
    return {"MetricName": name, "Value": value, "Timestamp": NOW}


def completed_job(**changes: Any) -> dict[str, Any]:
    """A job that was interrupted once and billed a third of its time."""
    told = {
        "FinalMetricDataList": [metric("train:auc", 0.95), metric("validation:auc", 0.88)],
        "TrainingTimeInSeconds": 900,
        "BillableTimeInSeconds": 300,
        "SecondaryStatusTransitions": moves(
            "Starting", "Training", "Interrupted", "Starting", "Training", "Completed"
        ),
    }
    return training_job("Completed", **told, **changes)


def training_state(**changes: Any) -> dict[str, Any]:
    told = {
        "job_name": training_name(),
        "job_arn": "arn",
        "started_at": time.time() - 600,
        "limit_seconds": 3600,
        "metric": "auc",
        "instance_type": "ml.m5.2xlarge",
        "instance_count": 1,
        **changes,
    }
    return {**STATE, "plan": script_plan(), "training": told}


def golden_job(**changes: Any) -> dict[str, Any]:
    return {**transform_job(), "TransformJobName": golden_name(), **changes}


def archive(**files: str) -> bytes:
    """A model.tar.gz; a name's underscores stand for the points of file names."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()
