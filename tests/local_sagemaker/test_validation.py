"""The service model is the law, for requests and for our own answers."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autolote.local.sagemaker import operations
from autolote.local.sagemaker.validation import answer_problems

from .account import ROLE, Account, automl_request, transform_request

AUTOML = "create_auto_ml_job_v2"
TRANSFORM = "create_transform_job"
MODEL = "create_model"


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        (
            AUTOML,
            automl_request("a" * 33),
            f"2 validation errors detected: Value '{'a' * 33}' at 'autoMLJobName' failed to "
            "satisfy constraint: Member must have length less than or equal to 32; Value 'aaa",
        ),
        (
            AUTOML,
            automl_request("a_b"),
            "1 validation error detected: Value 'a_b' at 'autoMLJobName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}",
        ),
        (
            AUTOML,
            {"AutoMLJobName": "a"},
            "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        ),
        (
            AUTOML,
            automl_request("a", AutoMLJobObjective={"MetricName": "NOPE"}),
            "Value 'NOPE' at 'autoMLJobObjective.metricName' failed to satisfy constraint: Member "
            "must satisfy enum value set: [Accuracy, MSE,",
        ),
        (
            AUTOML,
            automl_request("a", AutoMLJobInputDataConfig=[]),
            "Member must have length greater than or equal to 1",
        ),
        (
            AUTOML,
            automl_request("a", AutoMLProblemTypeConfig={}),
            "at 'autoMLProblemTypeConfig' failed to satisfy constraint: Member must have exactly "
            "one of the members [ImageClassificationJobConfig,",
        ),
        (
            TRANSFORM,
            transform_request(
                "t", TransformResources={"InstanceType": "ml.c5.large", "InstanceCount": 0}
            ),
            "2 validation errors detected: Value 'ml.c5.large' at "
            "'transformResources.instanceType'",
        ),
        (
            TRANSFORM,
            transform_request("t", ModelClientConfig={"InvocationsMaxRetries": 4}),
            "Value '4' at 'modelClientConfig.invocationsMaxRetries' failed to satisfy constraint: "
            "Member must have value less than or equal to 3",
        ),
        (
            TRANSFORM,
            transform_request("t", DataProcessing={"InputFilter": "$" + "x" * 63}),
            "at 'dataProcessing.inputFilter' failed to satisfy constraint: Member must have length "
            "less than or equal to 63",
        ),
        (
            TRANSFORM,
            transform_request("t", Environment={"1 2": "x"}),
            "at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must satisfy regular expression pattern:",
        ),
        (
            MODEL,
            {"ModelName": "m", "Tags": [{"Key": "ação", "Value": "<"}]},
            "Value '<' at 'tags.1.member.value' failed to satisfy constraint",
        ),
    ],
)
def test_a_request_that_breaks_the_model_is_refused_in_the_words_of_aws(
    account: Account, operation: str, request_: dict[str, Any], words: str
) -> None:
    """ValidationException, every violated constraint named with its path; nothing is started."""
    code, message = refusal(lambda: getattr(account.sagemaker, operation)(**request_))
    assert code == "ValidationException"
    assert words in message


def test_a_value_of_the_wrong_type_cannot_be_read(account: Account) -> None:
    """SerializationException, as a server that cannot even parse the value answers."""
    request = transform_request("t", MaxPayloadInMB="6")
    code, message = refusal(lambda: account.sagemaker.create_transform_job(**request))
    assert code == "SerializationException"
    assert "'maxPayloadInMB': '6' can not be converted to integer" in message


def post(account: Account, target: str, body: bytes) -> tuple[int, dict[str, str], Any]:
    request = urllib.request.Request(
        account.url, data=body, headers={"X-Amz-Target": f"SageMaker.{target}"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.loads(error.read())


@pytest.mark.parametrize(
    ("target", "body", "status", "code", "words"),
    [
        ("ListModels", b"[]", 400, "SerializationException", "not a JSON object"),
        ("ListModels", b"{", 400, "SerializationException", "not JSON"),
        ("MakeCoffee", b"{}", 400, "UnknownOperationException", "no operation 'MakeCoffee'"),
        ("", b"{}", 400, "UnknownOperationException", "no operation ''"),
        (
            "CreateEndpoint",
            b"{}",
            400,
            "UnsupportedOperationException",
            "CreateEndpoint: the local account does not support this operation",
        ),
    ],
)
def test_what_is_no_request_of_ours_is_named(  # noqa: PLR0917
    account: Account, target: str, body: bytes, status: int, code: str, words: str
) -> None:
    """Every error has its type, its message and a request id, like AWS's."""
    answered, headers, content = post(account, target, body)
    assert (answered, content["__type"]) == (status, code)
    assert words in content["message"]
    assert len(headers["x-amzn-RequestId"]) == 36


def test_a_member_that_the_model_does_not_know_is_ignored(account: Account) -> None:
    """As AWS does: a newer client may send more than this model knows."""
    body = {"ModelName": "m-unknown", "PrimaryContainer": {"Image": "i"}, "Newer": {"Than": "us"}}
    status, headers, _ = post(account, "CreateModel", json.dumps(body).encode())
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert "Newer" not in account.sagemaker.describe_model(ModelName="m-unknown")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"ModelName": "m"}, "Value null at 'modelArn'"),
        ({"ModelName": "m", "Colour": 1}, "'colour' is not a member of DescribeModelOutput"),
        ({"ModelName": 1}, "'modelName': 1 can not be converted to string"),
        ({"CreationTime": float("nan")}, "can not be converted to timestamp"),
        ({"EnableNetworkIsolation": 1}, "can not be converted to boolean"),
    ],
)
def test_an_answer_of_ours_that_breaks_the_model_is_a_fault_of_ours(
    account: Account, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], problem: str
) -> None:
    """InternalFailure, status 500, with the report: it never reaches a caller as a success."""
    assert any(problem in found for found in answer_problems("DescribeModel", answer))
    monkeypatch.setitem(operations._HANDLERS, "DescribeModel", lambda *_: answer)
    status, _, content = post(account, "DescribeModel", b'{"ModelName": "m"}')
    assert (status, content["__type"]) == (500, "InternalFailure")
    assert problem in content["message"]


def test_an_operation_without_an_answer_must_not_answer() -> None:
    assert answer_problems("StopTransformJob", {"Status": "x"}) == [
        "StopTransformJob answers nothing"
    ]
    assert answer_problems("StopTransformJob", {}) == []


@pytest.mark.parametrize("role", [f"{ROLE[:-7]}nobody", ROLE.replace("1", "9")])
def test_a_role_that_no_job_can_assume_is_refused(account: Account, role: str) -> None:
    """A role of another account, or one that does not exist: the message names it."""
    code, message = refusal(
        lambda: account.sagemaker.create_model(
            ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=role
        )
    )
    assert code == "ValidationException"
    assert role in message
