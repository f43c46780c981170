"""CreateModel, DescribeModel, ListModels, DeleteModel."""

import time
from typing import Any

from botocore.exceptions import ClientError

from .context import Context
from .errors import UnsupportedError, ValidationError
from .events import model_changed
from .inputs import bucket_and_key
from .listing import in_order, matching, page
from .operations import Params, operation, resource_kind
from .store import NameTakenError
from .tags import as_mapping

KIND = resource_kind("model")


@operation("CreateModel")
def create_model(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    containers = _containers(params)
    name, role = params["ModelName"], params.get("ExecutionRoleArn")
    arn = context.arn(KIND, name)
    if role:
        context.role_environment(role, arn)
    for container in containers:
        _check_container(context, container, role, arn)
    description = params | {
        "ModelArn": arn,
        "CreationTime": round(time.time(), 3),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
    }
    record = {"description": description, "tags": tags}
    try:
        context.store(KIND).create(name, record)
    except NameTakenError as error:
        raise ValidationError(f'Cannot create already existing model "{arn}".') from error
    model_changed(context, record)
    return {"ModelArn": arn}


@operation("DescribeModel")
def describe_model(context: Context, params: Params) -> Params:
    description: Params = existing_model(context, params["ModelName"])["description"]
    return description


@operation("ListModels")
def list_models(context: Context, params: Params) -> Params:
    members = ("ModelName", "ModelArn", "CreationTime")
    items = [
        {member: record["description"][member] for member in members}
        for record in context.store(KIND).all()
    ]
    key = {"Name": "ModelName"}.get(params.get("SortBy", ""), "CreationTime")
    found = matching(items, params, name="ModelName")
    descending = params.get("SortOrder", "Descending") == "Descending"
    return page(in_order(found, key=key, descending=descending), params, member="Models")


@operation("DeleteModel")
def delete_model(context: Context, params: Params) -> None:
    record = existing_model(context, params["ModelName"])
    context.store(KIND).delete(params["ModelName"])
    model_changed(context, record)


def existing_model(context: Context, name: str) -> dict[str, Any]:
    """The model's record. SageMaker answers ValidationException for an unknown model."""
    record = context.store(KIND).read(name)
    if record is None:
        raise ValidationError(f'Could not find model "{context.arn(KIND, name)}".')
    return record


def containers_of(description: Params) -> list[Params]:
    """The containers in the order in which a request passes them."""
    return description.get("Containers") or [description["PrimaryContainer"]]


def _containers(params: Params) -> list[Params]:
    if ("PrimaryContainer" in params) == bool(params.get("Containers")):
        raise ValidationError(
            "PrimaryContainer, Containers: give exactly one of them, one container or a list."
        )
    return containers_of(params)


def _check_container(context: Context, container: Params, role: str | None, arn: str) -> None:
    if "ModelPackageName" in container:
        raise UnsupportedError(
            "ModelPackageName",
            container["ModelPackageName"],
            "It has no model registry; give Image and ModelDataUrl.",
        )
    if "Image" not in container:
        raise ValidationError("Image: a container needs the registry path of its image.")
    url = container.get("ModelDataUrl")
    if not url:
        return
    if role is None:
        raise ValidationError(
            "ExecutionRoleArn: a container with ModelDataUrl needs a role that may read it."
        )
    bucket, key = bucket_and_key(url)
    try:
        context.s3(role, arn).head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("404", "NoSuchKey", "NoSuchBucket"):
            raise ValidationError(f"Could not find model data at {url}.") from error
        raise ValidationError(
            f'Could not access model data at {url}. Please ensure that the role "{role}" exists '
            'and that its trust relationship policy allows the action "sts:AssumeRole" for the '
            'service principal "sagemaker.amazonaws.com". Also ensure that the role has '
            f'"s3:GetObject" permissions. ({code})'
        ) from error
