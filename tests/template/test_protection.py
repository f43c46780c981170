"""How data is kept: encrypted, over TLS, for as long as the settings say."""

from __future__ import annotations

import json

import pytest

from autolote.settings import load
from stacks.app import ROOT
from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)
KEY_PROPERTY = {
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
}


@pytest.mark.parametrize("environment", ALL)
@pytest.mark.parametrize("kind", KEY_PROPERTY)
def test_everything_that_holds_data_is_under_our_key(
    assembly: Assembly, environment: str, kind: str
) -> None:
    """Log groups, topics and queues are encrypted with the environment's own key."""
    resources = assembly.resources(environment, kind)
    assert resources
    for resource in resources:
        assert "ExportsOutputFnGetAttKey" in json.dumps(resource.properties[KEY_PROPERTY[kind]])


@pytest.mark.parametrize("environment", ALL)
def test_the_data_bucket_is_under_our_key_and_versioned(
    assembly: Assembly, environment: str
) -> None:
    """Objects are encrypted with the key, through bucket keys, and no version is lost at once."""
    bucket = assembly.resource(environment, "AWS::S3::Bucket", "Data").properties
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    default = rule["ServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "aws:kms"
    assert default["KMSMasterKeyID"]["Fn::GetAtt"][0].startswith("Key")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("environment", ALL)
def test_buckets_refuse_plain_http_and_old_tls_and_are_never_public(
    assembly: Assembly, environment: str
) -> None:
    """Both buckets deny what is not at least TLS 1.2, and block every public access."""
    for bucket in assembly.resources(environment, "AWS::S3::Bucket"):
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        policy = assembly.resource(environment, "AWS::S3::BucketPolicy", bucket.name)
        denied = [
            statement["Condition"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and statement["Action"] == "s3:*"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in denied
        assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


@pytest.mark.parametrize("kind", ["AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"])
def test_topic_and_queue_refuse_plain_http(assembly: Assembly, kind: str) -> None:
    """Messages travel over TLS only."""
    policy = assembly.resource("prod", kind).properties["PolicyDocument"]
    denied = [s["Condition"] for s in policy["Statement"] if s["Effect"] == "Deny"]
    assert denied == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_the_topic_takes_messages_from_our_machine_and_our_rule_only(assembly: Assembly) -> None:
    """A topic policy replaces the default one: both publishers are let in by name."""
    policy = assembly.resource("prod", "AWS::SNS::TopicPolicy").properties["PolicyDocument"]
    allowed = {s["Sid"]: s for s in policy["Statement"] if s["Effect"] == "Allow"}
    assert set(allowed) == {"StateMachine", "EventBridge"}
    assert "RunsRunRole" in json.dumps(allowed["StateMachine"]["Principal"])
    assert "TriggersRunCutOff" in json.dumps(allowed["EventBridge"]["Condition"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_objects_expire_as_the_settings_say(assembly: Assembly, environment: str) -> None:
    """Snapshots of scored data, requests and older versions go; predictions and models stay."""
    retention = load(ROOT / "environments" / f"{environment}.toml").retention
    bucket = assembly.resource(environment, "AWS::S3::Bucket", "Data").properties
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules["expire-run-input"]["ExpirationInDays"] == retention.run_input_days
    assert rules["expire-run-input"]["TagFilters"] == [{"Key": "autolote", "Value": "run-input"}]
    assert rules["expire-requests"]["ExpirationInDays"] == retention.requests_days
    assert rules["expire-requests"]["Prefix"] == "requests/"
    assert rules["expire-checkpoints"]["ExpirationInDays"] == retention.checkpoint_days
    assert rules["expire-checkpoints"]["Prefix"] == "checkpoints/"
    versions = rules["expire-older-versions"]["NoncurrentVersionExpiration"]
    assert versions == {"NoncurrentDays": retention.noncurrent_days}
    uploads = rules["abort-incomplete-uploads"]["AbortIncompleteMultipartUpload"]
    assert uploads == {"DaysAfterInitiation": 7}
    assert len(rules) == 5
    for group in assembly.resources(environment, "AWS::Logs::LogGroup"):
        assert group.properties["RetentionInDays"] == retention.log_days


@pytest.mark.parametrize(
    ("environment", "policy"),
    [("dev", "RetainExceptOnCreate"), ("prod", "RetainExceptOnCreate"), ("local", "Delete")],
)
def test_data_outlives_its_stack_unless_the_settings_say_otherwise(
    assembly: Assembly, environment: str, policy: str
) -> None:
    """Key, buckets, logs and images outlive a stack; a first deployment that fails leaves none."""
    kinds = ("AWS::KMS::Key", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::ECR::Repository")
    kept = [r for r in assembly.resources(environment) if r.body["Type"] in kinds]
    has_network = "network" in assembly.stacks(environment)
    assert len(kept) == 1 + 2 + 18 + 1 + has_network
    assert {resource.body["DeletionPolicy"] for resource in kept} == {policy}


@pytest.mark.parametrize("environment", ALL)
def test_everything_that_can_be_tagged_says_whose_it_is(
    assembly: Assembly, environment: str
) -> None:
    """Costs can be told apart by project, environment, owner and cost center."""
    tagged = [r for r in assembly.resources(environment) if "Tags" in r.properties]
    assert len(tagged) > 40
    for resource in tagged:
        keys = {tag["Key"] for tag in resource.properties["Tags"]}
        assert {"project", "environment", "owner", "cost_center"} <= keys, resource.name
