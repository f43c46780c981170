"""Rules of training jobs beyond the service model: refused by field, with a way out."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import BUCKET, Account, channel, spot, training_request

CHECKPOINTS = f"s3://{BUCKET}/checkpoints/rules"


def algorithm(**changes: Any) -> dict[str, Any]:
    made = {"TrainingImage": "script", "TrainingInputMode": "File"} | changes
    return {"AlgorithmSpecification": {name: v for name, v in made.items() if v is not None}}


def metric(regex: str) -> dict[str, Any]:
    return algorithm(MetricDefinitions=[{"Name": "loss", "Regex": regex}])


def resources(**changes: Any) -> dict[str, Any]:
    made = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10} | changes
    return {"ResourceConfig": {name: v for name, v in made.items() if v is not None}}


def channels(*given: dict[str, Any]) -> dict[str, Any]:
    return {"InputDataConfig": list(given)}


def one(**changes: Any) -> dict[str, Any]:
    return channels(channel("train", "training/", **changes))


def s3(**source: str) -> dict[str, Any]:
    made = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/training/"} | source
    return one(DataSource={"S3DataSource": made})


def times(run: int | None, wait: int | None) -> dict[str, Any]:
    given = {"MaxRuntimeInSeconds": run, "MaxWaitTimeInSeconds": wait}
    return {"StoppingCondition": {name: v for name, v in given.items() if v is not None}}


def checkpoints(path: str) -> dict[str, Any]:
    return {"CheckpointConfig": {"S3Uri": CHECKPOINTS, "LocalPath": path}}


WAIT = "It must be present and be greater than or equal to MaxRuntimeInSeconds"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"StoppingCondition": None}, "StoppingCondition: a training job needs it."),
        ({"ResourceConfig": None}, "ResourceConfig: a training job needs it."),
        ({"AlgorithmSpecification": None}, "AlgorithmSpecification: a training job needs it."),
        (algorithm(TrainingImage=None), "You must specify either the algorithm name to the"),
        (algorithm(AlgorithmName="a"), "TrainingImage parameter, not both"),
        (algorithm(TrainingImage=None, AlgorithmName="a"), "AlgorithmName = a: the local account"),
        (algorithm(TrainingInputMode="Pipe"), "TrainingInputMode = Pipe: the local account"),
        (algorithm(ContainerEntrypoint=["sh"]), "ContainerEntrypoint = ['sh']: the local"),
        (metric("(loss"), "the Regex of loss, (loss, is no regular expression"),
        (metric("loss=.*"), "the Regex of loss, loss=.*, has no group."),
        (channels(channel("a", "x"), channel("a", "y")), "unique; a is given twice."),
        (one(CompressionType="Gzip"), "channel train: CompressionType = Gzip: in File mode"),
        (one(RecordWrapperType="RecordIO"), "RecordWrapperType = RecordIO: in File mode"),
        (one(InputMode="FastFile"), "InputMode = FastFile: the local account"),
        (one(ShuffleConfig={"Seed": 1}), "ShuffleConfig = given: the local account"),
        (s3(S3DataType="AugmentedManifestFile"), "S3DataType = AugmentedManifestFile: the local"),
        (s3(S3Uri="https://host/training"), "write it as s3://bucket/key"),
        (s3(S3Uri=f"s3://{BUCKET}/nothing/"), "No S3 objects found under S3 URL"),
        (resources(InstanceCount=2), "ResourceConfig.InstanceCount = 2: the local account"),
        (resources(VolumeSizeInGB=None), "ResourceConfig.VolumeSizeInGB: a training job needs"),
        (resources(InstanceType=None), "ResourceConfig.InstanceType: a training job needs it"),
        (resources(KeepAlivePeriodInSeconds=60), "ResourceConfig.KeepAlivePeriodInSeconds"),
        (times(28 * 86400 + 1, None), "MaxRuntimeInSeconds = 2419201: it cannot be more than"),
        (times(60, 60), "It is only supported when EnableManagedSpotTraining is set to true"),
        (spot("rules") | times(60, 59), WAIT),
        (spot("rules") | times(60, None), WAIT),
        (spot("rules") | times(None, 86399), WAIT),
        (checkpoints("/tmp/checkpoints"), "CheckpointConfig.LocalPath = /tmp/checkpoints: the"),
        (checkpoints("/opt/ml/../x"), "Give a folder below /opt/ml/"),
        (checkpoints("/opt/ml/model"), "it cannot be one of the folders that SageMaker uses"),
        (
            {"OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/m", "CompressionType": "NONE"}},
            "CompressionType = NONE: the local account",
        ),
        ({"RetryStrategy": {"MaximumRetryAttempts": 1}}, "RetryStrategy = given: the local"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "aws: prefixed tag key names"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "Could not assume role"),
        ({"TrainingJobName": "a_b"}, "at 'trainingJobName' failed to satisfy constraint"),
    ],
)
def test_an_illegal_request_is_refused_by_field(
    changes: dict[str, Any], words: str, account: Account
) -> None:
    """Nothing is started."""
    account.put("training/a.csv", "a,y\n1,0\n")
    request = training_request("rules", **changes)
    with pytest.raises(ClientError) as refused:
        account.sagemaker.create_training_job(
            **{name: value for name, value in request.items() if value is not None}
        )
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert words in error["Message"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        account.sagemaker.describe_training_job(TrainingJobName="rules")


def test_a_checkpoint_folder_elsewhere_below_opt_ml_is_used(account: Account) -> None:
    account.put("training/a.csv", "a,y\n1,0\n")
    told = {"steps": "2", "checkpoints": "saved"}
    where = {"S3Uri": f"s3://{BUCKET}/checkpoints/elsewhere", "LocalPath": "/opt/ml/saved"}
    account.train("elsewhere", HyperParameters=told, CheckpointConfig=where)
    assert account.keys("checkpoints/elsewhere/") == [
        "checkpoints/elsewhere/1.txt",
        "checkpoints/elsewhere/2.txt",
    ]
