"""Everything that holds data is encrypted with a key that the account itself administers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autolote.audit import shapes
from autolote.audit.checks.data import log_buckets
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource

ENCRYPTION = Subject("Encryption")


@dataclass(frozen=True, kw_only=True)
class Encrypted:
    """One type of resource that can be encrypted with a key of one's own.

    Attributes:
        what: the thing in a word, as the rule's id begins.
        path: of the property that names the key.
        only_with: a property without which there is nothing to encrypt; "" for none.
        aws: the page about it.
    """

    what: str
    type: str
    path: str
    aws: str
    only_with: str = ""


TYPES = (
    Encrypted(
        what="topic",
        type="AWS::SNS::Topic",
        path="KmsMasterKeyId",
        aws="https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
    ),
    Encrypted(
        what="queue",
        type="AWS::SQS::Queue",
        path="KmsMasterKeyId",
        aws="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
    ),
    Encrypted(
        what="log-group",
        type="AWS::Logs::LogGroup",
        path="KmsKeyId",
        aws="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ),
    Encrypted(
        what="repository",
        type="AWS::ECR::Repository",
        path="EncryptionConfiguration.KmsKey",
        aws="https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html",
    ),
    Encrypted(
        what="machine",
        type="AWS::StepFunctions::StateMachine",
        path="EncryptionConfiguration.KmsKeyId",
        aws="https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html",
    ),
    Encrypted(
        what="function",
        type="AWS::Lambda::Function",
        path="KmsKeyArn",
        only_with="Environment.Variables",
        aws="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ),
    Encrypted(
        what="bus",
        type="AWS::Events::EventBus",
        path="KmsKeyIdentifier",
        aws="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-at-rest-event-bus-cmkey.html",
    ),
    Encrypted(
        what="schedule",
        type="AWS::Scheduler::Schedule",
        path="KmsKeyArn",
        aws="https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html",
    ),
    Encrypted(
        what="build",
        type="AWS::CodeBuild::Project",
        path="EncryptionKey",
        aws="https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-kms.html",
    ),
    Encrypted(
        what="file-system",
        type="AWS::EFS::FileSystem",
        path="KmsKeyId",
        aws="https://docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html",
    ),
    Encrypted(
        what="domain",
        type="AWS::SageMaker::Domain",
        path="KmsKeyId",
        aws="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest-studio.html",
    ),
    Encrypted(
        what="secret",
        type="AWS::SecretsManager::Secret",
        path="KmsKeyId",
        aws="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
    ),
)


def key_of(resource: Resource, path: str) -> str:
    """The customer's key that a property names, as text; "" for none, and for a key of AWS's."""
    text = resource.text(path)
    return "" if text.startswith("alias/aws/") or ":alias/aws/" in text else text


def bucket_key(bucket: Resource) -> str:
    """The customer's key that a bucket encrypts with by default; "" for none."""
    rules = bucket.objects("BucketEncryption.ServerSideEncryptionConfiguration")
    for rule in rules:
        default = shapes.mapping(rule.get("ServerSideEncryptionByDefault"))
        key = default.get("KMSMasterKeyID")
        if key and str(default.get("SSEAlgorithm")).startswith("aws:kms"):
            return bucket.environment.text(key, stack=bucket.stack)
    return ""


def _register(of: Encrypted) -> None:
    @ENCRYPTION.check(
        f"{of.what}-key",
        title=f"Every {of.what.replace('-', ' ')} is encrypted with the account's own key",
        remedy=f"Set {of.path} to the environment's key",
        aws=of.aws,
    )
    def own_key(environment: Environment) -> Iterator[Hit]:
        for resource in environment.of_type(of.type):
            holds = not of.only_with or resource.get(of.only_with)
            if holds and not key_of(resource, of.path):
                found = resource.text(of.path)
                yield Hit(
                    at=resource,
                    message=f"is encrypted with a key of AWS's ({of.path} is {found or 'not set'})",
                )


for _type in TYPES:
    _register(_type)


@ENCRYPTION.check(
    "bucket-key",
    title="Every bucket encrypts with the account's own key, but those for access logs",
    remedy="Set BucketEncryption to aws:kms with the environment's key",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
)
def bucket_own_key(environment: Environment) -> Iterator[Hit]:
    # S3 delivers access logs only where SSE-S3 is the default encryption:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    logs = log_buckets(environment)
    for bucket in environment.of_type("AWS::S3::Bucket"):
        if bucket.reference not in logs and not bucket_key(bucket):
            yield Hit(at=bucket, message="does not encrypt with the account's own key by default")
