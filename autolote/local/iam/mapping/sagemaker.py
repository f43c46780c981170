"""SageMaker: what the parameters of a job say in condition keys, and the grants a job's keys need.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
and https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jmespath

from autolote.local.iam.mapping.keys import key_uses
from autolote.local.iam.mapping.readers import key_arn
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, Value

_VOLUME_KEYS = (
    "ResourceConfig.VolumeKmsKeyId",
    "TransformResources.VolumeKmsKeyId",
    "SecurityConfig.VolumeKmsKeyId",  # AutoML V2
    "AutoMLJobConfig.SecurityConfig.VolumeKmsKeyId",
    "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
    "TrainingJobDefinition.ResourceConfig.VolumeKmsKeyId",
    "KmsKeyId",  # endpoint configurations and domains
)
_OUTPUT_KEYS = (
    "OutputDataConfig.KmsKeyId",
    "TransformOutput.KmsKeyId",
    "ProcessingOutputConfig.KmsKeyId",
)
_INSTANCE_TYPES = (
    "ResourceConfig.InstanceType",
    "ResourceConfig.InstanceGroups[].InstanceType",
    "TransformResources.InstanceType",
    "ProcessingResources.ClusterConfig.InstanceType",
    "ProductionVariants[].InstanceType",
    "ResourceSpec.InstanceType",  # apps
    "DefaultUserSettings.*.DefaultResourceSpec.InstanceType",
    "UserSettings.*.DefaultResourceSpec.InstanceType",
    "SpaceSettings.*.DefaultResourceSpec.InstanceType",
)
_VPC = ("VpcConfig", "SecurityConfig.VpcConfig", "NetworkConfig.VpcConfig")
_ISOLATION = ("EnableNetworkIsolation", "NetworkConfig.EnableNetworkIsolation")
_TRAFFIC = (
    "EnableInterContainerTrafficEncryption",
    "SecurityConfig.EnableInterContainerTrafficEncryption",
    "NetworkConfig.EnableInterContainerTrafficEncryption",
)
_KEYS: Mapping[str, Sequence[str]] = {
    "sagemaker:VolumeKmsKey": _VOLUME_KEYS,
    "sagemaker:OutputKmsKey": _OUTPUT_KEYS,
}
_SWITCHES: Mapping[str, Sequence[str]] = {
    "sagemaker:NetworkIsolation": _ISOLATION,
    "sagemaker:InterContainerTrafficEncryption": _TRAFFIC,
}
_TEXTS: Mapping[str, Sequence[str]] = {
    "sagemaker:AppNetworkAccessType": ("AppNetworkAccessType",),
    "sagemaker:MaxRuntimeInSeconds": ("StoppingCondition.MaxRuntimeInSeconds",),
    "sagemaker:ModelApprovalStatus": ("ModelApprovalStatus",),
    "sagemaker:SpaceSharingType": ("SpaceSharingSettings.SharingType",),
}
_PATHS = {
    path: jmespath.compile(path)
    for path in (
        *_VOLUME_KEYS,
        *_OUTPUT_KEYS,
        *_INSTANCE_TYPES,
        *_ISOLATION,
        *_TRAFFIC,
        *(path for paths in _TEXTS.values() for path in paths),
        *(f"{vpc}.{part}" for vpc in _VPC for part in ("SecurityGroupIds", "Subnets")),
        "SubnetIds",
        "[DefaultUserSettings.SecurityGroups, UserSettings.SecurityGroups][]",
    )
}
_JOB = ("CreateGrant",)
# CreateDomain, where a key is named: the page of API permissions above.
_DOMAIN = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext")


def sagemaker_keys(request: Request) -> dict[str, Value]:
    """The condition keys that the request's parameters give."""
    if not request.operation.startswith(("Create", "Update")):
        return {}
    found: dict[str, Value] = {}
    for key, paths in _KEYS.items():
        if held := _first(request, paths):
            found[key] = key_arn(held, request)
    for key, paths in _SWITCHES.items():
        if (held := _first(request, paths)) is not None:
            found[key] = "true" if held else "false"
    for name, paths in _TEXTS.items():
        if (held := _first(request, paths)) is not None:
            found[name] = str(held)
    return found | _several(request) | _model(request)


def _several(request: Request) -> dict[str, Value]:
    """Those that have several values."""
    groups = [f"{vpc}.SecurityGroupIds" for vpc in _VPC]
    subnets = [f"{vpc}.Subnets" for vpc in _VPC]
    wanted = {
        "sagemaker:InstanceTypes": _INSTANCE_TYPES,
        "sagemaker:VpcSecurityGroupIds": (
            *groups,
            "[DefaultUserSettings.SecurityGroups, UserSettings.SecurityGroups][]",
        ),
        "sagemaker:VpcSubnets": (*subnets, "SubnetIds"),
    }
    found: dict[str, Value] = {}
    for key, paths in wanted.items():
        values = [value for path in paths for value in _list(_at(request, path))]
        if values:
            found[key] = tuple(dict.fromkeys(values))
    return found


def _model(request: Request) -> dict[str, Value]:
    name = request.parameters.get("ModelName")
    if request.operation != "CreateTransformJob" or not name:
        return {}
    return {"sagemaker:ModelArn": request.arn("sagemaker", f"model/{name}")}


def job_grants(request: Request) -> list[Access]:
    """The grants on the keys of what is created: SageMaker makes them for the caller."""
    if not request.operation.startswith("Create"):
        return []
    domain = request.operation == "CreateDomain"
    found: list[Access] = []
    named = (_first(request, _VOLUME_KEYS), _first(request, _OUTPUT_KEYS))
    for key in dict.fromkeys(key_arn(one, request) for one in named if one):
        found += key_uses(
            request,
            key,
            service="sagemaker",
            actions=_DOMAIN if domain else _JOB,
            context={},
        )
    return [
        Access(
            action=one.action,
            resource=one.resource,
            context={**one.context, "kms:GrantIsForAWSResource": "true"}
            if one.action == "kms:CreateGrant"
            else one.context,
        )
        for one in found
    ]


def _at(request: Request, path: str) -> Any:
    return _PATHS[path].search(dict(request.parameters))


def _first(request: Request, paths: Sequence[str]) -> Any:
    return next((held for path in paths if (held := _at(request, path)) is not None), None)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
