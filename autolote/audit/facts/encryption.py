"""What is encrypted, at rest and on the way, and with which key: every store of the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from autolote.audit.facts.statements import Statement, mappings
from autolote.audit.facts.words import Words, name, noun
from autolote.audit.model import Environment, Resource

# Type -> where it names its key, and what AWS does where it names none:
# https://docs.aws.amazon.com/whitepapers/latest/efs-encrypted-file-systems/ and the pages of each
# type in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
_KEYS: Mapping[str, tuple[str, str]] = {
    "AWS::CodeBuild::Project": ("EncryptionKey", "the key of AWS for S3 in this account"),
    "AWS::DynamoDB::Table": ("SSESpecification.KMSMasterKeyId", "a key that DynamoDB owns"),
    "AWS::ECR::Repository": ("EncryptionConfiguration.KmsKey", "a key that S3 owns (AES-256)"),
    "AWS::EFS::FileSystem": ("KmsKeyId", "nothing, unless Encrypted is true"),
    "AWS::Events::EventBus": ("KmsKeyIdentifier", "a key that EventBridge owns"),
    "AWS::Lambda::Function": ("KmsKeyArn", "the key of AWS for Lambda in this account"),
    "AWS::Logs::LogGroup": ("KmsKeyId", "a key that CloudWatch Logs owns"),
    "AWS::SNS::Topic": ("KmsMasterKeyId", "nothing"),
    "AWS::SQS::Queue": ("KmsMasterKeyId", "a key that SQS owns (SSE-SQS)"),
    "AWS::SageMaker::Domain": ("KmsKeyId", "the key of AWS for EFS and EBS in this account"),
    "AWS::Scheduler::Schedule": ("KmsKeyArn", "a key that EventBridge Scheduler owns"),
    "AWS::SecretsManager::Secret": ("KmsKeyId", "the key of AWS for Secrets Manager here"),
    "AWS::StepFunctions::StateMachine": (
        "EncryptionConfiguration.KmsKeyId",
        "a key that Step Functions owns",
    ),
}
_HOLDS = {
    "AWS::CodeBuild::Project": "build output",
    "AWS::Events::EventBus": "events on their way",
    "AWS::KMS::Key": "key material",
    "AWS::Lambda::Function": "environment variables and code",
    "AWS::SageMaker::Domain": "home folders (EFS) and volumes of apps (EBS)",
    "AWS::StepFunctions::StateMachine": "definition and data of executions",
}


@dataclass(frozen=True, order=True, kw_only=True)
class Store:
    """One place that keeps something.

    Attributes:
        own_key: the key is one of the templates', not one of AWS's.
        key: it in words.
        in_transit: what its policy demands of connections.
    """

    where: str
    kind: str
    holds: str
    own_key: bool
    key: str
    in_transit: str


def stores(
    environment: Environment, statements: Iterable[Statement], words: Words
) -> tuple[Store, ...]:
    """Every store; sorted."""
    demands = _transit(statements, words)
    return tuple(
        sorted(
            Store(
                where=resource.where,
                kind=noun(resource.type),
                holds=_HOLDS.get(resource.type, f"what is in the {noun(resource.type)}"),
                own_key=own,
                key=key,
                in_transit=demands.get(resource.where, _ALWAYS_TLS.get(resource.type, _API)),
            )
            for resource in environment.resources
            if (found := _key(resource, words))
            for own, key in [found]
        )
    )


# AWS's APIs answer HTTPS only, the older ones below also plain HTTP unless a policy forbids it.
_API = "HTTPS: the service's API has no other"
_ALWAYS_TLS = {
    "AWS::EFS::FileSystem": "not demanded by a policy",
    "AWS::S3::Bucket": "not demanded by a policy",
    "AWS::SNS::Topic": "not demanded by a policy",
    "AWS::SQS::Queue": "not demanded by a policy",
    "AWS::KMS::Key": "HTTPS: the service's API has no other",
}


def _key(resource: Resource, words: Words) -> tuple[bool, str] | None:
    """Whether the key is ours, and the key in words; None for what keeps nothing."""
    special = _SPECIAL.get(resource.type)
    if special:
        return special(resource, words)
    if resource.type not in _KEYS:
        return None
    path, otherwise = _KEYS[resource.type]
    text = resource.text(path)
    return _named(text, words) if text else (False, otherwise)


def _named(text: str, words: Words) -> tuple[bool, str]:
    found = words.target(text).resource
    if found:
        return True, name(found)
    aws = text.rpartition("alias/")[2].startswith("aws/")
    return not aws, f"{'the key of AWS' if aws else 'key'} {text}"


def _bucket(bucket: Resource, words: Words) -> tuple[bool, str]:
    rules = mappings(bucket.get("BucketEncryption.ServerSideEncryptionConfiguration"))
    found = mappings(rules[0].get("ServerSideEncryptionByDefault")) if rules else []
    rule = found[0] if found else {}
    if "KMSMasterKeyID" in rule:
        key = bucket.environment.text(rule["KMSMasterKeyID"], stack=bucket.stack)
        return _named(key, words)
    if str(rule.get("SSEAlgorithm")).startswith("aws:kms"):
        return False, "the key of AWS for S3 in this account"
    return False, "a key that S3 owns (SSE-S3)"


def _queue(queue: Resource, words: Words) -> tuple[bool, str]:
    if queue.get("KmsMasterKeyId"):
        return _named(queue.text("KmsMasterKeyId"), words)
    off = queue.get("SqsManagedSseEnabled") is False
    return False, "nothing" if off else _KEYS[queue.type][1]


def _files(system: Resource, words: Words) -> tuple[bool, str]:
    if system.get("KmsKeyId"):
        return _named(system.text("KmsKeyId"), words)
    on = system.get("Encrypted") is True
    return False, "the key of AWS for EFS in this account" if on else "nothing"


def _itself(key: Resource, words: Words) -> tuple[bool, str]:
    rotates = key.get("EnableKeyRotation") is True
    return True, f"made and kept by KMS; {'rotates every year' if rotates else 'does not rotate'}"


_SPECIAL: Mapping[str, Callable[[Resource, Words], tuple[bool, str]]] = {
    "AWS::EFS::FileSystem": _files,
    "AWS::KMS::Key": _itself,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
}


def _transit(statements: Iterable[Statement], words: Words) -> Mapping[str, str]:
    """What policies deny of connections: store, as `stack/Name` -> in words."""
    found: dict[str, str] = {}
    for statement in statements:
        if statement.allows or statement.kind != "resource":
            continue
        said = _demand(statement)
        for target in (words.target(resource) for resource in statement.resources):
            if said and target.resource:
                before = found.get(target.resource.where, "")
                found[target.resource.where] = max(before, said, key=len)
    return found


def _demand(statement: Statement) -> str:
    for condition in statement.conditions:
        if condition.key == "s3:tlsversion":
            return f"TLS {condition.values[0]} or newer: its policy denies all else"
        if condition.key == "aws:securetransport" and condition.values == ("false",):
            return "TLS: its policy denies plain HTTP"
    return ""
