"""S3: one operation often needs other permissions than its name says, and keys besides.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (404 or 403 for a missing key)
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.s3.models import s3_backends

from autolote.local.iam.mapping.keys import key_uses
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.mapping.s3_context import put_context, request_context
from autolote.local.iam.model import Access, UnmappedOperationError

BUCKET_ACTIONS: Mapping[str, str] = {
    "CreateBucket": "CreateBucket",
    "DeleteBucket": "DeleteBucket",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAcl": "GetBucketAcl",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketLogging": "GetBucketLogging",
    "GetBucketNotification": "GetBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketAcl": "PutBucketAcl",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketLogging": "PutBucketLogging",
    "PutBucketNotification": "PutBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "PutBucketPolicy": "PutBucketPolicy",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutBucketTagging": "PutBucketTagging",
    "PutBucketVersioning": "PutBucketVersioning",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

OBJECT_ACTIONS: Mapping[str, tuple[str, str]] = {
    "AbortMultipartUpload": ("AbortMultipartUpload", "AbortMultipartUpload"),
    "DeleteObject": ("DeleteObject", "DeleteObjectVersion"),
    "DeleteObjectTagging": ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "GetObjectAcl": ("GetObjectAcl", "GetObjectVersionAcl"),
    "GetObjectLegalHold": ("GetObjectLegalHold", "GetObjectLegalHold"),
    "GetObjectRetention": ("GetObjectRetention", "GetObjectRetention"),
    "GetObjectTagging": ("GetObjectTagging", "GetObjectVersionTagging"),
    "ListParts": ("ListMultipartUploadParts", "ListMultipartUploadParts"),
    "PutObjectAcl": ("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObjectLegalHold": ("PutObjectLegalHold", "PutObjectLegalHold"),
    "PutObjectRetention": ("PutObjectRetention", "PutObjectRetention"),
    "PutObjectTagging": ("PutObjectTagging", "PutObjectVersionTagging"),
}
"""Operation -> its permission, and that for a version that is named."""


def s3_accesses(request: Request) -> list[Access]:
    """The accesses of an operation of S3.

    Raises:
        UnmappedOperationError: it is in none of the tables of this module.
    """
    operation = request.operation
    if operation == "ListBuckets":
        return [Access(action="s3:ListAllMyBuckets")]
    if operation in BUCKET_ACTIONS:
        return [_on_bucket(request, BUCKET_ACTIONS[operation])]
    if operation in OBJECT_ACTIONS:
        action = OBJECT_ACTIONS[operation][1 if request.given("VersionId") else 0]
        return [_on_object(request, action, request.given("Key"))]
    if operation in _OWN_WAY:
        return _OWN_WAY[operation](request)
    raise UnmappedOperationError(
        f"it is not known which permissions s3:{operation} needs: "
        "add it to autolote/local/iam/mapping/s3.py"
    )


def _arn(bucket: str, key: str | None = None) -> str:
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key is not None else "")


def _on_bucket(request: Request, action: str) -> Access:
    return Access(
        action=f"s3:{action}",
        resource=_arn(request.given("Bucket")),
        context=request_context(request),
    )


def _on_object(request: Request, action: str, key: str) -> Access:
    return Access(
        action=f"s3:{action}",
        resource=_arn(request.given("Bucket"), key),
        context=request_context(request),
    )


def _get(request: Request) -> list[Access]:
    where = (request.given("Bucket"), request.given("Key"), request.given("VersionId"))
    found = _read(request, *where)
    if request.operation == "GetObjectAttributes":
        name = "GetObjectVersionAttributes" if where[2] else "GetObjectAttributes"
        found.insert(1, _on_object(request, name, where[1]))
    return found


def _read(request: Request, bucket: str, key: str, version: str | None) -> list[Access]:
    """Reading an object: its key, too; who asks for one that is not there must be allowed to list,
    or is told 403 instead of 404."""
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    context = request_context(request)
    found = [Access(action=action, resource=_arn(bucket, key), context=context)]
    held = _object(request, bucket, key, version)
    if held is None:
        exists = bucket in s3_backends[request.account_id]["aws"].buckets
        listing = Access(action="s3:ListBucket", resource=_arn(bucket))
        return [*found, listing] if exists and not version else found
    if held.encryption in _KMS:
        found += _key(request, held.kms_key_id, "Decrypt", bucket=bucket, key=key)
    return found


def _put(request: Request) -> list[Access]:
    """PutObject and the beginning of an upload in parts."""
    bucket, key = request.given("Bucket"), request.given("Key")
    context = put_context(request)
    found = [Access(action="s3:PutObject", resource=_arn(bucket, key), context=context)]
    for parameter, action in _PUT_WITH.items():
        if request.given(parameter):
            found.append(Access(action=action, resource=_arn(bucket, key), context=context))
    chosen = _chosen_key(request, bucket)
    return found + _key(request, chosen, "GenerateDataKey", bucket=bucket, key=key)


_PUT_WITH = {
    "Tagging": "s3:PutObjectTagging",
    "ACL": "s3:PutObjectAcl",
    "ObjectLockMode": "s3:PutObjectRetention",
    "ObjectLockLegalHoldStatus": "s3:PutObjectLegalHold",
}


def _part(request: Request) -> list[Access]:
    """A part of an upload, and its end: what came before must be decrypted."""
    bucket, key = request.given("Bucket"), request.given("Key")
    found = [_on_object(request, "PutObject", key)]
    held = s3_backends[request.account_id]["aws"].buckets.get(bucket)
    upload = held.multiparts.get(request.given("UploadId")) if held else None
    used = upload.kms_key_id if upload and upload.sse_encryption in _KMS else None
    if upload and not upload.sse_encryption:
        used = _default_key(request, bucket)
    return found + _key(request, used, "Decrypt", bucket=bucket, key=key)


def _copy(request: Request) -> list[Access]:
    """CopyObject and UploadPartCopy: reading the source, then writing."""
    path, _, query = str(request.given("CopySource")).removeprefix("/").partition("?")
    bucket, _, key = unquote(path).partition("/")
    version = parse_qs(query).get("versionId", [None])[0]
    found = _read(request, bucket, key, version)
    if request.operation == "UploadPartCopy":
        return found + _part(request)
    if request.given("TaggingDirective") != "REPLACE" and _is_tagged(request, bucket, key, version):
        name = "GetObjectVersionTagging" if version else "GetObjectTagging"
        found.append(Access(action=f"s3:{name}", resource=_arn(bucket, key)))
        found.append(_on_object(request, "PutObjectTagging", request.given("Key")))
    return found + _put(request)


def _delete_several(request: Request) -> list[Access]:
    listed = (request.given("Delete") or {}).get("Objects") or []
    return [
        _on_object(
            request,
            "DeleteObjectVersion" if one.get("VersionId") else "DeleteObject",
            one["Key"],
        )
        for one in listed
    ]


_KMS = ("aws:kms", "aws:kms:dsse")
_OWN_WAY: Mapping[str, Callable[[Request], list[Access]]] = {
    "CompleteMultipartUpload": _part,
    "CopyObject": _copy,
    "CreateMultipartUpload": _put,
    "DeleteObjects": _delete_several,
    "GetObject": _get,
    "GetObjectAttributes": _get,
    "HeadObject": _get,
    "PutObject": _put,
    "UploadPart": _part,
    "UploadPartCopy": _copy,
}


def _chosen_key(request: Request, bucket: str) -> str | None:
    """The key that encrypts a new object: the request's, or the bucket's default."""
    if asked := request.given("ServerSideEncryption"):
        key: str | None = request.given("SSEKMSKeyId")
        return (key or _default_key(request, bucket)) if asked in _KMS else None
    return _default_key(request, bucket)


def _default_key(request: Request, bucket: str) -> str | None:
    held = s3_backends[request.account_id]["aws"].buckets.get(bucket)
    rule = held.encryption["Rule"] if held and held.encryption else {}
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    key: str | None = default.get("KMSMasterKeyID")
    return key if default.get("SSEAlgorithm") in _KMS else None


def _key(
    request: Request, key_id: str | None, action: str, *, bucket: str, key: str
) -> list[Access]:
    """The encryption context is the object, or with a bucket key the bucket:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"""
    held = s3_backends[request.account_id]["aws"].buckets.get(bucket)
    rule: Mapping[str, Any] = held.encryption["Rule"] if held and held.encryption else {}
    whole = str(rule.get("BucketKeyEnabled", "false")).lower() == "true"
    context = {"aws:s3:arn": _arn(bucket, None if whole else key)}
    return key_uses(request, key_id, service="s3", actions=(action,), context=context)


def _object(request: Request, bucket: str, key: str, version: str | None) -> Any:
    held = s3_backends[request.account_id]["aws"].buckets.get(bucket)
    if held is None:
        return None
    if version is None:
        latest = held.keys.get(key)
        return None if latest is None or not hasattr(latest, "encryption") else latest
    return next((one for one in held.keys.getlist(key, []) if str(one.version_id) == version), None)


def _is_tagged(request: Request, bucket: str, key: str, version: str | None) -> bool:
    held = _object(request, bucket, key, version)
    backend = s3_backends[request.account_id]["aws"]
    return bool(held is not None and backend.tagger.list_tags_for_resource(held.arn)["Tags"])
