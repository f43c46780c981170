"""SageMaker's side of a run: what is asked of it, and what it says."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from rules import names

from tests.steps.conftest import BUCKET, KEY_ARN, VARIABLES
from tests.steps.runs import RUN

RUN_URI = f"s3://{BUCKET}/digits/first/runs/{RUN}/"
NOW = datetime.now(UTC)
ARN = "arn:aws:sagemaker:sa-east-1:123456789012:"


def plan() -> dict[str, Any]:
    return {
        "run_id": RUN,
        "project_id": "digits",
        "experiment_id": "first",
        "train": {
            "uri": f"s3://{BUCKET}/digits/first/data/train.csv",
            "target": "y",
            "problem_type": "Regression",
            "objective": "RMSE",
            "mode": "ENSEMBLING",
            "max_candidates": 5,
            "max_runtime_seconds": 1800,
            "max_runtime_per_candidate_seconds": None,
        },
        "score": {
            "id_columns": ["id"],
            "output": None,
            "instance_type": "ml.m5.xlarge",
            "instance_count": 2,
            "strategy": "MultiRecord",
            "max_payload_mb": 6,
            "max_concurrent_transforms": 4,
            "max_runtime_seconds": 3600,
        },
    }


STATE = {
    "run": {"run_id": RUN},
    "plan": plan(),
    "model": {"model_name": "model", "output_columns": ["predicted_label", "probability"]},
    "input": {"uri": f"{RUN_URI}input/"},
}
TAGS = [
    {"Key": "owner", "Value": "data-platform"},
    {"Key": "cost_center", "Value": "ml"},
    {"Key": "project_id", "Value": "digits"},
    {"Key": "experiment_id", "Value": "first"},
    {"Key": "run_id", "Value": RUN},
    {"Key": "environment", "Value": "test"},
]


def automl_name(attempt: int = 1) -> str:
    return names.automl_job_name(prefix="autolote-test", run_id=RUN, attempt=attempt)


def transform_name(attempt: int = 1) -> str:
    return names.transform_job_name(prefix="autolote-test", run_id=RUN, attempt=attempt)


def automl_request(attempt: int = 1) -> dict[str, Any]:
    return {
        "AutoMLJobName": automl_name(attempt),
        "AutoMLJobInputDataConfig": [
            {
                "ChannelType": "training",
                "ContentType": "text/csv;header=present",
                "CompressionType": "None",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://{BUCKET}/digits/first/data/train.csv",
                    }
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"{RUN_URI}automl/", "KmsKeyId": KEY_ARN},
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": "y",
                "Mode": "ENSEMBLING",
                "ProblemType": "Regression",
                "CompletionCriteria": {"MaxCandidates": 5, "MaxAutoMLJobRuntimeInSeconds": 1800},
            }
        },
        "AutoMLJobObjective": {"MetricName": "RMSE"},
        "RoleArn": VARIABLES["AUTOML_ROLE_ARN"],
        "SecurityConfig": {
            "VolumeKmsKeyId": KEY_ARN,
            "EnableInterContainerTrafficEncryption": True,
        },
        "Tags": TAGS,
    }


def automl_job(status: str = "InProgress", attempt: int = 1, **changes: Any) -> dict[str, Any]:
    """What DescribeAutoMLJobV2 says."""
    asked = {k: v for k, v in automl_request(attempt).items() if k != "Tags"}
    return {
        **asked,
        "AutoMLJobArn": f"{ARN}automl-job/{automl_name(attempt)}",
        "CreationTime": NOW - timedelta(minutes=10),
        "LastModifiedTime": NOW,
        "AutoMLJobStatus": status,
        "AutoMLJobSecondaryStatus": "TrainingModels",
        **changes,
    }


def transform_request(attempt: int = 1) -> dict[str, Any]:
    folder = "predictions/" if attempt == 1 else f"predictions/attempt-{attempt}/"
    return {
        "TransformJobName": transform_name(attempt),
        "ModelName": "model",
        "MaxConcurrentTransforms": 4,
        "MaxPayloadInMB": 6,
        "BatchStrategy": "MultiRecord",
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 600, "InvocationsMaxRetries": 3},
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{RUN_URI}input/"}},
            "ContentType": "text/csv",
            "CompressionType": "None",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"{RUN_URI}{folder}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
            "KmsKeyId": KEY_ARN,
        },
        "TransformResources": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 2,
            "VolumeKmsKeyId": KEY_ARN,
        },
        "DataProcessing": {
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-2,-1]",
        },
        "Tags": TAGS,
    }


def transform_job(status: str = "InProgress", attempt: int = 1, **changes: Any) -> dict[str, Any]:
    asked = {k: v for k, v in transform_request(attempt).items() if k != "Tags"}
    return {
        **asked,
        "TransformJobArn": f"{ARN}transform-job/{transform_name(attempt)}",
        "CreationTime": NOW - timedelta(minutes=10),
        "TransformJobStatus": status,
        **changes,
    }


CANDIDATE = {
    "CandidateName": "best",
    "FinalAutoMLJobObjectiveMetric": {"MetricName": "RMSE", "Value": 2.5, "Type": "Minimize"},
    "ObjectiveStatus": "Succeeded",
    "CandidateSteps": [],
    "CandidateStatus": "Completed",
    "CreationTime": NOW,
    "LastModifiedTime": NOW,
    "InferenceContainers": [{"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}],
    "CandidateProperties": {
        "CandidateMetrics": [
            {"MetricName": "RMSE", "Value": 2.5, "Set": "Validation"},
            {"MetricName": "RMSE", "Value": 1.5, "Set": "Train"},
            {"StandardMetricName": "InferenceLatency", "Value": 0.01, "Set": "Validation"},
        ]
    },
}


def training(**changes: Any) -> dict[str, Any]:
    told = {
        "job_name": automl_name(),
        "job_arn": "arn",
        "started_at": time.time() - 600,
        "limit_seconds": 1800,
        "problem_type": None,
        **changes,
    }
    return {**STATE, "training": told}


def scoring(**changes: Any) -> dict[str, Any]:
    told = {
        "job_name": transform_name(),
        "started_at": time.time() - 600,
        "limit_seconds": 3600,
        **changes,
    }
    return {**STATE, "scoring": told}
