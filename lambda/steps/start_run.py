"""The starter: one execution of the state machine for each request, however often it arrives.

Four triggers, told apart by their shape: an event on the bus (detail-type RunRequested; source
autolote, or autolote.<project> from whoever may send for that project only), an object created
below requests/ (the shape EventBridge gives S3's events), a schedule's payload, and a direct call.
The execution's name is derived from the request, so Step Functions itself refuses a second one:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

A body that is no JSON object starts an execution all the same: ValidateRequest refuses it there,
so its sender hears of it in the same way as of any other refusal.
"""

import functools
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from rules import names
from rules.request import RequestTextError, parse
from rules.violations import Violation

from steps import aws, environment, errors, runtime
from steps.environment import Environment

SOURCE = "autolote"
REQUESTS = "requests/"
LARGEST_REQUEST_BYTES = 32 * 1024

_log = logging.getLogger("autolote")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A request as it arrived.

    Attributes:
        kind: bus, object, schedule or cli.
        id: what people can find the trigger by.
        delivery: what is the same when the same request is delivered again.
        request: the body; None when it could not be read.
        violations: why it could not.
    """

    kind: str
    id: str
    delivery: tuple[str, ...]
    request: Any
    violations: list[Violation] = field(default_factory=list)


def work(event: runtime.Event, env: Environment, *, call_id: str) -> runtime.Result:
    """Start the run of a request, or find that it has been started.

    Args:
        event: one of the four triggers.
        env: the environment.
        call_id: of this call of the function; the same when Lambda itself tries again.

    Returns:
        `run_id`, `execution_arn`, and whether the request was a `duplicate`.

    Raises:
        InvalidEvent: the event is none of the four, or lacks what makes it recognisable.
        TokenUsed: the request's token belongs to another request.
    """
    arrival = read(event, env)
    asked = arrival.request if isinstance(arrival.request, dict) else {}
    run_id = names.run_id(
        project_id=asked.get("project_id"),
        experiment_id=asked.get("experiment_id"),
        token=asked.get("token"),
        delivery=arrival.delivery,
    )
    told = {
        "run": {"run_id": run_id},
        "request": arrival.request,
        # A second delivery has another call's id, so Step Functions does not take it for a retry
        # of the first and says that the execution exists.
        "trigger": {"kind": arrival.kind, "id": arrival.id, "call_id": call_id},
    }
    if arrival.violations:
        told["violations"] = [violation.as_dict() for violation in arrival.violations]
    return _start(run_id, told)


def read(event: runtime.Event, env: Environment) -> Arrival:
    """The request in a trigger.

    Raises:
        InvalidEvent: the event is none of the four, or lacks what makes it recognisable.
    """
    if event.get("detail-type") == "RunRequested" and _is_ours(event.get("source")):
        event_id = _text(event, "id")
        arrival = _sized("bus", event_id, ("bus", event_id), event.get("detail"))
        return _of_project(arrival, event["source"].removeprefix(SOURCE).removeprefix("."))
    if event.get("source") == "aws.s3" and event.get("detail-type") == "Object Created":
        return _from_object(event.get("detail", {}), env)
    if event.get("trigger") == "schedule":
        name, time = _text(event, "schedule"), _text(event, "scheduled_time")
        delivery = ("schedule", name, time)
        return _sized("schedule", f"{name} {time}", delivery, event.get("request"))
    if event.get("trigger") == "cli":
        call = _text(event, "id")
        return _sized("cli", call, ("cli", call), event.get("request"))
    raise errors.InvalidEvent(
        "expected an event of source autolote and detail-type RunRequested, an S3 Object Created "
        "event, or a payload whose `trigger` is schedule or cli; found "
        f"{json.dumps(event, default=str)[:300]}"
    )


def _is_ours(source: Any) -> bool:
    return isinstance(source, str) and f"{source}.".startswith(f"{SOURCE}.")


def _of_project(arrival: Arrival, project: str) -> Arrival:
    """The arrival; refused if it is for another project than its source, which IAM has checked."""
    asked = arrival.request.get("project_id") if isinstance(arrival.request, dict) else None
    if project in ("", asked) or arrival.request is None:
        return arrival
    rule = f"must be {project}: its sender may request runs of this project only"
    fix = "Send it from the project that it is for."
    wrong = Violation(field="project_id", value=asked, rule=rule, fix=fix)
    return _refused(arrival.kind, arrival.id, arrival.delivery, wrong)


def _from_object(detail: Mapping[str, Any], env: Environment) -> Arrival:
    bucket, item = detail.get("bucket", {}).get("name"), detail.get("object", {})
    # Unlike S3's own notifications, EventBridge events carry the key as it is, not URL-encoded:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    key, version = _text(item, "key"), _text(item, "version-id")
    if bucket != env.data_bucket or not key.startswith(REQUESTS):
        raise errors.InvalidEvent(
            f"s3://{bucket}/{key} is not below s3://{env.data_bucket}/{REQUESTS}"
        )
    delivery, trigger_id = ("object", bucket, key, version), f"{env.uri(key)}?versionId={version}"
    if int(item.get("size", 0)) > LARGEST_REQUEST_BYTES:
        return _too_large("object", trigger_id, delivery, item["size"])
    answer = aws.client("s3").get_object(Bucket=bucket, Key=key, VersionId=version)
    body = answer["Body"].read(LARGEST_REQUEST_BYTES + 1)
    try:
        request = parse(body)
    except RequestTextError as error:
        fix = "Write one JSON object, as docs/request.md says, in UTF-8."
        wrong = Violation(field="request", value=env.uri(key), rule=str(error), fix=fix)
        return _refused("object", trigger_id, delivery, wrong)
    return _sized("object", trigger_id, delivery, request)


def _sized(kind: str, trigger_id: str, delivery: tuple[str, ...], request: Any) -> Arrival:
    try:
        size = len(json.dumps(request, allow_nan=False).encode())
    except ValueError:
        # What calls a function by hand, and Python's json, may pass what JSON does not have.
        rule, fix = "has NaN or Infinity where only a finite number can stand", "Write a number."
        wrong = Violation(field="request", value=None, rule=rule, fix=fix)
        return _refused(kind, trigger_id, delivery, wrong)
    if size > LARGEST_REQUEST_BYTES:
        return _too_large(kind, trigger_id, delivery, size)
    return Arrival(kind=kind, id=trigger_id, delivery=delivery, request=request)


def _too_large(kind: str, trigger_id: str, delivery: tuple[str, ...], size: int) -> Arrival:
    rule = f"must have at most {LARGEST_REQUEST_BYTES:,} bytes"
    wrong = Violation(field="request", value=size, rule=rule, fix="Name data by its prefix.")
    return _refused(kind, trigger_id, delivery, wrong)


def _refused(kind: str, trigger_id: str, delivery: tuple[str, ...], wrong: Violation) -> Arrival:
    return Arrival(kind=kind, id=trigger_id, delivery=delivery, request=None, violations=[wrong])


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise errors.InvalidEvent(
            f"the event has no `{name}`: {json.dumps(told, default=str)[:300]}"
        )
    return value


def _start(run_id: str, told: Mapping[str, Any]) -> runtime.Result:
    machine = environment.variable("STATE_MACHINE_ARN")
    states = aws.client("stepfunctions")
    duplicate = False
    try:
        arn = states.start_execution(
            stateMachineArn=machine, name=run_id, input=json.dumps(told, ensure_ascii=False)
        )["executionArn"]
    except ClientError as error:
        if errors.code_of(error) != "ExecutionAlreadyExists":
            raise
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{run_id}"
        _same_request(states, arn, told)
        duplicate = True
    extra = {"execution_arn": arn, "trigger": told["trigger"], "started": run_id}
    _log.info("duplicate, nothing started" if duplicate else "started", extra=extra)
    return {"run_id": run_id, "execution_arn": arn, "duplicate": duplicate}


def _same_request(states: Any, arn: str, told: Mapping[str, Any]) -> None:
    earlier = json.loads(states.describe_execution(executionArn=arn).get("input", "{}"))
    if earlier.get("request") != told["request"]:
        raise errors.TokenUsed(
            f"{arn} exists and was started with another request; nothing was started. "
            "Send the changed request with a new token."
        )


def handler(event: runtime.Event, context: Any) -> runtime.Result:
    """Lambda's entry point; the call's id comes from the context."""
    starter = functools.partial(work, call_id=context.aws_request_id)
    functools.update_wrapper(starter, work)
    return runtime.carry_out(starter, event)
