"""States PassesGate and CreateModel."""

from typing import Any

import pytest
from rules import names
from steps import create_model, errors, passes_gate
from steps.environment import Environment

from tests.steps.conftest import BUCKET, VARIABLES, Stub
from tests.steps.runs import RUN
from tests.steps.sagemaker import CANDIDATE, STATE, TAGS, automl_job, plan

NAME = names.model_name(prefix="autolote-test", run_id=RUN)
SECOND = names.model_name(prefix="autolote-test", run_id=RUN, attempt=2)
ARN = "arn:aws:sagemaker:sa-east-1:123456789012:model/{}"


def gated(gate: dict[str, Any] | None) -> dict[str, Any]:
    candidate = {"name": "best", "metrics": {"RMSE": 2.5}}
    return {**STATE, "plan": {**plan(), "gate": gate}, "training": {"candidate": candidate}}


def test_the_gate_lets_a_good_candidate_through(env: Environment) -> None:
    assert passes_gate.handler(gated({"metric": "RMSE", "at_most": 2.5}), None) == {
        "required": True,
        "passed": True,
        "metric": "RMSE",
        "bound": "at most 2.5",
        "value": 2.5,
    }
    assert passes_gate.handler(gated(None), None)["required"] is False


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ({"metric": "RMSE", "at_most": 2.4}, r"RMSE must be at most 2\.4; .*best, has 2\.5"),
        ({"metric": "R2", "at_least": 0.9}, "has no such metric; it has RMSE"),
    ],
)
def test_the_gate_stops_a_run_and_says_what_was_missed(
    env: Environment, gate: dict[str, Any], words: str
) -> None:
    with pytest.raises(errors.GateNotMet, match=words):
        passes_gate.handler(gated(gate), None)


def trained(problem: str = "BinaryClassification", **score: Any) -> dict[str, Any]:
    asked = plan()
    return {
        **STATE,
        "plan": {**asked, "how": "automl", "score": {**asked["score"], **score}},
        "training": {"job_name": "job", "problem_type": problem, "candidate": {"name": "best"}},
    }


def existing(model: dict[str, Any]) -> dict[str, Any]:
    return {**STATE, "plan": {**plan(), "how": "existing", "model": model}}


def model_request(
    containers: list[dict[str, Any]], name: str = NAME, *, isolated: bool = False
) -> dict[str, Any]:
    return {
        "ModelName": name,
        "Containers": containers,
        "ExecutionRoleArn": VARIABLES["SCORING_ROLE_ARN"],
        "EnableNetworkIsolation": isolated,
        "Tags": TAGS,
    }


def described(request: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in request.items() if key != "Tags"}
    return {**told, "ModelArn": ARN.format(told["ModelName"]), "CreationTime": 0}


CONTAINER = {
    "Image": "image",
    "ModelDataUrl": "s3://b/model.tar.gz",
    "Environment": {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"},
}
MODEL_TEXT = {
    "kind": "model.txt",
    "key": "digits/first/model.txt",
    "version_id": "v1",
    "problem_type": "Regression",
}
MODEL_TEXT_CONTAINER = {
    "Image": VARIABLES["SCORING_IMAGE"],
    "Environment": {
        "MODEL_S3_BUCKET": BUCKET,
        "MODEL_S3_KEY": "digits/first/model.txt",
        "MODEL_S3_VERSION_ID": "v1",
        "PROJECT_ID": "digits",
        "EXPERIMENT_ID": "first",
    },
}


def test_the_best_candidate_becomes_a_model_that_writes_what_was_asked_for(
    env: Environment, stub: Stub
) -> None:
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2", automl_job("Completed", BestCandidate=CANDIDATE)
    )
    stub("sagemaker").add_client_error(
        "describe_model", "ValidationException", 'Could not find model "x".'
    )
    request = model_request([CONTAINER])
    stub("sagemaker").add_response("create_model", {"ModelArn": ARN.format(NAME)}, request)
    assert create_model.handler(trained(), None) == {
        "model_name": NAME,
        "model_arn": ARN.format(NAME),
        "kind": "automl",
        "problem_type": "BinaryClassification",
        "classes": None,
        "output_columns": ["predicted_label", "probability"],
    }


