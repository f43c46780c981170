"""Log groups, parameters, alarms, dashboards, and the CDK's metadata."""

import json
from typing import Any

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

_ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
)


def _create_log_group(ctx: Context, properties: Properties) -> Made:
    name = properties.get("LogGroupName") or ctx.name(longest=512)
    ctx.call(
        "logs",
        "create_log_group",
        LogGroupName=name,
        Tags=tag_map(properties),
        **chosen(properties, "KmsKeyId"),
    )
    made_with = {part: properties.get(part) for part in ("Tags", "KmsKeyId")}
    return _update_log_group(ctx, name, made_with, properties)


def _update_log_group(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    if changed(before, after, "KmsKeyId"):
        key = after.get("KmsKeyId")
        if key is None:
            ctx.call("logs", "disassociate_kms_key", LogGroupName=name)
        else:
            ctx.call("logs", "associate_kms_key", LogGroupName=name, KmsKeyId=key)
    if changed(before, after, "RetentionInDays"):
        days = after.get("RetentionInDays")
        if days is None:
            ctx.call("logs", "delete_retention_policy", LogGroupName=name)
        else:
            ctx.call("logs", "put_retention_policy", LogGroupName=name, RetentionInDays=days)
    arn = ctx.arn("logs", f"log-group:{name}")
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("logs", "untag_resource", ResourceArn=arn, TagKeys=gone)
        ctx.call("logs", "tag_resource", ResourceArn=arn, Tags=tag_map(after))
    return Made(id=name, attributes={"Arn": f"{arn}:*"})


def _put_log_policy(ctx: Context, properties: Properties) -> Made:
    name = properties["PolicyName"]
    document = properties["PolicyDocument"]
    ctx.call("logs", "put_resource_policy", PolicyName=name, PolicyDocument=document)
    return Made(id=name)


def _put_parameter(ctx: Context, properties: Properties, *, name: str, new: bool) -> Made:
    given = chosen(properties, "Type", "Value", "Description", "Tier", "AllowedPattern")
    extra: dict[str, Any] = {"Tags": tag_list(properties)} if new else {"Overwrite": True}
    ctx.call("ssm", "put_parameter", Name=name, **given, **extra)
    return Made(id=name, attributes={"Type": properties["Type"], "Value": properties["Value"]})


def _put_alarm(ctx: Context, properties: Properties, *, name: str) -> Made:
    given = chosen(properties, *_ALARM)
    ctx.call("cloudwatch", "put_metric_alarm", AlarmName=name, Tags=tag_list(properties), **given)
    return Made(id=name, attributes={"Arn": ctx.arn("cloudwatch", f"alarm:{name}")})


def _delete_alarm(ctx: Context, name: str, properties: Properties) -> None:
    ctx.call_if_there("cloudwatch", "delete_alarms", AlarmNames=[name])


def _put_dashboard(ctx: Context, properties: Properties, *, name: str) -> Made:
    body = properties["DashboardBody"]
    text = body if isinstance(body, str) else json.dumps(body)
    ctx.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=text)
    return Made(id=name)


def _delete_dashboard(ctx: Context, name: str, properties: Properties) -> None:
    ctx.call_if_there("cloudwatch", "delete_dashboards", DashboardNames=[name])


PROVIDERS = {
    "AWS::Logs::LogGroup": Provider(
        create=_create_log_group,
        update=_update_log_group,
        delete=lambda ctx, name, _: ctx.call_if_there(
            "logs", "delete_log_group", LogGroupName=name
        ),
        replaced_by=frozenset({"LogGroupName"}),
    ),
    "AWS::Logs::ResourcePolicy": Provider(
        create=_put_log_policy,
        update=lambda ctx, _id, _before, after: _put_log_policy(ctx, after),
        delete=lambda ctx, name, _: ctx.call_if_there(
            "logs", "delete_resource_policy", PolicyName=name
        ),
        replaced_by=frozenset({"PolicyName"}),
    ),
    "AWS::SSM::Parameter": Provider(
        create=lambda ctx, given: _put_parameter(
            ctx, given, name=given.get("Name") or ctx.name(longest=1000), new=True
        ),
        update=lambda ctx, name, _before, after: _put_parameter(ctx, after, name=name, new=False),
        delete=lambda ctx, name, _: ctx.call_if_there("ssm", "delete_parameter", Name=name),
        replaced_by=frozenset({"Name"}),
    ),
    "AWS::CloudWatch::Alarm": Provider(
        create=lambda ctx, given: _put_alarm(
            ctx, given, name=given.get("AlarmName") or ctx.name(longest=255)
        ),
        update=lambda ctx, name, _before, after: _put_alarm(ctx, after, name=name),
        delete=_delete_alarm,
        replaced_by=frozenset({"AlarmName"}),
    ),
    "AWS::CloudWatch::Dashboard": Provider(
        create=lambda ctx, given: _put_dashboard(
            ctx, given, name=given.get("DashboardName") or ctx.name(longest=255)
        ),
        update=lambda ctx, name, _before, after: _put_dashboard(ctx, after, name=name),
        delete=_delete_dashboard,
        replaced_by=frozenset({"DashboardName"}),
    ),
    "AWS::CDK::Metadata": Provider(
        create=lambda ctx, _: Made(id=ctx.logical_id),
        update=lambda _ctx, identifier, _before, _after: Made(id=identifier),
        delete=lambda _ctx, _id, _given: None,
    ),
}
