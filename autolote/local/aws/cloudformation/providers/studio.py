"""AWS::SageMaker::Domain, UserProfile, Space, App and StudioLifecycleConfig.

CloudFormation waits until each is in service, or gone. It deletes a domain without a
RetentionPolicy, so the file system stays:
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1085
"""

import time
from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws.cloudformation.model import DeploymentFailedError
from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_list,
    tag_map,
)

PATIENCE = 1800.0  # seconds
_ON_THE_WAY = ("Pending", "Updating", "Deleting")
_DOMAIN = (
    "AppNetworkAccessType",
    "AppSecurityGroupManagement",
    "DefaultSpaceSettings",
    "DefaultUserSettings",
    "HomeEfsFileSystemCreation",
    "SubnetIds",
    "TagPropagation",
    "VpcId",
)
_PROFILE = ("DomainId", "UserProfileName")
_SPACE = ("DomainId", "SpaceName")
_APP = ("DomainId", "UserProfileName", "AppType", "AppName")
_CONFIG = (
    "StudioLifecycleConfigName",
    "StudioLifecycleConfigAppType",
    "StudioLifecycleConfigContent",
)


def _at_rest(ctx: Context, operation: str, **where: Any) -> dict[str, Any] | None:
    """What Describe answers once nothing changes any more; None if it is gone.

    Raises:
        DeploymentFailedError: it failed, or takes longer than anybody waits.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            found = ctx.call("sagemaker", operation, **where)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFound":
                return None
            raise
        if found["Status"] == "Deleted":
            return None
        if found["Status"] not in _ON_THE_WAY:
            if "ailed" in found["Status"]:
                raise DeploymentFailedError(found.get("FailureReason", found["Status"]))
            return found
        time.sleep(0.1)
    raise DeploymentFailedError(f"{operation} of {where}: not at rest after {PATIENCE} seconds")


def _tag_again(ctx: Context, arn: str, before: Properties, after: Properties) -> None:
    gone = sorted(set(tag_map(before)) - set(tag_map(after)))
    if gone:
        ctx.call("sagemaker", "delete_tags", ResourceArn=arn, TagKeys=gone)
    if tag_list(after) and changed(before, after, "Tags"):
        ctx.call("sagemaker", "add_tags", ResourceArn=arn, Tags=tag_list(after))


def _tags(properties: Properties) -> dict[str, Any]:
    tags = tag_list(properties)
    return {"Tags": tags} if tags else {}


def _create_domain(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, *_DOMAIN, "AuthMode", "DomainName", "DomainSettings", "KmsKeyId")
    made = ctx.call("sagemaker", "create_domain", **given, **_tags(properties))["DomainId"]
    return _domain(ctx, made)


def _update_domain(ctx: Context, domain: str, before: Properties, after: Properties) -> Made:
    given = {
        name: after[name] for name in _DOMAIN if name in after and changed(before, after, name)
    }
    if changed(before, after, "DomainSettings") and "DomainSettings" in after:
        given["DomainSettingsForUpdate"] = after["DomainSettings"]
    if given:
        ctx.call("sagemaker", "update_domain", DomainId=domain, **given)
    _tag_again(ctx, ctx.arn("sagemaker", f"domain/{domain}"), before, after)
    return _domain(ctx, domain)


def _domain(ctx: Context, domain: str) -> Made:
    found = _at_rest(ctx, "describe_domain", DomainId=domain) or {}
    names = (
        "DomainArn",
        "DomainId",
        "HomeEfsFileSystemId",
        "SecurityGroupIdForDomainBoundary",
        "SingleSignOnApplicationArn",
        "SingleSignOnManagedApplicationInstanceId",
        "Url",
    )
    return Made(id=domain, attributes=chosen(found, *names))


def _delete_domain(ctx: Context, domain: str, _: Properties) -> None:
    ctx.call_if_there("sagemaker", "delete_domain", DomainId=domain)
    _at_rest(ctx, "describe_domain", DomainId=domain)


def _create_profile(ctx: Context, properties: Properties) -> Made:
    given = chosen(
        properties,
        *_PROFILE,
        "SingleSignOnUserIdentifier",
        "SingleSignOnUserValue",
        "UserSettings",
    )
    ctx.call("sagemaker", "create_user_profile", **given, **_tags(properties))
    return _profile(ctx, properties)


def _update_profile(ctx: Context, _: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "UserSettings"):
        given = chosen(after, *_PROFILE, "UserSettings")
        ctx.call("sagemaker", "update_user_profile", **given)
    made = _profile(ctx, after)
    _tag_again(ctx, made.attributes["UserProfileArn"], before, after)
    return made


def _profile(ctx: Context, properties: Properties) -> Made:
    found = _at_rest(ctx, "describe_user_profile", **chosen(properties, *_PROFILE)) or {}
    # Ref gives a compound identifier, its parts in the order of the resource's schema.
    name = f"{properties['UserProfileName']}|{properties['DomainId']}"
    return Made(id=name, attributes=chosen(found, "UserProfileArn"))


def _delete_profile(ctx: Context, _: str, properties: Properties) -> None:
    where = chosen(properties, *_PROFILE)
    ctx.call_if_there("sagemaker", "delete_user_profile", **where)
    _at_rest(ctx, "describe_user_profile", **where)


def _create_space(ctx: Context, properties: Properties) -> Made:
    given = chosen(
        properties,
        *_SPACE,
        "OwnershipSettings",
        "SpaceDisplayName",
        "SpaceSettings",
        "SpaceSharingSettings",
    )
    ctx.call("sagemaker", "create_space", **given, **_tags(properties))
    return _space(ctx, properties)


def _update_space(ctx: Context, _: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "SpaceSettings", "SpaceDisplayName"):
        given = chosen(after, *_SPACE, "SpaceSettings", "SpaceDisplayName")
        ctx.call("sagemaker", "update_space", **given)
    made = _space(ctx, after)
    _tag_again(ctx, made.attributes["SpaceArn"], before, after)
    return made


def _space(ctx: Context, properties: Properties) -> Made:
    found = _at_rest(ctx, "describe_space", **chosen(properties, *_SPACE)) or {}
    name = f"{properties['DomainId']}|{properties['SpaceName']}"
    return Made(id=name, attributes=chosen(found, "SpaceArn", "Url"))


def _delete_space(ctx: Context, _: str, properties: Properties) -> None:
    where = chosen(properties, *_SPACE)
    ctx.call_if_there("sagemaker", "delete_space", **where)
    _at_rest(ctx, "describe_space", **where)


def _create_app(ctx: Context, properties: Properties) -> Made:
    where = chosen(properties, *_APP)
    given = chosen(properties, "ResourceSpec", "RecoveryMode")
    ctx.call("sagemaker", "create_app", **where, **given, **_tags(properties))
    found = _at_rest(ctx, "describe_app", **where) or {}
    name = "|".join(properties[part] for part in ("AppName", "AppType", *_PROFILE))
    return Made(id=name, attributes=chosen(found, "AppArn", "BuiltInLifecycleConfigArn"))


def _update_app(ctx: Context, app: str, before: Properties, after: Properties) -> Made:
    found = _at_rest(ctx, "describe_app", **chosen(after, *_APP)) or {}
    _tag_again(ctx, found["AppArn"], before, after)
    return Made(id=app, attributes=chosen(found, "AppArn", "BuiltInLifecycleConfigArn"))


def _delete_app(ctx: Context, _: str, properties: Properties) -> None:
    where = chosen(properties, *_APP)
    if _at_rest(ctx, "describe_app", **where) is not None:
        ctx.call_if_there("sagemaker", "delete_app", **where)
    _at_rest(ctx, "describe_app", **where)


def _create_config(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, *_CONFIG)
    arn = ctx.call("sagemaker", "create_studio_lifecycle_config", **given, **_tags(properties))
    attributes = {"StudioLifecycleConfigArn": arn["StudioLifecycleConfigArn"]}
    return Made(id=properties["StudioLifecycleConfigName"], attributes=attributes)


PROVIDERS = {
    "AWS::SageMaker::Domain": Provider(
        create=_create_domain,
        update=_update_domain,
        delete=_delete_domain,
        replaced_by=frozenset({"AuthMode", "DomainName", "KmsKeyId"}),
    ),
    "AWS::SageMaker::UserProfile": Provider(
        create=_create_profile,
        update=_update_profile,
        delete=_delete_profile,
        replaced_by=frozenset({*_PROFILE, "SingleSignOnUserIdentifier", "SingleSignOnUserValue"}),
    ),
    "AWS::SageMaker::Space": Provider(
        create=_create_space,
        update=_update_space,
        delete=_delete_space,
        replaced_by=frozenset({*_SPACE, "OwnershipSettings", "SpaceSharingSettings"}),
    ),
    "AWS::SageMaker::App": Provider(
        create=_create_app,
        update=_update_app,
        delete=_delete_app,
        replaced_by=frozenset({*_APP, "ResourceSpec"}),
    ),
    "AWS::SageMaker::StudioLifecycleConfig": Provider(
        create=_create_config,
        update=lambda ctx, name, _before, _after: Made(
            id=name,
            attributes={
                "StudioLifecycleConfigArn": ctx.arn("sagemaker", f"studio-lifecycle-config/{name}")
            },
        ),
        delete=lambda ctx, name, _: ctx.call_if_there(
            "sagemaker", "delete_studio_lifecycle_config", StudioLifecycleConfigName=name
        ),
        replaced_by=frozenset({*_CONFIG, "Tags"}),
    ),
}
