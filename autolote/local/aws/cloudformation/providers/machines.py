"""AWS::StepFunctions::StateMachine."""

import json
import re
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

_SETTINGS = ("LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration")


def _definition(properties: Properties) -> str:
    """The definition's text; `${Name}` is filled in from DefinitionSubstitutions."""
    text = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    given = properties.get("DefinitionSubstitutions") or {}
    return re.sub(r"\$\{(\w+)\}", lambda found: str(given.get(found[1], found[0])), text)


def _tags(properties: Properties) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in tag_map(properties).items()]


def _made(arn: str) -> Made:
    return Made(id=arn, attributes={"Arn": arn, "Name": arn.rsplit(":", 1)[1]})


def _create(ctx: Context, properties: Properties) -> Made:
    given: dict[str, Any] = chosen(properties, "RoleArn", *_SETTINGS)
    if "StateMachineType" in properties:
        given["Type"] = properties["StateMachineType"]
    found = ctx.call(
        "stepfunctions",
        "create_state_machine",
        Name=properties.get("StateMachineName") or ctx.name(longest=80),
        Definition=_definition(properties),
        Tags=_tags(properties),
        **given,
    )
    return _made(found["stateMachineArn"])


def _update(ctx: Context, arn: str, before: Properties, after: Properties) -> Made:
    ctx.call(
        "stepfunctions",
        "update_state_machine",
        StateMachineArn=arn,
        Definition=_definition(after),
        **chosen(after, "RoleArn", *_SETTINGS),
    )
    if changed(before, after, "Tags"):
        gone = sorted(set(tag_map(before)) - set(tag_map(after)))
        if gone:
            ctx.call("stepfunctions", "untag_resource", ResourceArn=arn, TagKeys=gone)
        ctx.call("stepfunctions", "tag_resource", ResourceArn=arn, Tags=_tags(after))
    return _made(arn)


def _delete(ctx: Context, arn: str, properties: Properties) -> None:
    ctx.call_if_there("stepfunctions", "delete_state_machine", StateMachineArn=arn)


PROVIDERS = {
    "AWS::StepFunctions::StateMachine": Provider(
        create=_create,
        update=_update,
        delete=_delete,
        replaced_by=frozenset({"StateMachineName", "StateMachineType"}),
    )
}
