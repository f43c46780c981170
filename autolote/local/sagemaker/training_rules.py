"""What CreateTrainingJob refuses beyond the service model, and what the local account cannot do.

Rules without another source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import UnsupportedError, ValidationError
from .inputs import bucket_and_key

LOCAL_CHECKPOINTS = "/opt/ml/checkpoints"
_ROOT = "/opt/ml/"
# What the platform itself fills or reads (your-algorithms-training-algo-running-container.html).
_RESERVED = ("/opt/ml/input", "/opt/ml/model", "/opt/ml/output", "/opt/ml/code", "/opt/ml/errors")
_NEEDED = ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition")
_UNSUPPORTED = (
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
    "SessionChainingConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
)
_UNSUPPORTED_RESOURCES = (
    "InstanceGroups",
    "InstancePreferences",
    "InstancePlacementConfig",
    "KeepAlivePeriodInSeconds",
    "TrainingPlanArn",
)
_LONGEST_SECONDS = 28 * 24 * 3600  # API_StoppingCondition


def check_training_job(params: Mapping[str, Any]) -> None:
    """Raise ValidationException for the first rule that the request breaks."""
    for field in _UNSUPPORTED:
        if field in params:
            raise UnsupportedError(field, "given", "Leave it out.")
    for field in _NEEDED:
        if field not in params:
            raise ValidationError(f"{field}: a training job needs it. Give it.")
    _check_algorithm(params["AlgorithmSpecification"])
    _check_channels(params.get("InputDataConfig", []))
    _check_resources(params["ResourceConfig"])
    _check_times(params["StoppingCondition"], spot=params.get("EnableManagedSpotTraining", False))
    if params["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        raise UnsupportedError("CompressionType", "NONE", "Artifacts are stored as tar.gz.")
    bucket_and_key(params["OutputDataConfig"]["S3OutputPath"])
    if "CheckpointConfig" in params:
        _check_checkpoints(params["CheckpointConfig"])


def _check_algorithm(algorithm: Mapping[str, Any]) -> None:
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise ValidationError(
            "AlgorithmSpecification: You must specify either the algorithm name to the "
            "AlgorithmName parameter or the image URI of the algorithm container to the "
            "TrainingImage parameter, not both."
        )
    for field in ("AlgorithmName", "ContainerEntrypoint", "ContainerArguments"):
        if field in algorithm:
            raise UnsupportedError(field, algorithm[field], "Give TrainingImage alone.")
    _check_mode("TrainingInputMode", algorithm["TrainingInputMode"])
    for metric in algorithm.get("MetricDefinitions", []):
        try:
            groups = re.compile(metric["Regex"]).groups
        except re.error as error:
            raise ValidationError(
                f"MetricDefinitions: the Regex of {metric['Name']}, {metric['Regex']}, is no "
                f"regular expression: {error}."
            ) from error
        if not groups:
            raise ValidationError(
                f"MetricDefinitions: the Regex of {metric['Name']}, {metric['Regex']}, has no "
                "group. The value is what the first group (...) matches."
            )


def _check_mode(field: str, mode: str) -> None:
    if mode != "File":
        raise UnsupportedError(field, mode, "Give File.")


def _check_channels(channels: Sequence[Mapping[str, Any]]) -> None:
    names = [channel["ChannelName"] for channel in channels]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValidationError(
            f"InputDataConfig: channel names must be unique; {', '.join(twice)} is given twice."
        )
    for channel in channels:
        where = f"InputDataConfig, channel {channel['ChannelName']}"
        if "S3DataSource" not in channel["DataSource"]:
            raise UnsupportedError("DataSource", "no S3DataSource", "Give S3DataSource.")
        if "ShuffleConfig" in channel:
            raise UnsupportedError("ShuffleConfig", "given", "Leave it out.")
        _check_mode("InputMode", channel.get("InputMode", "File"))
        for field in ("CompressionType", "RecordWrapperType"):
            # API_Channel: in File mode, leave this field unset or set it to None.
            if channel.get(field, "None") != "None":
                raise ValidationError(
                    f"{where}: {field} = {channel[field]}: in File mode it must be None."
                )
        source = channel["DataSource"]["S3DataSource"]
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise UnsupportedError("S3DataType", source["S3DataType"], "Give S3Prefix.")
        bucket_and_key(source["S3Uri"])


def _check_resources(resources: Mapping[str, Any]) -> None:
    for field in _UNSUPPORTED_RESOURCES:
        if field in resources:
            raise UnsupportedError(f"ResourceConfig.{field}", "given", "Leave it out.")
    for field in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
        if not resources.get(field):
            raise ValidationError(f"ResourceConfig.{field}: a training job needs it, above 0.")
    if resources["InstanceCount"] > 1:
        raise UnsupportedError(
            "ResourceConfig.InstanceCount", resources["InstanceCount"], "It trains on one; give 1."
        )


def _check_times(stopping: Mapping[str, int], *, spot: bool) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html"""
    longest, patience = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    if longest is not None and longest > _LONGEST_SECONDS:
        raise ValidationError(
            f"MaxRuntimeInSeconds = {longest}: it cannot be more than {_LONGEST_SECONDS} (28 days)."
        )
    if not spot and patience is not None:
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is "
            "set to true"
        )
    if spot and (patience is None or patience < (longest or max_runtime(stopping))):
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )


def max_runtime(stopping: Mapping[str, int]) -> int:
    """MaxRuntimeInSeconds; the default is one day (API_StoppingCondition)."""
    return stopping.get("MaxRuntimeInSeconds", 24 * 3600)


def _check_checkpoints(config: Mapping[str, str]) -> None:
    bucket_and_key(config["S3Uri"])
    path = config.get("LocalPath", LOCAL_CHECKPOINTS)
    if not path.startswith(_ROOT) or ".." in path.split("/"):
        raise UnsupportedError(
            "CheckpointConfig.LocalPath", path, f"Give a folder below {_ROOT}; the default is best."
        )
    if any(f"{path}/".startswith(f"{taken}/") for taken in _RESERVED):
        raise ValidationError(
            f"CheckpointConfig.LocalPath = {path}: it cannot be one of the folders that SageMaker "
            f"uses itself ({', '.join(_RESERVED)}). Leave it out for {LOCAL_CHECKPOINTS}."
        )
