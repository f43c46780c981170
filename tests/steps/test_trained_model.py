"""State CreateModel, for a model that a training job left in its model.tar.gz."""

from typing import Any

import pytest
from rules import names
from steps import create_model, errors
from steps.environment import Environment

from tests.steps.conftest import BUCKET, VARIABLES, Bucket, Stub
from tests.steps.runs import MODEL, RUN
from tests.steps.sagemaker import STATE
from tests.steps.test_model_and_gate import ARN, model_request
from tests.steps.training import MODEL_URI, archive, script_plan

NAME = names.model_name(prefix="autolote-test", run_id=RUN)
KEY = MODEL_URI.removeprefix(f"s3://{BUCKET}/")
BINARY = MODEL.format(names="a b")
THREE_CLASSES = BINARY.replace("num_class=1", "num_class=3").replace(
    "binary sigmoid:1", "multiclass num_class:3"
)
CONTAINER = {
    "Image": VARIABLES["SCORING_IMAGE"],
    "ModelDataUrl": MODEL_URI,
    "Environment": {"PROJECT_ID": "digits", "EXPERIMENT_ID": "first"},
}


def trained(**score: Any) -> dict[str, Any]:
    plan = script_plan()
    told = {"job_name": "job", "model_uri": MODEL_URI}
    return {**STATE, "plan": {**plan, "score": {**plan["score"], **score}}, "training": told}


def expect(stub: Stub, container: dict[str, Any]) -> None:
    """CreateModel is called with the container, without a network."""
    stub("sagemaker").add_client_error("describe_model", "ValidationException", "not find")
    request = model_request([container], isolated=True)
    stub("sagemaker").add_response("create_model", {"ModelArn": ARN.format(NAME)}, request)


def test_the_archive_becomes_a_model_without_a_network(bucket: Bucket, stub: Stub) -> None:
    bucket.put(KEY, archive(metadata_json="{}" * 500_000, model_txt=BINARY + "tree=0\n" * 900_000))
    expect(stub, CONTAINER)
    assert create_model.handler(trained(), None) == {
        "model_name": NAME,
        "model_arn": ARN.format(NAME),
        "kind": "script",
        "problem_type": "BinaryClassification",
        "classes": 1,
        "output_columns": ["prediction"],
    }


def test_a_model_of_several_classes_writes_a_column_for_each(bucket: Bucket, stub: Stub) -> None:
    """How many there are stands in the model alone: they were counted in the target."""
    bucket.put(KEY, archive(model_txt=THREE_CLASSES))
    expect(stub, CONTAINER)
    told = create_model.handler(trained(), None)
    assert told["output_columns"] == ["prediction_0", "prediction_1", "prediction_2"]


def test_it_writes_the_columns_that_the_request_names(bucket: Bucket, stub: Stub) -> None:
    bucket.put(KEY, archive(model_txt=THREE_CLASSES))
    environment = {**CONTAINER["Environment"], "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label"}
    expect(stub, {**CONTAINER, "Environment": environment})
    told = create_model.handler(trained(output=["predicted_label"]), None)
    assert told["output_columns"] == ["predicted_label"]


def test_more_classes_than_a_filter_keeps_need_other_columns(bucket: Bucket, env: object) -> None:
    """Beside ids the predictions of 30 classes cannot be joined; it is told with the way out."""
    many = THREE_CLASSES.replace("num_class=3", "num_class=30")
    bucket.put(KEY, archive(model_txt=many))
    with pytest.raises(errors.InvalidRequest, match="30 columns this model writes"):
        create_model.handler(trained(), None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (archive(metadata_json="{}"), r"holds no model\.txt"),
        (archive(model_txt="hello"), "is no LightGBM model"),
        (b"hello", "is no archive that can be read"),
        (archive(model_txt=BINARY * 100)[:200], "is no archive that can be read"),
    ],
)
def test_an_archive_without_a_model_is_a_named_error(
    bucket: Bucket, env: Environment, body: bytes, words: str
) -> None:
    bucket.put(KEY, body)
    with pytest.raises(errors.NoModel, match=words):
        create_model.handler(trained(), None)


def test_the_archive_of_an_earlier_run_needs_not_to_be_opened_again(
    env: Environment, stub: Stub
) -> None:
    model = {
        "kind": "script",
        "model_uri": MODEL_URI,
        "problem_type": "BinaryClassification",
        "classes": 1,
    }
    expect(stub, CONTAINER)
    told = {**STATE, "plan": {**script_plan(), "how": "existing", "model": model}}
    assert create_model.handler(told, None)["kind"] == "script"
