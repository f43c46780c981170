"""State StopJobs: nothing keeps billing, whatever went wrong, and it must not fail itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from steps import errors, stop_jobs
from steps.environment import Environment

from tests.steps.conftest import MACHINE, Bucket, Stub
from tests.steps.runs import RUN
from tests.steps.sagemaker import automl_job, automl_name, transform_job, transform_name
from tests.steps.training import golden_job, golden_name, training_job, training_name

REQUEST = {"project_id": "digits", "experiment_id": "first", "train": {}}
FAILURE = f"digits/first/runs/{RUN}/failure.json"
CAUSE = json.dumps({"errorMessage": "the reason", "errorType": "AutoMLJobFailed"})


def failed(error: str = "AutoMLJobFailed", cause: str = CAUSE, **changes: Any) -> dict[str, Any]:
    return {
        "run": {"run_id": RUN},
        "request": REQUEST,
        "trigger": {"kind": "bus", "id": "e"},
        "error": {"Error": error, "Cause": cause},
        **changes,
    }


KINDS = ("automl", "training", "golden", "transform")
DESCRIBE = {"automl": "auto_ml_job_v2", "training": "training_job"}


def absent(stub: Stub, *kinds: str) -> None:
    """No job of these kinds, or of any, is to be found."""
    for kind in kinds or KINDS:
        code = "ResourceNotFound" if kind == "automl" else "ValidationException"
        stub("sagemaker").add_client_error(
            f"describe_{DESCRIBE.get(kind, 'transform_job')}", code, "Requested resource not found."
        )


def test_every_running_job_of_the_run_is_stopped_whatever_its_attempt(
    bucket: Bucket, stub: Stub
) -> None:
    sagemaker = stub("sagemaker")
    sagemaker.add_response("describe_auto_ml_job_v2", automl_job("Failed"))
    sagemaker.add_response(
        "describe_auto_ml_job_v2", automl_job(attempt=2), {"AutoMLJobName": automl_name(2)}
    )
    sagemaker.add_response("stop_auto_ml_job", {}, {"AutoMLJobName": automl_name(2)})
    absent(stub, "automl")
    for kind, name in (("training", training_name()), ("transform", golden_name())):
        described = training_job() if kind == "training" else golden_job()
        parameter = {f"{kind.capitalize()}JobName": name}
        sagemaker.add_response(f"describe_{kind}_job", described, parameter)
        sagemaker.add_response(f"stop_{kind}_job", {}, parameter)
        absent(stub, kind)
    sagemaker.add_response("describe_transform_job", transform_job())
    sagemaker.add_response("stop_transform_job", {}, {"TransformJobName": transform_name()})
    absent(stub, "transform")
    told = stop_jobs.handler(failed(), None)
    assert told["jobs"] == [
        {"kind": "automl", "name": automl_name(1), "action": "Failed"},
        {"kind": "automl", "name": automl_name(2), "action": "stopped"},
        {"kind": "training", "name": training_name(), "action": "stopped"},
        {"kind": "golden transform", "name": golden_name(), "action": "stopped"},
        {"kind": "transform", "name": transform_name(), "action": "stopped"},
    ]


def test_a_note_beside_the_run_says_what_failed(bucket: Bucket, stub: Stub) -> None:
    absent(stub)
    told = stop_jobs.handler(failed(), None)
    note = bucket.json(FAILURE)
    assert told["failure_uri"].endswith(FAILURE)
    assert note["status"] == "FAILED"
    assert note["error"] == {"name": "AutoMLJobFailed", "cause": "the reason"}
    assert note["request"] == REQUEST


def test_the_violations_of_a_refused_request_are_a_list_in_the_note(
    bucket: Bucket, stub: Stub
) -> None:
    absent(stub)
    violations = [{"field": "train.data", "value": None, "rule": "is required", "fix": "Add it."}]
    cause = json.dumps({"errorMessage": json.dumps(violations), "errorType": "InvalidRequest"})
    stop_jobs.handler(failed("InvalidRequest", cause), None)
    assert bucket.json(FAILURE)["error"]["cause"] == violations


@pytest.mark.parametrize("request_", [None, [], {"project_id": "../x", "experiment_id": "e"}])
def test_without_legal_ids_there_is_no_place_for_a_note(
    bucket: Bucket, stub: Stub, request_: Any
) -> None:
    absent(stub)
    assert stop_jobs.handler(failed(request=request_), None)["failure_uri"] is None
    assert bucket.keys() == []


EXECUTION = f"arn:aws:states:sa-east-1:123456789012:execution:m:{RUN}"


def ended(status: str) -> dict[str, Any]:
    """The event of an encrypted machine, which tells no data."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": EXECUTION,
            "name": RUN,
            "status": status,
            "input": None,
            "inputDetails": {"included": False},
        },
    }


def described(stub: Stub, status: str) -> None:
    told = {"run": {"run_id": RUN}, "request": REQUEST}
    execution = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": status,
        "startDate": datetime(2026, 1, 1, tzinfo=UTC),
        "input": json.dumps(told),
    }
    asked = {"executionArn": EXECUTION}
    stub("stepfunctions").add_response("describe_execution", execution, asked)


def test_what_a_failed_run_noted_itself_is_not_replaced_when_its_end_is_told(
    bucket: Bucket, stub: Stub
) -> None:
    absent(stub)
    absent(stub)
    first = stop_jobs.handler(failed(), None)
    described(stub, "FAILED")
    assert stop_jobs.handler(ended("FAILED"), None)["failure_uri"] == first["failure_uri"]
    assert bucket.json(FAILURE)["error"] == {"name": "AutoMLJobFailed", "cause": "the reason"}


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
@pytest.mark.parametrize("readable", [True, False])
def test_an_execution_that_was_cut_off_has_its_jobs_stopped_too(
    bucket: Bucket, stub: Stub, status: str, readable: bool
) -> None:
    """Also when the execution itself cannot be read, which costs the note alone."""
    if readable:
        described(stub, status)
    else:
        stub("stepfunctions").add_client_error("describe_execution", "KmsAccessDeniedException")
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2", automl_job(), {"AutoMLJobName": automl_name()}
    )
    stub("sagemaker").add_response("stop_auto_ml_job", {}, {"AutoMLJobName": automl_name()})
    absent(stub)
    found = stop_jobs.handler(ended(status), None)
    assert found["jobs"][0]["action"] == "stopped"
    if readable:
        assert bucket.json(FAILURE)["error"]["name"] == f"States.{status}"
    else:
        assert found["failure_uri"] is None


def test_a_job_that_ends_while_it_is_being_stopped_is_no_error(bucket: Bucket, stub: Stub) -> None:
    stub("sagemaker").add_response("describe_auto_ml_job_v2", automl_job())
    stub("sagemaker").add_client_error("stop_auto_ml_job", "ValidationException", "is Completed")
    absent(stub)
    assert stop_jobs.handler(failed(), None)["jobs"][0]["action"] == "ended"


def test_a_note_that_cannot_be_written_does_not_keep_jobs_running(
    env: Environment, stub: Stub
) -> None:
    absent(stub)
    stub("s3").add_client_error("put_object", "KMS.DisabledException")
    assert stop_jobs.handler(failed(), None)["failure_uri"] is None


def test_being_throttled_is_named_so_that_it_is_tried_again(env: Environment, stub: Stub) -> None:
    stub("sagemaker").add_client_error("describe_auto_ml_job_v2", "ThrottlingException")
    with pytest.raises(errors.ThrottlingException):
        stop_jobs.handler(failed(), None)
