"""AWS::KMS::Key and AWS::KMS::Alias."""

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_map,
)


def _tags(properties: Properties) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in tag_map(properties).items()]


def _create_key(ctx: Context, properties: Properties) -> Made:
    given = chosen(properties, "Description", "KeyUsage", "KeySpec", "MultiRegion")
    if "KeyPolicy" in properties:
        given["Policy"] = properties["KeyPolicy"]
    found = ctx.call("kms", "create_key", Tags=_tags(properties), **given)["KeyMetadata"]
    made = Made(id=found["KeyId"], attributes={"Arn": found["Arn"], "KeyId": found["KeyId"]})
    _switch(ctx, made.id, {}, properties)
    return made


def _switch(ctx: Context, key: str, before: Properties, after: Properties) -> None:
    if changed(before, after, "EnableKeyRotation"):
        verb = "enable" if after.get("EnableKeyRotation") else "disable"
        ctx.call("kms", f"{verb}_key_rotation", KeyId=key)
    if before.get("Enabled", True) != after.get("Enabled", True):
        verb = "enable" if after.get("Enabled", True) else "disable"
        ctx.call("kms", f"{verb}_key", KeyId=key)


def _update_key(ctx: Context, key: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "KeyPolicy"):
        policy = after["KeyPolicy"]
        ctx.call("kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=policy)
    if changed(before, after, "Description"):
        text = after.get("Description", "")
        ctx.call("kms", "update_key_description", KeyId=key, Description=text)
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("kms", "untag_resource", KeyId=key, TagKeys=gone)
        ctx.call("kms", "tag_resource", KeyId=key, Tags=_tags(after))
    _switch(ctx, key, before, after)
    arn = ctx.arn("kms", f"key/{key}")
    return Made(id=key, attributes={"Arn": arn, "KeyId": key})


def _delete_key(ctx: Context, key: str, properties: Properties) -> None:
    days = int(properties.get("PendingWindowInDays", 30))
    ctx.call_if_there("kms", "schedule_key_deletion", KeyId=key, PendingWindowInDays=days)


def _create_alias(ctx: Context, properties: Properties) -> Made:
    name, key = properties["AliasName"], properties["TargetKeyId"]
    ctx.call("kms", "create_alias", AliasName=name, TargetKeyId=key)
    return Made(id=name)


def _update_alias(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    ctx.call("kms", "update_alias", AliasName=name, TargetKeyId=after["TargetKeyId"])
    return Made(id=name)


PROVIDERS = {
    "AWS::KMS::Key": Provider(
        create=_create_key,
        update=_update_key,
        delete=_delete_key,
        replaced_by=frozenset({"KeySpec", "KeyUsage", "MultiRegion"}),
    ),
    "AWS::KMS::Alias": Provider(
        create=_create_alias,
        update=_update_alias,
        delete=lambda ctx, name, _: ctx.call_if_there("kms", "delete_alias", AliasName=name),
        replaced_by=frozenset({"AliasName"}),
    ),
}
