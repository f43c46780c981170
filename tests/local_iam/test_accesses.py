"""From a call's parameters to what it needs."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from autolote.local.iam.mapping import accesses_of
from autolote.local.iam.model import Access, UnmappedOperationError
from tests.local_iam.policies import ACCOUNT, REGION, WORKER

LAKE, OPEN = "arn:aws:s3:::lake", "arn:aws:s3:::open"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:runs"


@pytest.fixture(scope="module")
def world() -> Iterator[dict[str, str]]:
    """An account with a key and things that are encrypted with it."""
    with mock_aws():
        key = _client("kms").create_key()["KeyMetadata"]["Arn"]
        _client("kms").create_alias(AliasName="alias/lake", TargetKeyId=key)
        version = _objects(key)
        queue = _client("sqs").create_queue(
            QueueName="jobs", Attributes={"KmsMasterKeyId": "alias/lake"}
        )["QueueUrl"]
        topic = _client("sns").create_topic(Name="news", Attributes={"KmsMasterKeyId": key})[
            "TopicArn"
        ]
        yield {"key": key, "version": version, "queue": queue, "topic": topic}


def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def _objects(key: str) -> str:
    s3 = _client("s3")
    where = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    for bucket in ("lake", "open"):
        s3.create_bucket(Bucket=bucket, **where)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    version: str = s3.put_object(Bucket="lake", Key="a.csv", Body=b"1")["VersionId"]
    s3.put_object(Bucket="open", Key="a.csv", Body=b"1", Tagging="kind=input")
    return version


def needs(service: str, operation: str, **parameters: Any) -> list[Access]:
    return accesses_of(
        service,
        operation,
        parameters,
        region=REGION,
        account_id=ACCOUNT,
        principal=WORKER,
    )


def said(accesses: list[Access]) -> list[tuple[str, str]]:
    return [(one.action, one.resource) for one in accesses]


S3: Mapping[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "HeadObject is GetObject": (
        "HeadObject",
        {"Bucket": "open", "Key": "a.csv"},
        [("s3:GetObject", f"{OPEN}/a.csv")],
    ),
    "a version is a permission of its own, and the key is used": (
        "GetObject",
        {"Bucket": "lake", "Key": "a.csv", "VersionId": "VERSION"},
        [("s3:GetObjectVersion", f"{LAKE}/a.csv"), ("kms:Decrypt", "KEY")],
    ),
    "who asks for what is not there must be allowed to list": (
        "GetObject",
        {"Bucket": "lake", "Key": "missing"},
        [("s3:GetObject", f"{LAKE}/missing"), ("s3:ListBucket", LAKE)],
    ),
    "the attributes of an object": (
        "GetObjectAttributes",
        {"Bucket": "open", "Key": "a.csv"},
        [("s3:GetObject", f"{OPEN}/a.csv"), ("s3:GetObjectAttributes", f"{OPEN}/a.csv")],
    ),
    "listing is about the bucket": (
        "ListObjectsV2",
        {"Bucket": "lake", "Prefix": "data/"},
        [("s3:ListBucket", LAKE)],
    ),
    "so is asking for it": ("HeadBucket", {"Bucket": "lake"}, [("s3:ListBucket", LAKE)]),
    "writing needs a data key of the bucket's default key": (
        "PutObject",
        {"Bucket": "lake", "Key": "b"},
        [("s3:PutObject", f"{LAKE}/b"), ("kms:GenerateDataKey", "KEY")],
    ),
    "or of the key that the request names, by any of its names": (
        "PutObject",
        {
            "Bucket": "open",
            "Key": "b",
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": "alias/lake",
        },
        [("s3:PutObject", f"{OPEN}/b"), ("kms:GenerateDataKey", "KEY")],
    ),
    "a key of AWS's is everybody's": (
        "PutObject",
        {"Bucket": "open", "Key": "b", "ServerSideEncryption": "AES256"},
        [("s3:PutObject", f"{OPEN}/b")],
    ),
    "tags on the way in": (
        "PutObject",
        {"Bucket": "open", "Key": "b", "Tagging": "autolote=run-input"},
        [("s3:PutObject", f"{OPEN}/b"), ("s3:PutObjectTagging", f"{OPEN}/b")],
    ),
    "an ACL on the way in": (
        "PutObject",
        {"Bucket": "open", "Key": "b", "ACL": "private"},
        [("s3:PutObject", f"{OPEN}/b"), ("s3:PutObjectAcl", f"{OPEN}/b")],
    ),
    "an upload in parts begins like a put": (
        "CreateMultipartUpload",
        {"Bucket": "lake", "Key": "b", "Tagging": "a=b"},
        [
            ("s3:PutObject", f"{LAKE}/b"),
            ("s3:PutObjectTagging", f"{LAKE}/b"),
            ("kms:GenerateDataKey", "KEY"),
        ],
    ),
    "giving up an upload": (
        "AbortMultipartUpload",
        {"Bucket": "lake", "Key": "b", "UploadId": "u"},
        [("s3:AbortMultipartUpload", f"{LAKE}/b")],
    ),
    "a copy reads and writes, and decrypts and encrypts": (
        "CopyObject",
        {"Bucket": "lake", "Key": "b", "CopySource": "lake/a.csv?versionId=VERSION"},
        [
            ("s3:GetObjectVersion", f"{LAKE}/a.csv"),
            ("kms:Decrypt", "KEY"),
            ("s3:PutObject", f"{LAKE}/b"),
            ("kms:GenerateDataKey", "KEY"),
        ],
    ),
    "a copy takes the tags along": (
        "CopyObject",
        {"Bucket": "open", "Key": "b", "CopySource": "open/a.csv"},
        [
            ("s3:GetObject", f"{OPEN}/a.csv"),
            ("s3:GetObjectTagging", f"{OPEN}/a.csv"),
            ("s3:PutObjectTagging", f"{OPEN}/b"),
            ("s3:PutObject", f"{OPEN}/b"),
        ],
    ),
    "unless it replaces them": (
        "CopyObject",
        {"Bucket": "open", "Key": "b", "CopySource": "/open/a.csv", "TaggingDirective": "REPLACE"},
        [("s3:GetObject", f"{OPEN}/a.csv"), ("s3:PutObject", f"{OPEN}/b")],
    ),
    "several are deleted one by one": (
        "DeleteObjects",
        {"Bucket": "lake", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "v"}]}},
        [("s3:DeleteObject", f"{LAKE}/a"), ("s3:DeleteObjectVersion", f"{LAKE}/b")],
    ),
    "the default encryption has another name": (
        "PutBucketEncryption",
        {"Bucket": "lake"},
        [("s3:PutEncryptionConfiguration", LAKE)],
    ),
    "all buckets": ("ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
}

OTHERS: Mapping[str, tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = {
    "Invoke is InvokeFunction, by name": (
        "lambda",
        "Invoke",
        {"FunctionName": "start"},
        [("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:start")],
    ),
    "or by ARN, and of an alias": (
        "lambda",
        "Invoke",
        {
            "FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:start",
            "Qualifier": "live",
        },
        [("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:start:live")],
    ),
    "an encrypted topic": (
        "sns",
        "Publish",
        {"TopicArn": "TOPIC", "Message": "m"},
        [("sns:Publish", "TOPIC"), ("kms:GenerateDataKey", "KEY"), ("kms:Decrypt", "KEY")],
    ),
    "an encrypted queue": (
        "sqs",
        "SendMessage",
        {"QueueUrl": "QUEUE", "MessageBody": "m"},
        [
            ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"),
            ("kms:GenerateDataKey", "KEY"),
            ("kms:Decrypt", "KEY"),
        ],
    ),
    "receiving from it": (
        "sqs",
        "ReceiveMessage",
        {"QueueUrl": "QUEUE"},
        [("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"), ("kms:Decrypt", "KEY")],
    ),
    "a function's role is passed": (
        "lambda",
        "CreateFunction",
        {"FunctionName": "start", "Role": f"arn:aws:iam::{ACCOUNT}:role/f"},
        [
            ("lambda:CreateFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:start"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/f"),
        ],
    ),
    "tags at creation": (
        "events",
        "PutRule",
        {"Name": "r", "EventBusName": "bus", "Tags": [{"Key": "Team", "Value": "a"}]},
        [
            ("events:PutRule", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/r"),
            ("events:TagResource", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/r"),
        ],
    ),
    "an alias is asked about with its key": (
        "kms",
        "CreateAlias",
        {"AliasName": "alias/new", "TargetKeyId": "KEY"},
        [
            ("kms:CreateAlias", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/new"),
            ("kms:CreateAlias", "KEY"),
        ],
    ),
    "a key by its alias": (
        "kms",
        "DescribeKey",
        {"KeyId": "alias/lake"},
        [("kms:DescribeKey", "KEY")],
    ),
    "several builds are several projects": (
        "codebuild",
        "BatchGetBuilds",
        {"ids": ["image:1", "image:2", "other:1"]},
        [
            ("codebuild:BatchGetBuilds", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}")
            for name in ("image", "image", "other")
        ],
    ),
    "writing a log is about its stream": (
        "logs",
        "PutLogEvents",
        {"logGroupName": "/aws/lambda/f", "logStreamName": "s"},
        [
            (
                "logs:PutLogEvents",
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/f:log-stream:s",
            )
        ],
    ),
    "a schedule lies in a group": (
        "scheduler",
        "GetSchedule",
        {"Name": "nightly"},
        [
            (
                "scheduler:GetSchedule",
                f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/nightly",
            )
        ],
    ),
    "a parameter's name begins with a slash or does not": (
        "ssm",
        "GetParameter",
        {"Name": "/cdk-bootstrap/version"},
        [("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/cdk-bootstrap/version")],
    ),
    "candidates of AutoML cannot be scoped": (
        "sagemaker",
        "ListCandidatesForAutoMLJob",
        {"AutoMLJobName": "j"},
        [("sagemaker:ListCandidatesForAutoMLJob", "*")],
    ),
    "a domain's key and roles": (
        "sagemaker",
        "CreateDomain",
        {
            "KmsKeyId": "KEY",
            "DefaultUserSettings": {"ExecutionRole": f"arn:aws:iam::{ACCOUNT}:role/user"},
        },
        [
            ("sagemaker:CreateDomain", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:domain/*"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/user"),
            ("kms:CreateGrant", "KEY"),
            ("kms:Decrypt", "KEY"),
            ("kms:DescribeKey", "KEY"),
            ("kms:GenerateDataKeyWithoutPlaintext", "KEY"),
        ],
    ),
    "who one is needs no permission": ("sts", "GetCallerIdentity", {}, []),
}


def _filled(value: Any, world: Mapping[str, str]) -> Any:
    """The names of the world in capitals, replaced by what they are."""
    if isinstance(value, dict):
        return {name: _filled(one, world) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(one, world) for one in value)
    if isinstance(value, str):
        for name, is_ in world.items():
            value = value.replace(name.upper(), is_)
    return value


@pytest.mark.parametrize("case", S3)
def test_an_operation_of_s3_needs(case: str, world: Mapping[str, str]) -> None:
    operation, parameters, wanted = S3[case]
    found = said(needs("s3", operation, **_filled(parameters, world)))
    assert found == _filled(wanted, world)


@pytest.mark.parametrize("case", OTHERS)
def test_an_operation_needs(case: str, world: Mapping[str, str]) -> None:
    service, operation, parameters, wanted = OTHERS[case]
    found = said(needs(service, operation, **_filled(parameters, world)))
    assert found == _filled(wanted, world)


def test_a_part_of_an_upload_decrypts_what_came_before(world: Mapping[str, str]) -> None:
    """https://repost.aws/knowledge-center/s3-large-file-encryption-kms-key"""
    upload = _client("s3").create_multipart_upload(Bucket="lake", Key="b")["UploadId"]
    for operation in ("UploadPart", "CompleteMultipartUpload"):
        found = needs("s3", operation, Bucket="lake", Key="b", UploadId=upload)
        assert said(found) == [("s3:PutObject", f"{LAKE}/b"), ("kms:Decrypt", world["key"])]


