"""What the settings of a domain, a profile or a space name has to be there, and to fit.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html,
API_UserSettings.html, API_CreateSpace.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from .context import Context
from .errors import ValidationError
from .studio import LIFECYCLE_CONFIG, Record, records


def check_network(context: Context, domain: Mapping[str, Any]) -> None:
    """The VPC and its subnets.

    Raises:
        ValidationError: one is missing, of another VPC, or not given.
    """
    if not domain.get("VpcId") or not domain.get("SubnetIds"):
        raise ValidationError("VpcId, SubnetIds: a domain needs a VPC and at least one subnet.")
    found = _described(context, "subnets", "SubnetIds", domain["SubnetIds"])
    for subnet in found:
        if subnet["VpcId"] != domain["VpcId"]:
            raise ValidationError(
                f"SubnetIds: {subnet['SubnetId']} is in VPC {subnet['VpcId']}, not in "
                f"{domain['VpcId']}."
            )


def check_settings(
    context: Context, domain: Mapping[str, Any], settings: Mapping[str, Any], *, name: str
) -> None:
    """Roles, security groups and lifecycle configurations that settings name.

    Raises:
        ValidationError: one is not there, or is of another VPC.
    """
    if role := settings.get("ExecutionRole"):
        context.role_environment(role, domain["DomainArn"])
    groups = settings.get("SecurityGroups") or []
    for group in _described(context, "security_groups", "GroupIds", groups):
        if group["VpcId"] != domain["VpcId"]:
            raise ValidationError(
                f"{name}.SecurityGroups: {group['GroupId']} is in VPC {group['VpcId']}, and the "
                f"domain is in {domain['VpcId']}."
            )
    there = {
        record["description"]["StudioLifecycleConfigArn"]
        for record in records(context, LIFECYCLE_CONFIG)
    }
    for arn in lifecycle_configs(settings):
        if arn not in there:
            raise ValidationError(f"{name}: there is no Studio lifecycle configuration {arn}.")


def check_domain(context: Context, domain: Mapping[str, Any]) -> None:
    """A domain as it would be.

    Raises:
        ValidationError: it could not work.
    """
    check_network(context, domain)
    if not domain["DefaultUserSettings"].get("ExecutionRole"):
        raise ValidationError("DefaultUserSettings.ExecutionRole: a domain needs one.")
    for name in ("DefaultUserSettings", "DefaultSpaceSettings"):
        settings = domain.get(name)
        if settings is None:
            continue
        check_settings(context, domain, settings, name=name)
        if domain["AppNetworkAccessType"] == "VpcOnly" and not settings.get("SecurityGroups"):
            raise ValidationError(
                f"{name}.SecurityGroups: VpcOnly needs at least one security group."
            )
    if key := domain.get("KmsKeyId"):
        _check_key(context, key)


def check_space(context: Context, domain: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Sharing, ownership and size of a space.

    Raises:
        ValidationError: they do not fit each other or the domain.
    """
    sharing, owner = params.get("SpaceSharingSettings"), params.get("OwnershipSettings")
    if (sharing is None) != (owner is None):
        raise ValidationError(
            "OwnershipSettings, SpaceSharingSettings: give both of them, or neither."
        )
    settings = params.get("SpaceSettings", {})
    if sharing and sharing["SharingType"] == "Private" and "AppType" not in settings:
        raise ValidationError("SpaceSettings.AppType: a private space needs one.")
    wanted = settings.get("SpaceStorageSettings", {}).get("EbsStorageSettings", {})
    allowed = (
        domain["DefaultUserSettings"]
        .get("SpaceStorageSettings", {})
        .get("DefaultEbsStorageSettings", {})
        .get("MaximumEbsVolumeSizeInGb", 100)
    )
    if wanted.get("EbsVolumeSizeInGb", 0) > allowed:
        raise ValidationError(
            f"EbsVolumeSizeInGb = {wanted['EbsVolumeSizeInGb']}: the domain allows {allowed}."
        )


def lifecycle_configs(settings: Any) -> Iterator[str]:
    """The ARNs of every lifecycle configuration that settings name, at any depth."""
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            if name == "LifecycleConfigArns":
                yield from value
            elif name in ("LifecycleConfigArn", "BuiltInLifecycleConfigArn"):
                yield value
            else:
                yield from lifecycle_configs(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from lifecycle_configs(value)


def merged(record: Record, member: str, given: Mapping[str, Any] | None) -> None:
    """Take new settings over: what is not given stays, as settings cannot be unset."""
    if given is not None:
        record["description"][member] = {**record["description"].get(member, {}), **given}


def _described(context: Context, what: str, parameter: str, ids: list[str]) -> list[Any]:
    if not ids:
        return []
    call = getattr(context.client("ec2"), f"describe_{what}")
    member = {"subnets": "Subnets", "security_groups": "SecurityGroups"}[what]
    try:
        found: list[Any] = call(**{parameter: ids})[member]
    except ClientError as error:
        raise ValidationError(f"{parameter}: {error.response['Error']['Message']}") from error
    return found


def _check_key(context: Context, key: str) -> None:
    try:
        state = context.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    except ClientError as error:
        raise ValidationError(f"KmsKeyId: {error.response['Error']['Message']}") from error
    if state != "Enabled":
        raise ValidationError(f"KmsKeyId: {key} is in state {state}, and has to be Enabled.")
