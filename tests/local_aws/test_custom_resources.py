"""Custom resources: the function of the template runs, and its word counts."""

import pytest

from tests.local_aws.account_process import AccountProcess, python_function

ANSWER = """
import json, urllib.request
def handler(event, context):
    body = {"Status": STATUS, "Reason": "because", "PhysicalResourceId": "made",
            "Data": {"Kind": event["RequestType"], "Flag": event["ResourceProperties"]["Flag"]},
            "StackId": event["StackId"], "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"]}
    request = urllib.request.Request(
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


def test_a_custom_resource_gives_its_attributes_and_sees_every_scalar_as_text(
    account: AccountProcess, stack: str
) -> None:
    custom = {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Flag": True},
    }
    code = ANSWER.replace("STATUS", '"SUCCESS"')
    outputs = {name: {"Value": {"Fn::GetAtt": ["C", name]}} for name in ("Kind", "Flag")}
    found = account.deploy(stack, {"F": python_function(code), "C": custom}, Outputs=outputs)
    assert {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]} == {
        "Kind": "Create",
        "Flag": "true",
    }
    changed = {**custom, "Properties": {**custom["Properties"], "Flag": False}}
    found = account.deploy(stack, {"F": python_function(code), "C": changed}, Outputs=outputs)
    assert {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]} == {
        "Kind": "Update",
        "Flag": "false",
    }


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (ANSWER.replace("STATUS", '"FAILED"'), "because"),
        ("def handler(event, context): raise ValueError('broken')\n", "broken"),
        ("def handler(event, context): pass\n", "did not answer"),
    ],
)
def test_a_custom_resource_that_fails_fails_the_deployment(
    account: AccountProcess, stack: str, code: str, says: str
) -> None:
    custom = {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Flag": True},
    }
    found = account.deploy(stack, {"F": python_function(code), "C": custom})
    assert found["StackStatus"].startswith("ROLLBACK_")
    assert any(says in failure for failure in account.failures(stack))
