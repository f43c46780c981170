"""How data is kept: encrypted, over TLS, for as long as the settings say."""

from __future__ import annotations

import json
import re

import pytest

from autolote.settings import load
from stacks.app import ROOT
from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS, FULL
from tests.template.schemas import schema

ALL = (*ENVIRONMENTS, FULL)
# S3 delivers access logs to no bucket with another default encryption than its own.
NOT_UNDER_OUR_KEY = {"AccessLogs"}
ABOUT_KEYS = re.compile("Kms|EncryptionKey|EncryptionConfiguration|BucketEncryption")


@pytest.mark.parametrize("environment", ALL)
def test_whatever_can_be_encrypted_with_a_key_of_ours_is(
    assembly: Assembly, environment: str
) -> None:
    """Wherever CloudFormation's schema of a type has a property for a key, the key is named."""
    encrypted = set()
    for resource in assembly.resources(environment):
        properties = schema(resource.body["Type"]).get("properties", {})
        about_keys = [name for name in properties if ABOUT_KEYS.search(name)]
        if about_keys and resource.name not in NOT_UNDER_OUR_KEY:
            given = [resource.properties.get(name) for name in about_keys]
            assert re.search(r"\bKey961B73FD|GetAttKey961B73FD", json.dumps(given)), resource.name
            encrypted.add(resource.body["Type"])
    assert encrypted >= {
        "AWS::CodeBuild::Project",
        "AWS::ECR::Repository",
        "AWS::Events::EventBus",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
        *(["AWS::Scheduler::Schedule"] if environment == FULL else []),
    }


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
def test_objects_can_be_locked_and_none_is_by_default(assembly: Assembly, environment: str) -> None:
    """Whoever must keep a model or a manifest can; lifecycle rules and teardown are not hindered.
    S3 delivers access logs to no bucket with Object Lock."""
    locks = {
        bucket.name: bucket.properties.get("ObjectLockEnabled")
        for bucket in assembly.resources(environment, "AWS::S3::Bucket")
    }
    assert locks == {"Data": True, "AccessLogs": None}
    data = assembly.resource(environment, "AWS::S3::Bucket", "Data").properties
    assert "ObjectLockConfiguration" not in data


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
