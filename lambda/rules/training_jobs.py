"""The request of CreateTrainingJob that a validated plan comes to, and what its job tells."""

import math
import re
from collections.abc import Mapping
from typing import Any

from rules import cost, lightgbm
from rules.jobs import Payload, Surroundings, given

CHECKPOINTS_ON_INSTANCE = "/opt/ml/checkpoints"
_VALIDATION = "validation:"
_NUMBER = r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
# Room beside the data on the instance's volume, in GB: image layers, checkpoints, the model.
_OWN_GB = 10


def training_job(
    *,
    name: str,
    train: Mapping[str, Any],
    image: str,
    role_arn: str,
    checkpoint_uri: str,
    around: Surroundings,
) -> Payload:
    """The request.

    Args:
        name: the job's name.
        train: the plan's `train`.
        image: the scoring image, which trains when SageMaker starts it with `train`.
        role_arn: the role the job works under.
        checkpoint_uri: where checkpoints go; the same for every attempt of a run, so that the next
            one goes on where the last one was stopped.
        around: what the run's jobs share.
    """
    hyperparameters, spot = train["hyperparameters"], train["spot"]
    channels = {"train": train, "validation": train["validation"]}
    stored = sum(data["bytes"] for data in channels.values() if data)
    return given(
        {
            "TrainingJobName": name,
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "MetricDefinitions": _metric_definitions(hyperparameters),
            },
            "HyperParameters": _hyperparameters(train),
            "InputDataConfig": [
                _channel(name, str(data["uri"])) for name, data in channels.items() if data
            ],
            "OutputDataConfig": {
                "S3OutputPath": f"{around.run_uri}training/",
                "KmsKeyId": around.key_arn,
            },
            "CheckpointConfig": {"S3Uri": checkpoint_uri, "LocalPath": CHECKPOINTS_ON_INSTANCE},
            "ResourceConfig": {
                "InstanceType": train["instance_type"],
                "InstanceCount": 1,
                "VolumeSizeInGB": _OWN_GB + math.ceil(2 * stored / 10**9),
                "VolumeKmsKeyId": around.key_arn,
            },
            "StoppingCondition": given(
                {
                    "MaxRuntimeInSeconds": train["max_runtime_seconds"],
                    "MaxWaitTimeInSeconds": train["max_wait_seconds"],
                }
            ),
            "EnableManagedSpotTraining": spot,
            # Data and model pass through channels, so the container needs no network at all.
            "EnableNetworkIsolation": True,
            # For what instances of one job tell each other, and audits ask for it of every job.
            "EnableInterContainerTrafficEncryption": True,
            "RoleArn": role_arn,
            "VpcConfig": around.vpc_config,
            "Tags": list(around.tags),
        }
    )


def _metric_definitions(hyperparameters: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each line of the script's log is `round=12 train:auc=0.91 validation:auc=0.88`."""
    return [
        {"Name": f"{part}:{metric}", "Regex": rf"\b{part}:{re.escape(metric)}={_NUMBER}"}
        for metric in lightgbm.metrics(hyperparameters)
        for part in ("train", "validation")
    ]


def _hyperparameters(train: Mapping[str, Any]) -> dict[str, str]:
    own = ["target", "max_rounds", "early_stopping_rounds", "seed"]
    if not train["validation"]:
        own.append("validation_fraction")
    told = {**train["hyperparameters"], **{name: train[name] for name in own}}
    told["metric"] = ",".join(lightgbm.metrics(train["hyperparameters"]))
    return {name: _text(value) for name, value in told.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # 63.0 keeps the schema, but a whole number is wanted where there can be no other.
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "CompressionType": "None",
        "DataSource": {"S3DataSource": source},
    }


def identity(job: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a training job the run's own: its role, where it reads and where it writes.

    The same for a request and for the description of the job it made.
    """
    sources = [channel["DataSource"]["S3DataSource"] for channel in job["InputDataConfig"]]
    return (
        job["RoleArn"],
        [source["S3Uri"] for source in sources],
        job["OutputDataConfig"]["S3OutputPath"].rstrip("/"),
    )


def metrics(job: Mapping[str, Any]) -> dict[str, float]:
    """The last values of a job's metrics: of the validation data by their names in LightGBM, of
    the training data as `train:<name>`."""
    found = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])}
    validated = {
        name.removeprefix(_VALIDATION): value
        for name, value in found.items()
        if name.startswith(_VALIDATION)
    }
    return validated | {n: v for n, v in found.items() if not n.startswith(_VALIDATION)}


def bill(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a completed job took: seconds of training, those billed, what spot saved in percent."""
    seconds = float(job["TrainingTimeInSeconds"])
    billable = float(job.get("BillableTimeInSeconds", seconds))
    spot = bool(job.get("EnableManagedSpotTraining", False))
    moves = [move["Status"] for move in job.get("SecondaryStatusTransitions", [])]
    return {
        "seconds": seconds,
        "billable_seconds": billable,
        "spot": spot,
        "interruptions": moves.count("Interrupted"),
        "spot_saving_percent": cost.spot_saving(training_seconds=seconds, billable_seconds=billable)
        if spot
        else None,
    }
