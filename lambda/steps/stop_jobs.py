"""State StopJobs: stop what a failed run left running, and leave a note beside it.

Also the target of the rules on executions that ended as ABORTED, TIMED_OUT or FAILED, which run no
state of their own any more; what a failed one noted itself is left as it is. What has ended, or
was never started, is no error: this must not fail.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rules import names

from steps import aws, errors, runtime, storage
from steps.environment import Environment

_log = logging.getLogger("autolote")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How jobs of one kind are named, described and stopped."""

    name: str
    job_name: Callable[..., str]
    describe: str
    stop: str
    parameter: str
    status: str


def _transform(name: str, job_name: Callable[..., str]) -> Kind:
    return Kind(
        name=name,
        job_name=job_name,
        describe="describe_transform_job",
        stop="stop_transform_job",
        parameter="TransformJobName",
        status="TransformJobStatus",
    )


KINDS = (
    Kind(
        name="automl",
        job_name=names.automl_job_name,
        describe="describe_auto_ml_job_v2",
        stop="stop_auto_ml_job",
        parameter="AutoMLJobName",
        status="AutoMLJobStatus",
    ),
    Kind(
        name="training",
        job_name=names.training_job_name,
        describe="describe_training_job",
        stop="stop_training_job",
        parameter="TrainingJobName",
        status="TrainingJobStatus",
    ),
    _transform("golden transform", names.golden_job_name),
    _transform("transform", names.transform_job_name),
)


def work(event: runtime.Event, env: Environment) -> runtime.Result:
    """The jobs that were found and what was done, as `$.stopped` tells it."""
    state = _state(event)
    run_id = state["run"]["run_id"]
    found = [job for kind in KINDS for job in _stop_all(kind, env.prefix, run_id)]
    note = _note(state, run_id, found, env, replace=event.get("source") != "aws.states")
    return {"jobs": found, "failure_uri": note}


def _state(event: runtime.Event) -> Mapping[str, Any]:
    """The state of the machine, or as much of it as can be learnt of an execution that has ended.

    The event itself tells no input and no cause, because the machine is encrypted with our own key:
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    detail = event.get("detail")
    if event.get("source") != "aws.states" or not isinstance(detail, Mapping):
        return event
    execution = _described(detail["executionArn"])
    told = json.loads(execution.get("input") or "{}")
    return {
        "run": {"run_id": detail["name"]},
        "request": told.get("request"),
        "trigger": told.get("trigger"),
        "error": {
            "Error": f"States.{detail['status']}",
            "Cause": execution.get("cause") or f"the execution ended as {detail['status']}",
        },
    }


def _described(execution_arn: str) -> Mapping[str, Any]:
    """The execution. Its name, which the event tells, is enough to find its jobs by; so what cannot
    be asked costs the note, and not that they are stopped."""
    try:
        execution: Mapping[str, Any] = aws.client("stepfunctions").describe_execution(
            executionArn=execution_arn
        )
        return execution
    except ClientError as error:
        _log.warning("the execution cannot be described", extra={"error": str(error)})
        return {}


def _stop_all(kind: Kind, prefix: str, run_id: str) -> list[dict[str, str]]:
    """Stop every attempt of a kind: names are derived, so no state is needed to know them."""
    found = []
    for attempt in range(1, names.MAX_ATTEMPTS + 1):
        job = kind.job_name(prefix=prefix, run_id=run_id, attempt=attempt)
        try:
            answer = getattr(aws.client("sagemaker"), kind.describe)(**{kind.parameter: job})
        except ClientError as error:
            if errors.is_missing(error):
                break
            raise
        action = _stop(kind, job) if answer[kind.status] == "InProgress" else answer[kind.status]
        found.append({"kind": kind.name, "name": job, "action": action})
    return found


def _stop(kind: Kind, job: str) -> str:
    try:
        getattr(aws.client("sagemaker"), kind.stop)(**{kind.parameter: job})
    except ClientError as error:
        # It ended in between: then the answer is a ValidationException, or it is gone.
        if errors.code_of(error) == "ValidationException" or errors.is_missing(error):
            return "ended"
        raise
    return "stopped"


def _note(
    state: Mapping[str, Any],
    run_id: str,
    found: list[dict[str, str]],
    env: Environment,
    *,
    replace: bool,
) -> str | None:
    request = state.get("request")
    asked = request if isinstance(request, Mapping) else {}
    project, experiment = asked.get("project_id"), asked.get("experiment_id")
    if not (names.is_id(project) and names.is_id(experiment)):
        return None
    plan = {"project_id": project, "experiment_id": experiment, "run_id": run_id}
    content = {
        "schema_version": 1,
        "status": "FAILED",
        **plan,
        "environment": env.policy.environment,
        "trigger": state.get("trigger"),
        "request": request,
        "error": _error(state.get("error") or {}),
        "jobs": found,
    }
    key = f"{env.run_prefix(plan)}failure.json"
    try:
        return storage.write_json(env, key=key, content=content, replace=replace)
    except ClientError as error:
        if errors.code_of(error) == "PreconditionFailed":
            return env.uri(key)
        # Jobs are stopped, which matters more; the notification has the same text.
        _log.warning("no failure.json", extra={"error": str(error)})
        return None


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    """The error with its cause opened: Lambda puts the message into JSON of its own."""
    cause = error.get("Cause", "")
    try:
        opened = json.loads(cause)
        cause = opened.get("errorMessage", cause)
        cause = json.loads(cause) if error.get("Error") == "InvalidRequest" else cause
    except (ValueError, AttributeError):
        pass
    return {"name": error.get("Error"), "cause": cause}


handler = runtime.step(work)
