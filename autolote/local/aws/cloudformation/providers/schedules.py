"""AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup."""

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

_SCHEDULE = (
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
)


def _create(ctx: Context, properties: Properties) -> Made:
    name = properties.get("Name") or ctx.name(longest=64)
    given = chosen(properties, *_SCHEDULE)
    found = ctx.call("scheduler", "create_schedule", Name=name, **given)
    return Made(id=name, attributes={"Arn": found["ScheduleArn"]})


def _update(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    given = chosen(after, *_SCHEDULE)
    found = ctx.call("scheduler", "update_schedule", Name=name, **given)
    return Made(id=name, attributes={"Arn": found["ScheduleArn"]})


def _delete(ctx: Context, name: str, properties: Properties) -> None:
    where = chosen(properties, "GroupName")
    ctx.call_if_there("scheduler", "delete_schedule", Name=name, **where)


def _create_group(ctx: Context, properties: Properties) -> Made:
    name = properties.get("Name") or ctx.name(longest=64)
    found = ctx.call("scheduler", "create_schedule_group", Name=name, Tags=tag_list(properties))
    return _group(found["ScheduleGroupArn"], name)


def _group(arn: str, name: str) -> Made:
    return Made(id=name, attributes={"Arn": arn, "State": "ACTIVE"})


def _update_group(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    arn = ctx.arn("scheduler", f"schedule-group/{name}")
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("scheduler", "untag_resource", ResourceArn=arn, TagKeys=gone)
        ctx.call("scheduler", "tag_resource", ResourceArn=arn, Tags=tag_list(after))
    return _group(arn, name)


PROVIDERS = {
    "AWS::Scheduler::Schedule": Provider(
        create=_create,
        update=_update,
        delete=_delete,
        replaced_by=frozenset({"Name", "GroupName"}),
    ),
    "AWS::Scheduler::ScheduleGroup": Provider(
        create=_create_group,
        update=_update_group,
        delete=lambda ctx, name, _: ctx.call_if_there(
            "scheduler", "delete_schedule_group", Name=name
        ),
        replaced_by=frozenset({"Name"}),
    ),
}
