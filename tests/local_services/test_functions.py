"""What Lambda does for a function is done under the function's role, and refused in its words."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import AccountProcess
from tests.local_services.parts import allow, arn, decisions, function, key, permit, role

WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def invoke(account: AccountProcess, name: str) -> Any:
    return account.client("lambda").invoke(FunctionName=name, Payload=b'{"n": 1}')


def streams(account: AccountProcess, group: str) -> int:
    found = account.client("logs").describe_log_streams(logGroupName=group)
    return len(found["logStreams"])


def test_a_role_that_may_not_write_leaves_no_log_and_no_trace(
    account: AccountProcess, name: str
) -> None:
    """The function answers all the same; that it was not allowed is on record."""
    group = f"/aws/lambda/{name}"
    account.client("logs").create_log_group(logGroupName=group)
    role_arn = role(account, name, "lambda")
    function(account, name, role_arn, TracingConfig={"Mode": "Active"})
    assert invoke(account, name)["Payload"].read() == b'{"n": 1}'
    assert streams(account, group) == 0
    denied = {("logs:CreateLogStream", False), ("xray:PutTraceSegments", False)}
    assert denied <= decisions(account, role_arn)
    permit(
        account,
        name,
        allow(WRITE, arn("logs", f"log-group:{group}:*")),
        allow(("xray:PutTraceSegments", "xray:PutTelemetryRecords")),
    )
    invoke(account, name)
    assert streams(account, group) == 1
    used = {(action, True) for action in (*WRITE, "xray:PutTelemetryRecords")}
    assert used <= decisions(account, role_arn)


@pytest.mark.parametrize("missing", NETWORK)
def test_a_function_in_a_vpc_needs_what_aws_lists(
    account: AccountProcess, name: str, network: dict[str, Any], missing: str
) -> None:
    others = [action for action in NETWORK if action != missing]
    role_arn = role(account, name, "lambda", allow(others))
    with pytest.raises(ClientError) as refused:
        function(account, name, role_arn, VpcConfig=network)
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The provided execution role does not have permissions to call "
        f"{missing.removeprefix('ec2:')} on EC2",
    }


def test_a_function_in_a_vpc_is_made_with_just_these(
    account: AccountProcess, name: str, network: dict[str, Any]
) -> None:
    function(account, name, role(account, name, "lambda", allow(NETWORK)), VpcConfig=network)
    client = account.client("lambda")
    client.update_function_configuration(FunctionName=name, Timeout=10)
    client.delete_function(FunctionName=name)


@pytest.fixture(scope="module")
def network(account: AccountProcess) -> dict[str, Any]:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="functions", Description="x", VpcId=vpc)["GroupId"]
    return {"SubnetIds": [subnet], "SecurityGroupIds": [group]}


def test_environment_variables_are_opened_by_the_grant_of_lambda(
    account: AccountProcess, name: str
) -> None:
    """The role needs no permission; without the grant it would, and a disabled key helps nobody."""
    locked = key(account)
    role_arn = role(account, name, "lambda")
    function(account, name, role_arn, KMSKeyArn=locked, Environment={"Variables": {"A": "1"}})
    assert invoke(account, name)["StatusCode"] == 200
    kms = account.client("kms")
    (grant,) = kms.list_grants(KeyId=locked)["Grants"]
    assert grant["GranteePrincipal"] == role_arn
    kms.disable_key(KeyId=locked.rpartition("/")[2])
    _new_environment(account, name, timeout=11)
    assert _refusal(account, name) == (
        "KMSDisabledException",
        "Lambda was unable to decrypt the environment variables because the KMS key used is "
        "disabled. Please check the function's KMS key settings.",
    )
    kms.enable_key(KeyId=locked.rpartition("/")[2])
    kms.revoke_grant(KeyId=locked, GrantId=grant["GrantId"])
    code, message = _refusal(account, name)
    assert code == "KMSAccessDeniedException"
    assert "because KMS access was denied. Please check the function's KMS key settings." in message
    context = f"kms:EncryptionContext:aws:lambda:FunctionArn={arn('lambda', f'function:{name}')}"
    only = dict([context.split("=")])
    permit(account, name, allow("kms:Decrypt", locked, Condition={"StringEquals": only}))
    assert invoke(account, name)["StatusCode"] == 200


def test_a_key_that_does_not_exist_is_refused(account: AccountProcess, name: str) -> None:
    gone = arn("kms", "key/00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="the KMS key is invalid for CreateGrant"):
        function(account, name, role(account, name, "lambda"), KMSKeyArn=gone)


def test_a_deny_for_the_code_of_functions_holds_for_it_and_not_for_lambda(
    account: AccountProcess, name: str
) -> None:
    """lambda:SourceFunctionArn comes with the calls of the code; the log is Lambda's own."""
    group = f"/aws/lambda/{name}"
    account.client("logs").create_log_group(logGroupName=group)
    ours = {"ArnLike": {"lambda:SourceFunctionArn": arn("lambda", f"function:{name}")}}
    deny = {**allow("*"), "Effect": "Deny", "Condition": ours}
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        " return len(boto3.client('sqs').list_queues().get('QueueUrls', []))\n"
    )
    role_arn = role(account, name, "lambda", allow("*"), deny)
    function(account, name, role_arn, code=code, Timeout=20)
    said = invoke(account, name)["Payload"].read().decode()
    assert "with an explicit deny in an identity-based policy" in said
    assert streams(account, group) == 1


def _new_environment(account: AccountProcess, name: str, *, timeout: int) -> None:
    client = account.client("lambda")
    client.update_function_configuration(FunctionName=name, Timeout=timeout)


def _refusal(account: AccountProcess, name: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        invoke(account, name)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]
