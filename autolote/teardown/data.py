"""Where data lies: buckets, the image's repository, log groups; and the key that encrypts them.

Nothing of it goes that was not named, however its stack is written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autolote.teardown.cloud import Cloud, found
from autolote.teardown.model import NotDoneError, Tell, Thing
from autolote.teardown.stacks import Environment, Resource, Stack

BUCKET, REPOSITORY = "AWS::S3::Bucket", "AWS::ECR::Repository"
LOG_GROUP, KEY = "AWS::Logs::LogGroup", "AWS::KMS::Key"
# DeleteObjects takes 1,000 at a time:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_AT_ONCE = 1000
_IMAGES_AT_ONCE = 100  # BatchDeleteImage


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Something that holds data, and exists.

    Attributes:
        stack: the stack it is part of, if that is there.
        kept: it outlives its stack.
        key: id of the key it is encrypted with, empty if that is AWS's.
    """

    thing: Thing
    type: str
    stack: Stack | None
    kept: bool
    key: str
    empty: bool

    @property
    def goes_alone(self) -> bool:
        """Whether deleting its stack deletes it, with what is in it or because nothing is."""
        return self.stack is not None and not self.kept and (self.empty or self.type == LOG_GROUP)


def holdings(cloud: Cloud, environment: Environment) -> Iterator[Holding]:
    """Everything of the environment that holds data."""
    looks = {BUCKET: _bucket, REPOSITORY: _repository, LOG_GROUP: _log_group}
    for kind, look in looks.items():
        for stack, resource in _resources(environment, kind):
            yield from look(cloud, environment, stack, resource)


def keys(cloud: Cloud, environment: Environment) -> Iterator[Holding]:
    """The keys of the environment that are not about to be deleted."""
    for stack, resource in _resources(environment, KEY):
        told = found(_description_of(cloud, resource.id))
        if told is not None and told["KeyMetadata"]["KeyState"] != "PendingDeletion":
            yield Holding(
                thing=Thing(kind="key", name=resource.id, arn=told["KeyMetadata"]["Arn"]),
                type=KEY,
                stack=stack,
                kept=resource.kept,
                key=resource.id,
                empty=False,
            )


def _resources(environment: Environment, kind: str) -> Iterator[tuple[Stack | None, Resource]]:
    for stack in environment.stacks:
        yield from ((stack, one) for one in stack.resources if one.type == kind and one.id)
    yield from ((None, one) for one in environment.outlived if one.type == kind)


def _description_of(cloud: Cloud, key: str) -> Callable[[], Any]:
    return lambda: cloud.client("kms").describe_key(KeyId=key)


def _key_id(arn: str | None) -> str:
    return (arn or "").rpartition("/")[2]


def _bucket(
    cloud: Cloud, environment: Environment, stack: Stack | None, resource: Resource
) -> Iterator[Holding]:
    s3, name = cloud.client("s3"), resource.id
    if found(lambda: s3.head_bucket(Bucket=name)) is None:
        return
    told = found(lambda: s3.get_bucket_encryption(Bucket=name)) or {}
    rules = told.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
    rule = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    versions = s3.list_object_versions(Bucket=name, MaxKeys=1)
    yield Holding(
        thing=Thing(kind="bucket", name=name, arn=f"arn:{environment.partition}:s3:::{name}"),
        type=BUCKET,
        stack=stack,
        kept=resource.kept,
        key=_key_id(rule.get("KMSMasterKeyID")),
        empty=not versions.get("Versions") and not versions.get("DeleteMarkers"),
    )


def _repository(
    cloud: Cloud, _: Environment, stack: Stack | None, resource: Resource
) -> Iterator[Holding]:
    ecr, name = cloud.client("ecr"), resource.id
    told = found(lambda: ecr.describe_repositories(repositoryNames=[name]))
    if told is None:
        return
    (repository,) = told["repositories"]
    encryption = repository.get("encryptionConfiguration", {})
    yield Holding(
        thing=Thing(kind="repository", name=name, arn=repository["repositoryArn"]),
        type=REPOSITORY,
        stack=stack,
        kept=resource.kept,
        key=_key_id(encryption.get("kmsKey")),
        empty=not ecr.list_images(repositoryName=name, maxResults=1)["imageIds"],
    )