def test_a_regression_keeps_its_containers_and_writes_one_column(
    env: Environment, stub: Stub
) -> None:
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2", automl_job("Completed", BestCandidate=CANDIDATE)
    )
    stub("sagemaker").add_client_error("describe_model", "ValidationException", "not find")
    unchanged = {**CONTAINER, "Environment": {}}
    stub("sagemaker").add_response(
        "create_model", {"ModelArn": ARN.format(NAME)}, model_request([unchanged])
    )
    assert create_model.handler(trained("Regression"), None)["output_columns"] == ["prediction"]


def test_a_model_txt_becomes_a_model_of_the_teams_image_without_model_data(
    env: Environment, stub: Stub
) -> None:
    stub("sagemaker").add_client_error("describe_model", "ValidationException", "not find")
    request = model_request([MODEL_TEXT_CONTAINER])
    stub("sagemaker").add_response("create_model", {"ModelArn": ARN.format(NAME)}, request)
    assert create_model.handler(existing(MODEL_TEXT), None)["kind"] == "model.txt"


def test_the_model_of_an_earlier_run_is_made_of_that_runs_candidate(
    env: Environment, stub: Stub
) -> None:
    told = {
        "kind": "automl",
        "automl_job_name": "earlier",
        "candidate": "best",
        "problem_type": "BinaryClassification",
    }
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2",
        automl_job("Completed", BestCandidate=CANDIDATE),
        {"AutoMLJobName": "earlier"},
    )
    stub("sagemaker").add_response("describe_model", described(model_request([CONTAINER])))
    assert create_model.handler(existing(told), None)["model_name"] == NAME


def test_a_model_that_is_there_and_the_same_is_used_again(env: Environment, stub: Stub) -> None:
    stub("sagemaker").add_response(
        "describe_model", described(model_request([MODEL_TEXT_CONTAINER]))
    )
    assert create_model.handler(existing(MODEL_TEXT), None)["model_name"] == NAME


def test_a_model_that_is_there_and_another_leaves_the_next_name(
    env: Environment, stub: Stub
) -> None:
    other = {**MODEL_TEXT_CONTAINER, "Image": "another"}
    stub("sagemaker").add_response("describe_model", described(model_request([other])))
    stub("sagemaker").add_client_error("describe_model", "ValidationException", "not find")
    stub("sagemaker").add_response(
        "create_model",
        {"ModelArn": ARN.format(SECOND)},
        model_request([MODEL_TEXT_CONTAINER], SECOND),
    )
    assert create_model.handler(existing(MODEL_TEXT), None)["model_name"] == SECOND


def test_columns_that_the_containers_cannot_write_are_an_invalid_request(
    env: Environment, stub: Stub
) -> None:
    container = {
        **CANDIDATE["InferenceContainers"][0],  # type: ignore[index]
        "Environment": {"SAGEMAKER_INFERENCE_SUPPORTED": "predicted_label, probability"},
    }
    best = {**CANDIDATE, "InferenceContainers": [container]}
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2", automl_job("Completed", BestCandidate=best)
    )
    with pytest.raises(errors.InvalidRequest, match="labels cannot be written by image"):
        create_model.handler(trained(output=["labels"]), None)


def test_a_candidate_that_is_no_longer_the_best_is_not_replaced_by_another(
    env: Environment, stub: Stub
) -> None:
    best = {**CANDIDATE, "CandidateName": "newer"}
    stub("sagemaker").add_response(
        "describe_auto_ml_job_v2", automl_job("Completed", BestCandidate=best)
    )
    with pytest.raises(errors.NoCandidate, match="no longer best"):
        create_model.handler(trained(), None)
