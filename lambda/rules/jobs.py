"""The requests to SageMaker that a validated plan comes to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules import inference

Payload = dict[str, Any]

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
_NOT_IN_TAGS = re.compile(r"[^\w\s.:/=+\-@]")
_MOST_TAGS = 50

# The API reference and the CDK contradict each other about the defaults, so both are always given:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html
_MODEL_CLIENT = {"InvocationsTimeoutInSeconds": 600, "InvocationsMaxRetries": 3}


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every job of a run shares.

    Attributes:
        run_uri: S3 URI of everything of the run, ending in `/`.
        key_arn: KMS key of outputs and volumes.
        network: the subnets and security groups that jobs run in; None for no VPC.
        tags: what `tags` returned.
    """

    run_uri: str
    key_arn: str
    network: Mapping[str, Any] | None
    tags: Sequence[Mapping[str, str]]

    @property
    def vpc_config(self) -> dict[str, list[str]] | None:
        if self.network is None:
            return None
        return {
            "SecurityGroupIds": list(self.network["security_group_ids"]),
            "Subnets": list(self.network["subnet_ids"]),
        }


def tags(*, common: Mapping[str, str], **own: str) -> list[dict[str, str]]:
    """Tags of a job: those of the settings and its own, cut to what SageMaker takes."""
    merged = {key: value for key, value in {**common, **own}.items() if not key.startswith("aws:")}
    return [
        {"Key": _NOT_IN_TAGS.sub("_", key)[:128], "Value": _NOT_IN_TAGS.sub("_", value)[:256]}
        for key, value in list(merged.items())[-_MOST_TAGS:]
    ]


def automl_job(
    *, name: str, train: Mapping[str, Any], data_uri: str, role_arn: str, around: Surroundings
) -> Payload:
    """The request of CreateAutoMLJobV2.

    Args:
        name: the job's name.
        train: the normalised `train` of the request.
        data_uri: the training object or prefix.
        role_arn: the role Autopilot works under.
        around: what the run's jobs share.
    """
    limits = {
        "MaxCandidates": train["max_candidates"],
        "MaxAutoMLJobRuntimeInSeconds": train["max_runtime_seconds"],
        "MaxRuntimePerTrainingJobInSeconds": train["max_runtime_per_candidate_seconds"],
    }
    tabular = {
        "TargetAttributeName": train["target"],
        "Mode": train["mode"],
        "ProblemType": train["problem_type"],
        "CompletionCriteria": given(limits),
    }
    objective = train["objective"]
    # There is no member for network isolation: Autopilot's own containers read and write S3.
    security = {
        "VolumeKmsKeyId": around.key_arn,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": around.vpc_config,
    }
    return given(
        {
            "AutoMLJobName": name,
            "AutoMLJobInputDataConfig": [
                {
                    "ChannelType": "training",
                    "ContentType": "text/csv;header=present",
                    "CompressionType": "None",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data_uri}},
                }
            ],
            "OutputDataConfig": {
                "S3OutputPath": f"{around.run_uri}automl/",
                "KmsKeyId": around.key_arn,
            },
            "AutoMLProblemTypeConfig": {"TabularJobConfig": given(tabular)},
            "AutoMLJobObjective": {"MetricName": objective} if objective else None,
            "RoleArn": role_arn,
            "SecurityConfig": given(security),
            "Tags": list(around.tags),
        }
    )


def model(
    *,
    name: str,
    containers: Sequence[Mapping[str, Any]],
    role_arn: str,
    isolated: bool,
    around: Surroundings,
) -> Payload:
    """The request of CreateModel; an isolated model's containers have no network."""
    return given(
        {
            "ModelName": name,
            "Containers": list(containers),
            "ExecutionRoleArn": role_arn,
            "EnableNetworkIsolation": isolated,
            "VpcConfig": around.vpc_config,
            "Tags": list(around.tags),
        }
    )


def transform_job(
    *,
    name: str,
    model_name: str,
    score: Mapping[str, Any],
    input_uri: str,
    output_uri: str,
    outputs: int,
    around: Surroundings,
) -> Payload:
    """The request of CreateTransformJob.

    Args:
        name: the job's name.
        model_name: the SageMaker model.
        score: the plan's `score`.
        input_uri: prefix of the run's snapshot of the rows, without header lines.
        output_uri: where the .out objects go.
        outputs: number of columns the model writes.
        around: what the run's jobs share; the network is the model's.
    """
    return given(
        {
            "TransformJobName": name,
            "ModelName": model_name,
            "MaxConcurrentTransforms": score["max_concurrent_transforms"],
            "MaxPayloadInMB": score["max_payload_mb"],
            "BatchStrategy": score["strategy"],
            "ModelClientConfig": dict(_MODEL_CLIENT),
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": input_uri}},
                "ContentType": "text/csv",
                "CompressionType": "None",
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": output_uri,
                "Accept": "text/csv",
                "AssembleWith": "Line",
                "KmsKeyId": around.key_arn,
            },
            "TransformResources": {
                "InstanceType": score["instance_type"],
                "InstanceCount": score["instance_count"],
                "VolumeKmsKeyId": around.key_arn,
            },
            "DataProcessing": inference.data_processing(
                ids=len(score["id_columns"]), outputs=outputs
            ),
            "Tags": list(around.tags),
        }
    )


def automl_identity(job: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes an AutoML job the run's own: its role, where it reads and where it writes.

    The same for a request and for the description of the job it made; the service may add to or
    rewrite other members.
    """
    channel = job["AutoMLJobInputDataConfig"][0]
    return (
        job["RoleArn"],
        channel["DataSource"]["S3DataSource"]["S3Uri"],
        job["OutputDataConfig"]["S3OutputPath"].rstrip("/"),
    )


def transform_identity(job: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a transform job the run's own: its model, where it reads and where it writes."""
    return (
        job["ModelName"],
        job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"],
        job["TransformOutput"]["S3OutputPath"].rstrip("/"),
    )


def model_identity(model: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a model the run's own: its role and its containers."""
    containers = model.get("Containers") or [model["PrimaryContainer"]]
    return (
        model["ExecutionRoleArn"],
        [(c["Image"], c.get("ModelDataUrl"), c.get("Environment", {})) for c in containers],
    )


def given(members: Mapping[str, Any]) -> Payload:
    """The members that have a value: SageMaker takes no nulls."""
    return {key: value for key, value in members.items() if value is not None}
