"""AWS::Events::EventBus, AWS::Events::Rule and AWS::Events::EventBusPolicy."""

from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws.cloudformation.provider import (
    GONE,
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_list,
    tag_map,
)

_BUS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig")
_RULE = ("Description", "EventPattern", "ScheduleExpression", "State", "RoleArn")


def _create_bus(ctx: Context, properties: Properties) -> Made:
    name = properties["Name"]
    given = chosen(properties, *_BUS)
    ctx.call("events", "create_event_bus", Name=name, Tags=tag_list(properties), **given)
    return _bus(ctx, name)


def _bus(ctx: Context, name: str) -> Made:
    arn = ctx.arn("events", f"event-bus/{name}")
    return Made(id=name, attributes={"Arn": arn, "Name": name})


def _update_bus(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, *_BUS):
        ctx.call("events", "update_event_bus", Name=name, **chosen(after, *_BUS))
    made = _bus(ctx, name)
    _retag(ctx, made.attributes["Arn"], before, after)
    return made


def _retag(ctx: Context, arn: str, before: Properties, after: Properties) -> None:
    if not changed(before, after, "Tags"):
        return
    gone = sorted(set(tag_map(before)) - set(tag_map(after)))
    if gone:
        ctx.call("events", "untag_resource", ResourceARN=arn, TagKeys=gone)
    ctx.call("events", "tag_resource", ResourceARN=arn, Tags=tag_list(after))


def _put_rule(ctx: Context, name: str, properties: Properties) -> Made:
    bus = properties.get("EventBusName", "default")
    found = ctx.call(
        "events", "put_rule", Name=name, EventBusName=bus, **chosen(properties, *_RULE)
    )
    targets = properties.get("Targets") or []
    if targets:
        answer = ctx.call("events", "put_targets", Rule=name, EventBusName=bus, Targets=targets)
        if answer.get("FailedEntryCount"):
            raise ValueError(f"targets were refused: {answer['FailedEntries']}")
    return Made(
        id=name if bus == "default" else f"{bus}|{name}", attributes={"Arn": found["RuleArn"]}
    )


def _create_rule(ctx: Context, properties: Properties) -> Made:
    made = _put_rule(ctx, properties.get("Name") or ctx.name(longest=64), properties)
    if properties.get("Tags"):
        arn = made.attributes["Arn"]
        ctx.call("events", "tag_resource", ResourceARN=arn, Tags=tag_list(properties))
    return made


def _update_rule(ctx: Context, identifier: str, before: Properties, after: Properties) -> Made:
    bus, name = after.get("EventBusName", "default"), identifier.rpartition("|")[2]
    new = {target["Id"] for target in after.get("Targets") or []}
    gone = [t["Id"] for t in before.get("Targets") or [] if t["Id"] not in new]
    if gone:
        ctx.call("events", "remove_targets", Rule=name, EventBusName=bus, Ids=gone)
    made = _put_rule(ctx, name, after)
    _retag(ctx, made.attributes["Arn"], before, after)
    return made


def _delete_rule(ctx: Context, identifier: str, properties: Properties) -> None:
    bus, name = properties.get("EventBusName", "default"), identifier.rpartition("|")[2]
    ids = [target["Id"] for target in properties.get("Targets") or []]
    where: dict[str, Any] = {"EventBusName": bus}
    if ids:
        ctx.call_if_there("events", "remove_targets", Rule=name, Ids=ids, **where)
    ctx.call_if_there("events", "delete_rule", Name=name, **where)


def _put_bus_policy(ctx: Context, properties: Properties) -> Made:
    bus = properties.get("EventBusName", "default")
    statement = {"Sid": properties["StatementId"], **properties["Statement"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    ctx.call("events", "put_permission", EventBusName=bus, Policy=policy)
    return Made(id=f"{bus}|{properties['StatementId']}")


def _drop_bus_policy(ctx: Context, _: str, properties: Properties) -> None:
    bus = properties.get("EventBusName", "default")
    try:
        statement = properties["StatementId"]
        ctx.call("events", "remove_permission", EventBusName=bus, StatementId=statement)
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith(GONE):
            raise


PROVIDERS = {
    "AWS::Events::EventBus": Provider(
        create=_create_bus,
        update=_update_bus,
        delete=lambda ctx, name, _: ctx.call_if_there("events", "delete_event_bus", Name=name),
        replaced_by=frozenset({"Name"}),
    ),
    "AWS::Events::Rule": Provider(
        create=_create_rule,
        update=_update_rule,
        delete=_delete_rule,
        replaced_by=frozenset({"Name", "EventBusName"}),
    ),
    "AWS::Events::EventBusPolicy": Provider(
        create=_put_bus_policy,
        update=lambda ctx, _id, _before, after: _put_bus_policy(ctx, after),
        delete=_drop_bus_policy,
        replaced_by=frozenset({"StatementId", "EventBusName"}),
    ),
}
