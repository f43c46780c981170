"""What a client is told when its role may not: each service has its own words and shape."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account_process import REGION, ROLE, AccountProcess, policy
from tests.local_iam.conftest import Clients, client_of
from tests.local_iam.policies import allow, when

HERE = f"{REGION}:123456789012"


@pytest.fixture(scope="module")
def things(account: AccountProcess) -> dict[str, str]:
    """A bucket with an object, a key, a topic and a queue encrypted with it, a machine."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="open/a.csv", Body=b"1")
    s3.put_object(Bucket="lake", Key="shut/a.csv", Body=b"1")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = account.client("sns").create_topic(Name="news", Attributes={"KmsMasterKeyId": key})
    queue = account.client("sqs").create_queue(QueueName="jobs", Attributes={"KmsMasterKeyId": key})
    states = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    account.client("stepfunctions").create_state_machine(
        name="runs", definition=states, roleArn=ROLE
    )
    return {"key": key, "topic": topic["TopicArn"], "queue": queue["QueueUrl"]}


CALLS = {
    "s3": ("get_object", {"Bucket": "lake", "Key": "shut/a.csv"}, "AccessDenied", 403),
    "s3 head": ("head_object", {"Bucket": "lake", "Key": "shut/a.csv"}, "403", 403),
    "sagemaker": ("describe_model", {"ModelName": "m"}, "AccessDeniedException", 400),
    "sns": ("publish", {"TopicArn": "TOPIC", "Message": "m"}, "AuthorizationError", 403),
    "sqs": ("send_message", {"QueueUrl": "QUEUE", "MessageBody": "m"}, "AccessDenied", 403),
    "kms": (
        "generate_data_key",
        {"KeyId": "KEY", "KeySpec": "AES_256"},
        "AccessDeniedException",
        400,
    ),
    "stepfunctions": (
        "start_execution",
        {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:runs"},
        "AccessDeniedException",
        400,
    ),
    "lambda": ("invoke", {"FunctionName": "any"}, "AccessDeniedException", 403),
    "iam": ("list_roles", {}, "AccessDenied", 403),
    "cloudformation": ("list_stacks", {}, "AccessDenied", 403),
    "ec2": ("describe_vpcs", {}, "UnauthorizedOperation", 403),
    "scheduler": ("list_schedules", {}, "AccessDeniedException", 403),
    "cloudwatch": ("list_metrics", {}, "AccessDenied", 400),
    "events": ("list_rules", {}, "AccessDeniedException", 400),
}


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    """The answer to a call that is not allowed."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    found: dict[str, Any] = caught.value.response
    return found


@pytest.mark.parametrize("case", CALLS)
def test_each_service_refuses_in_its_own_words(
    case: str, acting: Clients, things: dict[str, str]
) -> None:
    """The code is what handlers and Retry rules look at, so it must be the service's."""
    operation, arguments, code, status = CALLS[case]
    given = {
        name: things.get(value.lower(), value) if isinstance(value, str) else value
        for name, value in arguments.items()
    }
    client = acting(service=case.partition(" ")[0])
    told = refused(getattr(client, operation), **given)
    assert told["Error"]["Code"] == code
    assert told["ResponseMetadata"]["HTTPStatusCode"] == status
    if case != "s3 head":
        message = told["Error"]["Message"]
        assert "User: arn:aws:sts::123456789012:assumed-role/role-" in message
        assert "/one is not authorized to perform: " in message
        assert "because no identity-based policy allows the " in message


def test_what_is_allowed_is_carried_out(acting: Clients, things: dict[str, str]) -> None:
    s3 = acting(allow("s3:GetObject", "arn:aws:s3:::lake/open/*"), service="s3")
    assert s3.get_object(Bucket="lake", Key="open/a.csv")["Body"].read() == b"1"
    told = refused(s3.get_object, Bucket="lake", Key="shut/a.csv")
    assert told["Error"]["Message"].endswith(
        "is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::lake/shut/a.csv "
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_a_missing_object_is_hidden_from_who_may_not_list(
    acting: Clients, things: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    reads = allow("s3:GetObject", "arn:aws:s3:::lake/*")
    told = refused(acting(reads, service="s3").get_object, Bucket="lake", Key="gone")
    assert told["Error"]["Code"] == "AccessDenied"
    lists = allow("s3:ListBucket", "arn:aws:s3:::lake")
    told = refused(acting(reads, lists, service="s3").get_object, Bucket="lake", Key="gone")
    assert told["Error"]["Code"] == "NoSuchKey"


def test_an_encrypted_queue_needs_its_key_too(acting: Clients, things: dict[str, str]) -> None:
    """It is the queue's service that uses the key, for the caller."""
    send = allow("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")
    message = {"QueueUrl": things["queue"], "MessageBody": "m"}
    told = refused(acting(send, service="sqs").send_message, **message)
    assert told["Error"]["Code"] == "KMS.AccessDeniedException"
    via = when("StringEquals", "kms:ViaService", f"sqs.{REGION}.amazonaws.com")
    use = allow(["kms:GenerateDataKey", "kms:Decrypt"], things["key"], Condition=via)
    assert acting(send, use, service="sqs").send_message(**message)["MessageId"]
    elsewhere = when("StringEquals", "kms:ViaService", f"s3.{REGION}.amazonaws.com")
    use = allow(["kms:GenerateDataKey", "kms:Decrypt"], things["key"], Condition=elsewhere)
    told = refused(acting(send, use, service="sqs").send_message, **message)
    assert told["Error"]["Code"] == "KMS.AccessDeniedException"


def test_a_buckets_deny_holds_for_everybody_and_by_its_condition(
    account: AccountProcess, acting: Clients
) -> None:
    """Uploads that are not encrypted with KMS are refused, those that are come in."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="vault", CreateBucketConfiguration={"LocationConstraint": REGION})
    unencrypted = when("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    statement = {**deny, "Resource": "arn:aws:s3:::vault/*", "Condition": unencrypted}
    s3.put_bucket_policy(Bucket="vault", Policy=policy(statement))
    given = {"Bucket": "vault", "Key": "a", "Body": b"1"}
    for client in (s3, acting(allow("s3:*"), service="s3")):
        told = refused(client.put_object, **given)
        assert told["Error"]["Message"].endswith("with an explicit deny in a resource-based policy")
        client.put_object(**given, ServerSideEncryption="aws:kms")


def test_a_boundary_limits_what_a_role_is_granted(
    account: AccountProcess, acting: Clients, things: dict[str, str]
) -> None:
    boundary = account.client("iam").create_policy(
        PolicyName="limit", PolicyDocument=policy(allow("sqs:*"))
    )["Policy"]["Arn"]
    s3 = acting(allow("*"), service="s3", PermissionsBoundary=boundary)
    told = refused(s3.get_object, Bucket="lake", Key="open/a.csv")
    assert "because no permissions boundary allows" in told["Error"]["Message"]


def test_a_policy_that_changes_holds_from_the_next_call_on(
    account: AccountProcess, things: dict[str, str]
) -> None:
    iam = account.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="changing", AssumeRolePolicyDocument=policy(trust))
    s3 = client_of(account, role["Role"]["Arn"], "s3")
    refused(s3.get_object, Bucket="lake", Key="open/a.csv")
    document = policy(allow("s3:GetObject"))
    iam.put_role_policy(RoleName="changing", PolicyName="p", PolicyDocument=document)
    assert s3.get_object(Bucket="lake", Key="open/a.csv")["Body"].read() == b"1"
    iam.delete_role_policy(RoleName="changing", PolicyName="p")
    refused(s3.get_object, Bucket="lake", Key="open/a.csv")


def test_a_role_is_assumed_only_by_whom_it_trusts(account: AccountProcess) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    account.client("iam").create_role(
        RoleName="lambdas", AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"})
    )
    role = "arn:aws:iam::123456789012:role/lambdas"
    told = refused(account.client("sts").assume_role, RoleArn=role, RoleSessionName="me")
    assert "because no role trust policy allows" in told["Error"]["Message"]


def test_a_role_is_passed_only_by_whom_may_and_to_whom(acting: Clients) -> None:
    create = allow("sagemaker:CreateModel")
    model = {
        "ModelName": "m",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": "i"},
    }
    told = refused(acting(create, service="sagemaker").create_model, **model)
    assert "perform: iam:PassRole on resource: " + ROLE in told["Error"]["Message"]
    lambdas = when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
    passing = allow("iam:PassRole", ROLE, Condition=lambdas)
    told = refused(acting(create, passing, service="sagemaker").create_model, **model)
    assert "perform: iam:PassRole" in told["Error"]["Message"]


def test_a_presigned_url_is_as_good_as_who_signed_it(
    account: AccountProcess, acting: Clients, things: dict[str, str]
) -> None:
    s3 = acting(allow("s3:GetObject", "arn:aws:s3:::lake/open/*"), service="s3")

    def fetched(key: str) -> bytes:
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "lake", "Key": key})
        with urllib.request.urlopen(url) as answer:
            found: bytes = answer.read()
        return found

    assert fetched("open/a.csv") == b"1"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched("shut/a.csv")


def test_nobody_calls_without_a_signature(account: AccountProcess, things: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{account.url}/lake/open/a.csv")


def test_an_operation_that_nobody_has_mapped_is_refused_to_a_role(acting: Clients) -> None:
    """It says where to add it; it is never let through."""
    told = refused(acting(allow("*"), service="sqs").list_message_move_tasks, SourceArn="arn:x")
    assert told["Error"]["Code"] == "NotImplemented"
    assert "operations.toml" in told["Error"]["Message"]


def test_a_condition_that_is_not_known_decides_nothing(
    acting: Clients, things: dict[str, str]
) -> None:
    strange = allow("s3:GetObject", Condition=when("StringEquals", "s3:moon-phase", "full"))
    told = refused(acting(strange, service="s3").get_object, Bucket="lake", Key="open/a.csv")
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_decisions_are_recorded_once_with_the_statements_that_made_them(
    account: AccountProcess, acting: Clients, things: dict[str, str]
) -> None:
    """A hundred equal calls are one line until the account ends."""
    s3 = acting(allow("s3:Get*", "arn:aws:s3:::lake/open/*", Sid="Own"), service="s3")
    for _ in range(5):
        s3.get_object(Bucket="lake", Key="open/a.csv")
    lines = [
        json.loads(line)
        for line in (account.home / "authorizations.jsonl").read_text().splitlines()
    ]
    own = [line for line in lines if any(one["sid"] == "Own" for one in line["statements"])]
    assert [(line["action"], line["allowed"], line["count"]) for line in own] == [
        ("s3:GetObject", True, 1)
    ]
    assert own[0]["resource"] == "arn:aws:s3:::lake/open/*"
    assert own[0]["statements"][0]["element"] == "s3:Get*"
