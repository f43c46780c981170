"""Custom resources: a Lambda function of the template does the work and answers to a URL.

A function that fails, times out, or answers FAILED fails the deployment. AWS notices a function
that never answers only after its time-out; here that is noticed when the function has ended.
AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from autolote.local.aws.cloudformation.model import DeploymentFailedError
from autolote.local.aws.cloudformation.provider import Context, Made, Properties, Provider

PATH = "/cloudformation-response/"
_answers: dict[str, dict[str, Any]] = {}
_lock = threading.Lock()


def receive(token: str, body: bytes) -> None:
    """The answer of a function, put to the URL it was given."""
    with _lock:
        if token in _answers:
            _answers[token] = json.loads(body)


def _ask(ctx: Context, kind: str, properties: Properties, **more: Any) -> Mapping[str, Any]:
    function = properties["ServiceToken"]
    if ":function:" not in str(function):
        raise DeploymentFailedError(
            f"the local account asks Lambda functions only, and ServiceToken is {function}"
        )
    token = str(uuid.uuid4())
    event = {
        "RequestType": kind,
        "ServiceToken": function,
        "ResponseURL": f"{ctx.account.endpoint_url}{PATH}{token}",
        "StackId": ctx.stack_id,
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": ctx.logical_id,
        "ResourceType": ctx.type,
        "ResourceProperties": _as_text(properties),
        **more,
    }
    with _lock:
        _answers[token] = {}
    try:
        said = ctx.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        answer = _answers[token]
    finally:
        with _lock:
            _answers.pop(token, None)
    if not answer:
        told = said["Payload"].read().decode()[:500] if "FunctionError" in said else "nothing"
        raise DeploymentFailedError(
            f"custom resource {ctx.logical_id} did not answer; it said {told}"
        )
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason", "no reason given")
        raise DeploymentFailedError(
            f"Received response status [FAILED] from custom resource: {reason}"
        )
    return answer


def _create(ctx: Context, properties: Properties) -> Made:
    answer = _ask(ctx, "Create", properties)
    return Made(id=answer["PhysicalResourceId"], attributes=answer.get("Data") or {})


def _update(ctx: Context, identifier: str, before: Properties, after: Properties) -> Made:
    old = _as_text(before)
    more = {"PhysicalResourceId": identifier, "OldResourceProperties": old}
    answer = _ask(ctx, "Update", after, **more)
    return Made(id=answer["PhysicalResourceId"], attributes=answer.get("Data") or {})


def _delete(ctx: Context, identifier: str, properties: Properties) -> None:
    _ask(ctx, "Delete", properties, PhysicalResourceId=identifier)


def _as_text(value: Any) -> Any:
    """CloudFormation hands a custom resource every scalar as a string."""
    if isinstance(value, Mapping):
        return {name: _as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


PROVIDER = Provider(create=_create, update=_update, delete=_delete)
