"""AWS::S3::Bucket and AWS::S3::BucketPolicy."""

from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    tag_list,
)

_RULE_NAMES = {"Id": "ID"}
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_FILTERS = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")


def _create_bucket(ctx: Context, properties: Properties) -> Made:
    name = properties.get("BucketName") or ctx.name(longest=63, lower=True)
    where = {}
    if ctx.account.region != "us-east-1":
        where = {"CreateBucketConfiguration": {"LocationConstraint": ctx.account.region}}
    ctx.call("s3", "create_bucket", Bucket=name, **where)
    try:
        _configure(ctx, name, {}, properties)
    except Exception:
        ctx.call("s3", "delete_bucket", Bucket=name)
        raise
    return _bucket(ctx, name)


def _update_bucket(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    _configure(ctx, name, before, after)
    return _bucket(ctx, name)


def _delete_bucket(ctx: Context, name: str, properties: Properties) -> None:
    ctx.call_if_there("s3", "delete_bucket", Bucket=name)


def _bucket(ctx: Context, name: str) -> Made:
    region = ctx.account.region
    return Made(
        id=name,
        attributes={
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
        },
    )


def _configure(ctx: Context, name: str, before: Properties, after: Properties) -> None:
    for part, (put, arguments, delete) in _PARTS.items():
        given = after.get(part)
        if given == before.get(part):
            continue
        if given is not None:
            ctx.call("s3", put, Bucket=name, **arguments(given))
        elif delete is not None:
            ctx.call("s3", delete, Bucket=name)
        else:
            ctx.call("s3", put, Bucket=name, **arguments({}))


def _encryption(given: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in given["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _versioning(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": given.get("Status", "Suspended")}}


def _lifecycle(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_rule(rule) for rule in given["Rules"]]}}


def _rule(given: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of the template in the API's form; an unknown part is left for the API to refuse."""
    parts = dict(given)
    expiration = {to: parts.pop(name) for name, to in _EXPIRATION.items() if name in parts}
    found: dict[str, Any] = {"Filter": _filter({n: parts.pop(n) for n in _FILTERS if n in parts})}
    if expiration:
        found["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in parts:
        days = parts.pop("NoncurrentVersionExpirationInDays")
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    return found | {_RULE_NAMES.get(name, name): part for name, part in parts.items()}


def _filter(given: dict[str, Any]) -> dict[str, Any]:
    tags = given.pop("TagFilters", [])
    if not tags and len(given) <= 1:
        return given or {"Prefix": ""}
    if len(tags) == 1 and not given:
        return {"Tag": tags[0]}
    return {"And": {**given, **({"Tags": tags} if tags else {})}}


def _logging(given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        return {"BucketLoggingStatus": {}}
    enabled = {
        "TargetBucket": given["DestinationBucketName"],
        "TargetPrefix": given.get("LogFilePrefix", ""),
    }
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


def _notifications(given: Mapping[str, Any]) -> dict[str, Any]:
    configuration = {name: part for name, part in given.items() if name != _BRIDGE}
    if given.get(_BRIDGE, {}).get("EventBridgeEnabled", _BRIDGE in given):
        configuration[_BRIDGE] = {}
    return {"NotificationConfiguration": configuration}


_BRIDGE = "EventBridgeConfiguration"


def _tags(given: Any) -> dict[str, Any]:
    return {"Tagging": {"TagSet": tag_list({"Tags": given})}}


_Part = tuple[str, Callable[[Any], dict[str, Any]], str | None]
_PARTS: Mapping[str, _Part] = {
    "BucketEncryption": ("put_bucket_encryption", _encryption, "delete_bucket_encryption"),
    "VersioningConfiguration": ("put_bucket_versioning", _versioning, None),
    # After versioning, without which nothing can be locked. There is no way back on AWS either.
    "ObjectLockEnabled": (
        "put_object_lock_configuration",
        lambda _: {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
        None,
    ),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        _lifecycle,
        "delete_bucket_lifecycle",
    ),
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        lambda given: {"OwnershipControls": given},
        "delete_bucket_ownership_controls",
    ),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        lambda given: {"PublicAccessBlockConfiguration": given},
        "delete_public_access_block",
    ),
    "LoggingConfiguration": ("put_bucket_logging", _logging, None),
    "NotificationConfiguration": (
        "put_bucket_notification_configuration",
        _notifications,
        None,
    ),
    "Tags": ("put_bucket_tagging", _tags, "delete_bucket_tagging"),
}


def _put_policy(ctx: Context, properties: Properties) -> Made:
    bucket = properties["Bucket"]
    ctx.call("s3", "put_bucket_policy", Bucket=bucket, Policy=properties["PolicyDocument"])
    return Made(id=bucket)


PROVIDERS = {
    "AWS::S3::Bucket": Provider(
        create=_create_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        replaced_by=frozenset({"BucketName"}),
    ),
    "AWS::S3::BucketPolicy": Provider(
        create=_put_policy,
        update=lambda ctx, _id, _before, after: _put_policy(ctx, after),
        delete=lambda ctx, bucket, _: ctx.call_if_there(
            "s3", "delete_bucket_policy", Bucket=bucket
        ),
        replaced_by=frozenset({"Bucket"}),
    ),
}
