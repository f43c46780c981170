"""What is kept: who can reach it, whether it outlives mistakes, and for how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autolote.audit import shapes
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource

DATA = Subject("Data")
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_KEEPS_DATA = (
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
)
_DECIDES = ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::EFS::FileSystem", "AWS::DynamoDB::Table")
_RETAINED = ("Retain", "RetainExceptOnCreate")
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def buckets(environment: Environment) -> list[Resource]:
    """The buckets of an environment."""
    return environment.of_type("AWS::S3::Bucket")


@DATA.check(
    "bucket-public-access",
    title="No bucket can be made public",
    remedy="Set all four settings of PublicAccessBlockConfiguration to true",
    aws=_S3 + "access-control-block-public-access.html",
)
def public_access(environment: Environment) -> Iterator[Hit]:
    for bucket in buckets(environment):
        block = shapes.mapping(bucket.get("PublicAccessBlockConfiguration"))
        open_ = [name for name in _BLOCKS if block.get(name) is not True]
        if open_:
            yield Hit(at=bucket, message=f"does not set {', '.join(open_)}")
        if str(bucket.get("AccessControl") or "").startswith("Public"):
            yield Hit(at=bucket, detail="acl", message=f"is {bucket.get('AccessControl')}")


@DATA.check(
    "bucket-ownership",
    title="Access to a bucket is decided by policies, not by ACLs",
    remedy="Set OwnershipControls to BucketOwnerEnforced",
    aws=_S3 + "about-object-ownership.html",
)
def ownership(environment: Environment) -> Iterator[Hit]:
    for bucket in buckets(environment):
        rules = bucket.objects("OwnershipControls.Rules")
        if not any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules):
            yield Hit(at=bucket, message="still takes ACLs")


@DATA.check(
    "bucket-versioning",
    title="An object that is overwritten or deleted can be had back",
    remedy="Set VersioningConfiguration to Enabled",
    aws=_S3 + "Versioning.html",
)
def versioning(environment: Environment) -> Iterator[Hit]:
    for bucket in buckets(environment):
        if bucket.get("VersioningConfiguration.Status") != "Enabled":
            yield Hit(at=bucket, message="keeps no older versions")


@DATA.check(
    "bucket-noncurrent",
    title="Older versions do not stay for ever",
    remedy="Add a lifecycle rule with NoncurrentVersionExpiration",
    aws=_S3 + "lifecycle-configuration-examples.html",
)
def noncurrent(environment: Environment) -> Iterator[Hit]:
    for bucket in buckets(environment):
        versioned = bucket.get("VersioningConfiguration.Status") == "Enabled"
        if versioned and not _has_rule(
            bucket, "NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays"
        ):
            yield Hit(at=bucket, message="keeps older versions for ever, and is billed for them")


@DATA.check(
    "bucket-multipart",
    title="Uploads that broke off are cleared away",
    remedy="Add a lifecycle rule with AbortIncompleteMultipartUpload",
    aws=_S3 + "mpu-abort-incomplete-mpu-lifecycle-config.html",
)
def multipart(environment: Environment) -> Iterator[Hit]:
    for bucket in buckets(environment):
        if not _has_rule(bucket, "AbortIncompleteMultipartUpload"):
            yield Hit(at=bucket, message="keeps the parts of uploads that broke off for ever")


@DATA.check(
    "bucket-access-log",
    title="Who read which object is logged",
    remedy="Set LoggingConfiguration to a bucket for logs",
    aws=_S3 + "ServerLogs.html",
)
def access_log(environment: Environment) -> Iterator[Hit]:
    logs = log_buckets(environment)
    for bucket in buckets(environment):
        if bucket.reference not in logs and not bucket.get("LoggingConfiguration"):
            yield Hit(at=bucket, message="logs no access")


@DATA.check(
    "data-deletable",
    title="Where data outlives its stack, all of it does",
    remedy="Set DeletionPolicy to RetainExceptOnCreate and UpdateReplacePolicy to Retain",
    aws="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html",
)
def deletable(environment: Environment) -> Iterator[Hit]:
    deciding = environment.of_type(*_DECIDES)
    if not any(one.body.get("DeletionPolicy") in _RETAINED for one in deciding):
        return  # an environment to throw away
    for resource in environment.of_type(*_KEEPS_DATA):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            value = resource.body.get(policy, "Delete")
            if value not in (*_RETAINED, "Snapshot"):
                yield Hit(at=resource, detail=policy, message=f"has {policy} {value}")


@DATA.check(
    "log-retention",
    title="Every log group says how long it keeps what it holds",
    remedy="Set RetentionInDays",
    aws="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
)
def log_retention(environment: Environment) -> Iterator[Hit]:
    for group in environment.of_type("AWS::Logs::LogGroup"):
        if not group.get("RetentionInDays"):
            yield Hit(at=group, message="keeps its entries for ever")


@DATA.check(
    "repository-tags",
    title="An image's tag always names the same image",
    remedy="Set ImageTagMutability to IMMUTABLE",
    aws="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
)
def repository_tags(environment: Environment) -> Iterator[Hit]:
    for repository in environment.of_type("AWS::ECR::Repository"):
        if repository.get("ImageTagMutability") != "IMMUTABLE":
            yield Hit(at=repository, message="lets a tag be put on another image")


@DATA.check(
    "repository-scan",
    title="Every image that is pushed is scanned",
    remedy="Set ImageScanningConfiguration.ScanOnPush",
    aws="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
)
def repository_scan(environment: Environment) -> Iterator[Hit]:
    for repository in environment.of_type("AWS::ECR::Repository"):
        if repository.get("ImageScanningConfiguration.ScanOnPush") is not True:
            yield Hit(at=repository, message="takes images that nobody scans")


def log_buckets(environment: Environment) -> set[Any]:
    """The buckets that others log to."""
    return {
        target.reference
        for bucket in buckets(environment)
        for target in bucket.refers_to("LoggingConfiguration.DestinationBucketName")
    }


def _has_rule(bucket: Resource, *names: str) -> bool:
    rules = bucket.objects("LifecycleConfiguration.Rules")
    return any(
        rule.get("Status") == "Enabled" and any(rule.get(name) for name in names) for rule in rules
    )
