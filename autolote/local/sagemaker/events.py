"""State changes as SageMaker sends them to EventBridge.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
AutoML jobs send no events.
"""

import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any

from .context import Context

_log = logging.getLogger(__name__)

# The members of the documented example of a transform job, in its order.
_TRANSFORM_DETAIL = (
    "TransformJobName",
    "TransformJobArn",
    "TransformJobStatus",
    "FailureReason",
    "ModelName",
    "MaxConcurrentTransforms",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformInput",
    "TransformOutput",
    "TransformResources",
    "CreationTime",
    "TransformStartTime",
    "TransformEndTime",
)
_TIMES = ("CreationTime", "TransformStartTime", "TransformEndTime")
# The same of a training job, whose example gives times as milliseconds in text.
_TRAINING_DETAIL = (
    "TrainingJobName",
    "TrainingJobArn",
    "TrainingJobStatus",
    "SecondaryStatus",
    "FailureReason",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "LastModifiedTime",
    "SecondaryStatusTransitions",
)
_TRAINING_TIMES = ("CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime")


def transform_job_changed(context: Context, record: Mapping[str, Any]) -> None:
    """Publish 'SageMaker Transform Job State Change' for the record as it now is."""
    job = record["description"]
    detail = {member: job[member] for member in _TRANSFORM_DETAIL if member in job}
    detail |= {member: iso(detail[member]) for member in _TIMES if member in detail}
    detail["Tags"] = dict(record["tags"])
    _publish(context, "SageMaker Transform Job State Change", job["TransformJobArn"], detail)


def training_job_changed(context: Context, record: Mapping[str, Any]) -> None:
    """Publish 'SageMaker Training Job State Change' for the record as it now is.

    Sent at each change of the secondary status, which AWS does not say in so many words: test
    TrainingJobStatus for the end.
    """
    job = record["description"]
    detail = {member: job[member] for member in _TRAINING_DETAIL if member in job}
    detail |= {member: _milliseconds(job[member]) for member in _TRAINING_TIMES if member in job}
    detail["SecondaryStatusTransitions"] = [
        {name: _milliseconds(v) if name.endswith("Time") else v for name, v in past.items()}
        for past in job["SecondaryStatusTransitions"]
    ]
    detail["Tags"] = dict(record["tags"])
    _publish(context, "SageMaker Training Job State Change", job["TrainingJobArn"], detail)


def model_changed(context: Context, record: Mapping[str, Any]) -> None:
    """Publish 'SageMaker Model State Change', sent when a model is created or deleted.

    AWS documents the type and the resource but no example of the detail; we send the model.
    """
    model = record["description"]
    detail = dict(model, CreationTime=iso(model["CreationTime"]), Tags=dict(record["tags"]))
    _publish(context, "SageMaker Model State Change", model["ModelArn"], detail)


def iso(moment: float) -> str:
    """Seconds since the epoch as `2018-10-06T12:26:13Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def _milliseconds(moment: float) -> str:
    return str(round(moment * 1000))


def _publish(context: Context, detail_type: str, arn: str, detail: Mapping[str, Any]) -> None:
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "account": context.account,
        "time": iso(time.time()),
        "region": context.region,
        "resources": [arn],
        "detail": detail,
    }
    try:
        context.publish(event)
    except Exception:  # an event that nobody can take must not fail the job it tells of
        _log.exception("%s of %s could not be published", detail_type, arn)
