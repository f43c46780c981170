"""How long data is kept, and what becomes of it when its stack or its place in the stack goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autolote.audit.facts.statements import mappings
from autolote.audit.facts.words import noun
from autolote.audit.model import Environment, Resource

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
_FATES = {
    "Delete": "deleted",
    "Retain": "kept",
    "RetainExceptOnCreate": "kept, but for a first deployment that fails",
    "Snapshot": "deleted after a snapshot",
}


@dataclass(frozen=True, order=True, kw_only=True)
class Kept:
    """One place that keeps data.

    Attributes:
        kept: how long what is in it stays, rule by rule.
        deletion: the DeletionPolicy as written, "Delete" where there is none.
        on_deletion: what becomes of it when its stack is deleted or no longer holds it.
        on_replacement: what becomes of the old one when an update makes a new one.
    """

    where: str
    kind: str
    kept: tuple[str, ...]
    deletion: str
    on_deletion: str
    on_replacement: str


def kept(environment: Environment) -> tuple[Kept, ...]:
    """Every place that keeps data; sorted."""
    return tuple(
        sorted(
            Kept(
                where=resource.where,
                kind=noun(resource.type),
                kept=_PERIODS[resource.type](resource),
                deletion=deletion_policy(resource),
                on_deletion=_on_deletion(resource),
                on_replacement=_FATES[str(resource.body.get("UpdateReplacePolicy", "Delete"))],
            )
            for resource in environment.resources
            if keeps_data(resource)
        )
    )


def keeps_data(resource: Resource) -> bool:
    """Whether deleting the resource loses data, or the key to data."""
    return resource.type in _PERIODS


def deletion_policy(resource: Resource) -> str:
    """What the template says of the resource's deletion; "Delete" where it says nothing."""
    return str(resource.body.get("DeletionPolicy", "Delete"))


def _on_deletion(resource: Resource) -> str:
    fate = _FATES[deletion_policy(resource)]
    if fate == "deleted" and resource.type == "AWS::S3::Bucket":
        return "deleted; CloudFormation fails while there are objects in it"
    if fate == "deleted" and resource.type == "AWS::ECR::Repository":
        emptied = resource.get("EmptyOnDelete") is True
        return f"deleted {'with its images' if emptied else '; fails while it holds images'}"
    if fate == "deleted" and resource.type == "AWS::KMS::Key":
        days = resource.get("PendingWindowInDays") or 30
        return f"deleted {days} days later, and with it access to all it has encrypted"
    return fate


def _bucket(bucket: Resource) -> tuple[str, ...]:
    rules = mappings(bucket.get("LifecycleConfiguration.Rules"))
    said = [text for rule in rules for text in _lifecycle(rule)]
    if bucket.get("VersioningConfiguration.Status") == "Enabled":
        said.append("overwritten and deleted objects stay as older versions")
    return tuple(said) or ("without end",)


def _lifecycle(rule: Mapping[str, Any]) -> list[str]:
    """One rule of a bucket, in words."""
    which = f"{rule['Prefix']}*" if rule.get("Prefix") else "every object"
    tags = [f"{tag['Key']}={tag['Value']}" for tag in mappings(rule.get("TagFilters"))]
    which = f"objects tagged {', '.join(tags)}" if tags else which
    older = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
    older = older or rule.get("NoncurrentVersionExpirationInDays")
    parts = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
    said = {
        f"{which}: {rule.get('ExpirationInDays')} days": rule.get("ExpirationInDays"),
        f"older versions: {older} days": older,
        f"broken-off uploads: {parts} days": parts,
    }
    off = "" if rule.get("Status") == "Enabled" else " (rule disabled)"
    return [f"{text}{off}" for text, days in said.items() if days]


def _log_group(group: Resource) -> tuple[str, ...]:
    days = group.get("RetentionInDays")
    return (f"{days} days" if days else "without end",)


def _queue(queue: Resource) -> tuple[str, ...]:
    # 4 days unless set:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    seconds = int(queue.get("MessageRetentionPeriod") or 345_600)
    return (f"{seconds / 86_400:g} days",)


def _repository(repository: Resource) -> tuple[str, ...]:
    text = repository.text("LifecyclePolicy.LifecyclePolicyText")
    return ("as its lifecycle policy says",) if text else ("without end",)


def _domain(domain: Resource) -> tuple[str, ...]:
    return ("home folders: until their file system is deleted, which deleting the domain does not",)


def _endless(resource: Resource) -> tuple[str, ...]:
    return ("without end",)


_PERIODS: Mapping[str, Callable[[Resource], tuple[str, ...]]] = {
    "AWS::DynamoDB::Table": _endless,
    "AWS::ECR::Repository": _repository,
    "AWS::EFS::FileSystem": _endless,
    "AWS::KMS::Key": _endless,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::SageMaker::Domain": _domain,
    "AWS::SageMaker::ModelPackageGroup": _endless,
    "AWS::SecretsManager::Secret": _endless,
}
