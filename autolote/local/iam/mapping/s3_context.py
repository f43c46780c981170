"""The condition keys of S3 that come from a request's parameters.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from autolote.local.iam.mapping.readers import key_arn
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Value

_NAMED: Mapping[str, str] = {
    "Prefix": "s3:prefix",
    "Delimiter": "s3:delimiter",
    "MaxKeys": "s3:max-keys",
    "VersionId": "s3:VersionId",
    "ACL": "s3:x-amz-acl",
    "CopySource": "s3:x-amz-copy-source",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectLockMode": "s3:object-lock-mode",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
}


def request_context(request: Request) -> dict[str, Value]:
    """The keys that any operation's parameters give, where they are given."""
    found: dict[str, Value] = {
        key: str(value)
        for parameter, key in _NAMED.items()
        if (value := request.given(parameter)) is not None
    }
    if key := request.given("SSEKMSKeyId"):
        found["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key_arn(key, request)
    return found


def put_context(request: Request) -> dict[str, Value]:
    """These, and the tags that a new object is given in a header."""
    found = request_context(request)
    if tagging := request.given("Tagging"):
        tags = dict(parse_qsl(str(tagging), keep_blank_values=True))
        found |= {f"s3:RequestObjectTag/{name}": value for name, value in tags.items()}
        found["s3:RequestObjectTagKeys"] = tuple(tags)
    return found
