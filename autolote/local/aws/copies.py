"""S3: parts copied from a range of a version, copies with a checksum that is theirs, and a bucket's
EventBridge configuration shown.

moto reads the whole source into memory for every part, takes a range beyond its end for a shorter
one, answers a missing source without a code and a missing upload with a crash, does not say which
version it copied, gives the copy of an object that was uploaded in parts the checksum of its parts
as if it were that of the whole, so that no SDK accepts what it reads, and leaves
EventBridgeConfiguration out of what it shows.
AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

from moto.s3.exceptions import MissingKey, MissingVersion, NoSuchUpload, S3ClientError
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response

from autolote.local.aws.patches import original, put, replace

_COPY = (
    "self, src_key, dest_bucket_name, dest_key_name, storage, encryption, kms_key_id, "
    "bucket_key_enabled, mdirective, metadata, website_redirect_location, lock_mode, "
    "lock_legal_status, lock_until, provided_version_id"
)
_END = "</NotificationConfiguration>"
_EMPTY = re.compile(r"(<NotificationConfiguration[^>]*)/>")


def install() -> None:
    """Put our copies in the place of moto's."""
    replace(
        S3Backend,
        "upload_part_copy",
        _upload_part_copy,
        signature="self, dest_bucket_name, multipart_id, part_id, src_bucket_name, "
        "src_key_name, src_version_id, start_byte, end_byte",
    )
    copy = original(S3Backend, "copy_object", signature=_COPY)

    def copy_with_checksum(
        self: Any, src_key: Any, dest_bucket_name: str, dest_key_name: str, *rest: Any, **more: Any
    ) -> None:
        copy(self, src_key, dest_bucket_name, dest_key_name, *rest, **more)
        copied = self.get_bucket(dest_bucket_name).keys[dest_key_name]
        copied.checksum_type = src_key.checksum_type
        copied.checksum_parts = src_key.checksum_parts

    put(S3Backend, "copy_object", copy_with_checksum)
    answer_copy = original(S3Response, "upload_part_copy", signature="self")
    show = original(S3Response, "get_bucket_notification", signature="self")

    def answer_copy_fully(self: Any) -> Any:
        source = urlparse(str(self.headers.get("x-amz-copy-source")))
        version = parse_qs(source.query).get("versionId", [None])[0]
        status, headers, body = answer_copy(self)
        if status == 404:
            raise MissingVersion() if version else MissingKey()
        if version:
            headers["x-amz-copy-source-version-id"] = version
        return status, headers, body

    def show_fully(self: Any) -> Any:
        status, headers, body = show(self)
        found = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if found is not None and found.event_bridge is not None:
            opened = _EMPTY.sub(rf"\1>{_END}", body)
            body = opened.replace(_END, f"<EventBridgeConfiguration/>{_END}")
        return status, headers, body

    put(S3Response, "upload_part_copy", answer_copy_fully)
    put(S3Response, "get_bucket_notification", show_fully)


def _upload_part_copy(  # noqa: PLR0917 (the signature is moto's)
    self: Any,
    dest_bucket_name: str,
    multipart_id: str,
    part_id: int,
    src_bucket_name: str,
    src_key_name: str,
    src_version_id: str | None,
    start_byte: int | None,
    end_byte: int | None,
) -> Any:
    upload = self.get_bucket(dest_bucket_name).multiparts.get(multipart_id)
    if upload is None:
        raise NoSuchUpload(upload_id=multipart_id)
    source = self.get_object(src_bucket_name, src_key_name, version_id=src_version_id)
    if start_byte is None or end_byte is None:
        return upload.set_part(part_id, source.value)
    if end_byte >= source.size:
        raise S3ClientError(
            "InvalidArgument",
            f"Range specified is not valid for source object of size: {source.size}",
        )
    return upload.set_part(part_id, source._value_buffer.part(start_byte, end_byte + 1))
