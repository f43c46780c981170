"""What CreateTransformJob refuses beyond the service model, each rule with its source.

Rules without another source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from collections.abc import Mapping
from typing import Any

from .errors import UnsupportedError, ValidationError
from .inputs import bucket_and_key
from .jsonpath import JsonPath, JsonPathError
from .models import containers_of
from .processing import CONTENT_TYPES, CSV, DataProcessing

_MOST_MB = 100
_DEFAULT_MB = 6


def check_transform_job(params: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Raise ValidationException for the first rule that the request or its model breaks."""
    _check_sizes(params)
    _check_source(params["TransformInput"])
    bucket_and_key(params["TransformOutput"]["S3OutputPath"])
    _check_model(model)
    data_processing(params)
    if "DataCaptureConfig" in params:
        raise UnsupportedError("DataCaptureConfig", "given", "It captures no data; leave it out.")


def data_processing(params: Mapping[str, Any]) -> DataProcessing:
    """The request's DataProcessing; ValidationException if it does not fit formats and splits."""
    asked = params.get("DataProcessing", {})
    source, target = params["TransformInput"], params["TransformOutput"]
    content_type = _media_type(source.get("ContentType", ""))
    filters: dict[str, JsonPath] = {}
    for name in ("InputFilter", "OutputFilter"):
        expression = asked.get(name, "$")
        try:
            filters[name] = JsonPath(expression, content_type=content_type)
        except JsonPathError as error:
            raise ValidationError(f'Invalid {name}: "{expression}". {error}') from error
    processing = DataProcessing(
        input_filter=filters["InputFilter"],
        output_filter=filters["OutputFilter"],
        join=asked.get("JoinSource", "None") == "Input",
        content_type=content_type,
        split=source.get("SplitType", "None") == "Line",
    )
    if processing.needed:
        _check_formats(source, target)
    return processing


def _check_formats(source: Mapping[str, Any], target: Mapping[str, Any]) -> None:
    """Formats and delimiters of filtered or joined records:
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html"""
    content_type, accept = source.get("ContentType", ""), target.get("Accept", "")
    if _media_type(content_type) not in CONTENT_TYPES:
        raise ValidationError(
            f"TransformInput.ContentType = {content_type or 'not given'}: DataProcessing needs one "
            f"of {', '.join(CONTENT_TYPES)}."
        )
    if _media_type(accept) != _media_type(content_type):
        raise ValidationError(
            f"TransformOutput.Accept = {accept or 'not given'}: with DataProcessing it must be the "
            f"ContentType of the input, {content_type}."
        )
    split, assemble = source.get("SplitType", "None"), target.get("AssembleWith", "None")
    if split != assemble:
        raise ValidationError(
            f"TransformOutput.AssembleWith = {assemble}: with DataProcessing it must be the "
            f"SplitType of the input, {split}."
        )
    if _media_type(content_type) == CSV and split != "Line":
        raise ValidationError(
            f"TransformInput.SplitType = {split}: DataProcessing of {CSV} needs SplitType and "
            "AssembleWith Line."
        )


def _check_sizes(params: Mapping[str, Any]) -> None:
    payload = params.get("MaxPayloadInMB", _DEFAULT_MB)
    if params.get("MaxPayloadInMB") == 0:
        raise UnsupportedError(
            "MaxPayloadInMB", 0, "It does not stream with HTTP chunked encoding; give 1 to 100."
        )
    if payload > _MOST_MB:
        raise ValidationError(f"MaxPayloadInMB = {payload}: it cannot be greater than 100 MB.")
    concurrent = params.get("MaxConcurrentTransforms") or 1
    if concurrent * payload > _MOST_MB:
        raise ValidationError(
            f"MaxConcurrentTransforms * MaxPayloadInMB = {concurrent} * {payload} = "
            f"{concurrent * payload}: it cannot exceed 100 MB. Lower one of them."
        )


def _check_source(source: Mapping[str, Any]) -> None:
    s3 = source["DataSource"]["S3DataSource"]
    if s3["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise ValidationError(
            f"S3DataType = {s3['S3DataType']}: a transform job takes S3Prefix or ManifestFile."
        )
    bucket_and_key(s3["S3Uri"])
    if source.get("SplitType", "None") not in ("None", "Line"):
        raise UnsupportedError("SplitType", source["SplitType"], "Give None or Line.")


def _check_model(model: Mapping[str, Any]) -> None:
    if "ExecutionRoleArn" not in model:
        raise ValidationError(
            f"ModelName = {model['ModelName']}: a transform job works under the model's "
            "ExecutionRoleArn, and this model has none."
        )
    for container in containers_of(dict(model)):
        if "ModelDataSource" in container:
            # github.com/aws/sagemaker-python-sdk/issues/4777
            raise ValidationError(
                "SageMaker Batch currently doesn't support Model entity with container "
                "definitions which use ModelDataSource attribute. Give ModelDataUrl."
            )
        if container.get("Mode") == "MultiModel":
            raise ValidationError(
                f"ModelName = {model['ModelName']}: batch transform does not support "
                "multi-model containers."
            )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
