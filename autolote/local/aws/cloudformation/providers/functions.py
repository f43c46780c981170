"""AWS::Lambda::Function, AWS::Lambda::Permission and AWS::Lambda::EventInvokeConfig."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from autolote.local.aws.cloudformation.provider import (
    Context,
    Made,
    Properties,
    Provider,
    changed,
    chosen,
    tag_map,
)

_CONFIGURATION = (
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Runtime",
    "DeadLetterConfig",
    "TracingConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "VpcConfig",
    "KMSKeyArn",
    "Layers",
)
_EMPTY: Mapping[str, Any] = {
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {},
    "TracingConfig": {"Mode": "PassThrough"},
    "Description": "",
    "KMSKeyArn": "",
    "Layers": [],
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "Timeout": 3,
    "MemorySize": 128,
}


def _code(ctx: Context, properties: Properties) -> dict[str, Any]:
    """The Code property as the API takes it; inline text becomes a zip with an index file."""
    code = dict(properties["Code"])
    if "ZipFile" in code:
        inline = io.BytesIO()
        with zipfile.ZipFile(inline, "w") as archive:
            member = zipfile.ZipInfo("index.py", (1980, 1, 1, 0, 0, 0))
            archive.writestr(member, code["ZipFile"])
        return {"ZipFile": inline.getvalue()}
    return code


def _as_the_api_has_it(properties: Properties) -> Properties:
    """The properties with the API's spelling of the one that CloudFormation spells otherwise."""
    spelled = {"KmsKeyArn": "KMSKeyArn"}
    return {spelled.get(name, name): value for name, value in properties.items()}


def _create_function(ctx: Context, properties: Properties) -> Made:
    properties = _as_the_api_has_it(properties)
    name = properties.get("FunctionName") or ctx.name(longest=64)
    found = ctx.call(
        "lambda",
        "create_function",
        FunctionName=name,
        Code=_code(ctx, properties),
        Tags=tag_map(properties),
        **chosen(properties, *_CONFIGURATION, "Architectures", "PackageType"),
    )
    if "ReservedConcurrentExecutions" in properties:
        _reserve(ctx, name, properties)
    return Made(id=name, attributes={"Arn": found["FunctionArn"]})


def _reserve(ctx: Context, name: str, properties: Properties) -> None:
    wanted = properties.get("ReservedConcurrentExecutions")
    if wanted is None:
        ctx.call("lambda", "delete_function_concurrency", FunctionName=name)
    else:
        ctx.call(
            "lambda",
            "put_function_concurrency",
            FunctionName=name,
            ReservedConcurrentExecutions=wanted,
        )


def _update_function(ctx: Context, name: str, before: Properties, after: Properties) -> Made:
    before, after = _as_the_api_has_it(before), _as_the_api_has_it(after)
    if changed(before, after, "Code", "Architectures"):
        ctx.call("lambda", "update_function_code", FunctionName=name, **_code(ctx, after))
    if changed(before, after, *_CONFIGURATION):
        differs = [part for part in _CONFIGURATION if before.get(part) != after.get(part)]
        given = {part: after.get(part, _EMPTY.get(part)) for part in differs}
        given = {part: value for part, value in given.items() if value is not None}
        ctx.call("lambda", "update_function_configuration", FunctionName=name, **given)
    if changed(before, after, "ReservedConcurrentExecutions"):
        _reserve(ctx, name, after)
    arn = ctx.arn("lambda", f"function:{name}")
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("lambda", "untag_resource", Resource=arn, TagKeys=gone)
        ctx.call("lambda", "tag_resource", Resource=arn, Tags=tag_map(after))
    return Made(id=name, attributes={"Arn": arn})


def _delete_function(ctx: Context, name: str, properties: Properties) -> None:
    ctx.call_if_there("lambda", "delete_function", FunctionName=name)


def _permit(ctx: Context, properties: Properties) -> Made:
    statement = ctx.name(longest=100)
    ctx.call(
        "lambda",
        "add_permission",
        StatementId=statement,
        **chosen(
            properties,
            "FunctionName",
            "Action",
            "Principal",
            "SourceArn",
            "SourceAccount",
            "EventSourceToken",
            "PrincipalOrgID",
        ),
    )
    return Made(id=statement)


def _forbid(ctx: Context, statement: str, properties: Properties) -> None:
    ctx.call_if_there(
        "lambda",
        "remove_permission",
        FunctionName=properties["FunctionName"],
        StatementId=statement,
    )


def _update_permission(ctx: Context, statement: str, before: Properties, after: Properties) -> Made:
    _forbid(ctx, statement, before)
    return _permit(ctx, after)


def _put_invoke_config(ctx: Context, properties: Properties) -> Made:
    name = properties["FunctionName"]
    ctx.call(
        "lambda",
        "put_function_event_invoke_config",
        FunctionName=name,
        **chosen(
            properties, "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"
        ),
    )
    return Made(id=f"{name}/{properties.get('Qualifier', '$LATEST')}")


def _delete_invoke_config(ctx: Context, _: str, properties: Properties) -> None:
    name = properties["FunctionName"]
    ctx.call_if_there("lambda", "delete_function_event_invoke_config", FunctionName=name)


PROVIDERS = {
    "AWS::Lambda::Function": Provider(
        create=_create_function,
        update=_update_function,
        delete=_delete_function,
        replaced_by=frozenset({"FunctionName", "PackageType"}),
    ),
    "AWS::Lambda::Permission": Provider(create=_permit, update=_update_permission, delete=_forbid),
    "AWS::Lambda::EventInvokeConfig": Provider(
        create=_put_invoke_config,
        update=lambda ctx, _id, _before, after: _put_invoke_config(ctx, after),
        delete=_delete_invoke_config,
        replaced_by=frozenset({"FunctionName", "Qualifier"}),
    ),
}