def test_a_key_is_used_through_the_service_and_for_its_resource(world: Mapping[str, str]) -> None:
    """With a bucket key the encryption context is the bucket, without one the object."""
    _, use = needs("s3", "PutObject", Bucket="lake", Key="b")
    assert use.context["kms:ViaService"] == f"s3.{REGION}.amazonaws.com"
    assert use.context["kms:EncryptionContext:aws:s3:arn"] == LAKE
    _, use = needs(
        "s3",
        "PutObject",
        Bucket="open",
        Key="b",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=world["key"],
    )
    assert use.context["kms:EncryptionContext:aws:s3:arn"] == f"{OPEN}/b"
    assert use.context["kms:CallerAccount"] == ACCOUNT


def test_a_training_job_says_what_it_is_in_condition_keys(world: Mapping[str, str]) -> None:
    """What a policy can demand of a job is what the request says, tags included."""
    role = f"arn:aws:iam::{ACCOUNT}:role/train"
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/j"
    create, tag, passing, grant = needs(
        "sagemaker",
        "CreateTrainingJob",
        TrainingJobName="j",
        RoleArn=role,
        EnableNetworkIsolation=True,
        EnableInterContainerTrafficEncryption=False,
        ResourceConfig={"InstanceType": "ml.m5.large", "VolumeKmsKeyId": "alias/lake"},
        OutputDataConfig={"KmsKeyId": world["key"]},
        VpcConfig={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        Tags=[{"Key": "Team", "Value": "churn"}],
    )
    assert create.context == {
        "aws:RequestTag/Team": "churn",
        "aws:TagKeys": ("Team",),
        "sagemaker:InstanceTypes": ("ml.m5.large",),
        "sagemaker:InterContainerTrafficEncryption": "false",
        "sagemaker:MaxRuntimeInSeconds": "60",
        "sagemaker:NetworkIsolation": "true",
        "sagemaker:OutputKmsKey": world["key"],
        "sagemaker:VolumeKmsKey": world["key"],
        "sagemaker:VpcSecurityGroupIds": ("sg-1",),
        "sagemaker:VpcSubnets": ("subnet-1",),
    }
    assert (tag.action, tag.resource) == ("sagemaker:AddTags", job)
    assert tag.context["sagemaker:TaggingAction"] == "CreateTrainingJob"
    assert (passing.action, passing.resource) == ("iam:PassRole", role)
    assert passing.context == {
        "iam:AssociatedResourceArn": job,
        "iam:PassedToService": "sagemaker.amazonaws.com",
    }
    assert (grant.action, grant.resource) == ("kms:CreateGrant", world["key"])
    assert grant.context["kms:GrantIsForAWSResource"] == "true"


def test_each_event_says_what_it_claims_to_be() -> None:
    """An event's source is a condition key: a role may be held to its own."""
    entries = [
        {"Source": "team", "DetailType": "Run", "EventBusName": "runs"},
        {"Source": "other", "DetailType": "Run"},
    ]
    found = needs("events", "PutEvents", Entries=entries)
    assert [(one.resource.rpartition("/")[2], one.context["events:source"]) for one in found] == [
        ("runs", "team"),
        ("default", "other"),
    ]


def test_the_key_of_a_machine_opens_what_its_executions_hold() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
    execution = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:runs:one"
    assert said(needs("states", "DescribeExecution", executionArn=execution)) == [
        ("states:DescribeExecution", execution)
    ]


@pytest.mark.parametrize(
    ("service", "operation", "where"),
    [("athena", "StartQueryExecution", "operations.toml"), ("s3", "SelectObjectContent", "s3.py")],
)
def test_what_nobody_has_mapped_is_refused_and_says_where_to(
    service: str, operation: str, where: str
) -> None:
    with pytest.raises(UnmappedOperationError, match=where):
        needs(service, operation)