def _log_group(
    cloud: Cloud, _: Environment, stack: Stack | None, resource: Resource
) -> Iterator[Holding]:
    for told in cloud.pages(
        "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=resource.id
    ):
        if told["logGroupName"] == resource.id:
            yield Holding(
                thing=Thing(kind="log group", name=resource.id, arn=told["arn"]),
                type=LOG_GROUP,
                stack=stack,
                kept=resource.kept,
                key=_key_id(told.get("kmsKeyId")),
                empty=False,
            )


def emptying(cloud: Cloud, holding: Holding, *, delete: bool) -> Callable[[Tell], None]:
    """What empties a holding, and deletes it if its stack does not."""

    def carry_out(tell: Tell) -> None:
        name = holding.thing.name
        empty = {BUCKET: _empty_bucket, REPOSITORY: _empty_repository}.get(holding.type)
        if empty is not None:
            empty(cloud, name, tell)
        if delete:
            cloud.insist(
                lambda: _delete(cloud, holding),
                tell=tell,
                unblock=lambda: empty(cloud, name, tell) if empty else None,
            )

    return carry_out


def _delete(cloud: Cloud, holding: Holding) -> Any:
    name = holding.thing.name
    if holding.type == BUCKET:
        return cloud.client("s3").delete_bucket(Bucket=name)
    if holding.type == REPOSITORY:
        return cloud.client("ecr").delete_repository(repositoryName=name)
    return cloud.client("logs").delete_log_group(logGroupName=name)


def _empty_bucket(cloud: Cloud, name: str, tell: Tell) -> None:
    """Delete every version, every delete marker and every upload that was not finished.

    Raises:
        NotDoneError: objects stay, with the first reason.
    """
    s3, gone = cloud.client("s3"), 0
    if found(lambda: s3.head_bucket(Bucket=name)) is None:
        return
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        items = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        for start in range(0, len(items), _AT_ONCE):
            batch = items[start : start + _AT_ONCE]
            answer = cloud.insist(_deletion_of(s3, name, batch), tell=tell) or {}
            for error in answer.get("Errors", []):
                raise NotDoneError(f"{error['Key']}: {error.get('Code')}: {error.get('Message')}")
            gone += len(batch)
            tell(f"bucket {name}: {gone:,} versions deleted")
    for upload in cloud.pages("s3", "list_multipart_uploads", "Uploads", Bucket=name):
        given = {"Bucket": name, "Key": upload["Key"], "UploadId": upload["UploadId"]}
        cloud.insist(_abortion_of(s3, given), tell=tell)


def _deletion_of(s3: Any, bucket: str, items: list[dict[str, str]]) -> Callable[[], Any]:
    return lambda: s3.delete_objects(Bucket=bucket, Delete={"Objects": items, "Quiet": True})


def _abortion_of(s3: Any, given: dict[str, str]) -> Callable[[], Any]:
    return lambda: s3.abort_multipart_upload(**given)


def _empty_repository(cloud: Cloud, name: str, tell: Tell) -> None:
    ecr = cloud.client("ecr")
    if found(lambda: ecr.describe_repositories(repositoryNames=[name])) is None:
        return
    ids = list(cloud.pages("ecr", "list_images", "imageIds", repositoryName=name))
    for start in range(0, len(ids), _IMAGES_AT_ONCE):
        batch = ids[start : start + _IMAGES_AT_ONCE]
        cloud.insist(_image_deletion(ecr, name, batch), tell=tell)
        tell(f"repository {name}: {start + len(batch)} images deleted")


def _image_deletion(ecr: Any, name: str, batch: list[Any]) -> Callable[[], Any]:
    return lambda: ecr.batch_delete_image(repositoryName=name, imageIds=batch)


def scheduling(cloud: Cloud, key: str, *, days: int) -> Callable[[Tell], None]:
    """What schedules the deletion of a key; within its days it can be called off.

    https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    """
    kms = cloud.client("kms")

    def carry_out(tell: Tell) -> None:
        cloud.insist(
            lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days), tell=tell
        )

    return carry_out
