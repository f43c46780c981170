"""S3: object bodies on disk, copies as AWS makes them, bucket policies left alone.

What moto lacks, and what stands here instead:
- it keeps bodies in memory: here they are files, one per content (blobs.py);
- a part copied from a version is the whole object read into memory: here only its range is read,
  and a range beyond the object's end is refused;
- parts of a multipart upload stay in memory for ever after it is completed;
- it lets a bucket's access log go to another only when that has its policy already, which AWS does
  not ask (its delivery fails instead);
- it evaluates bucket policies without their Conditions, so that the usual "deny what is not
  TLS" denies everything: no bucket policy is evaluated here until an evaluator that knows
  Conditions is.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

import types
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, FakeKey, S3Backend

from autolote.local.aws.account import Account
from autolote.local.aws.blobs import Blob, Blobs
from autolote.local.aws.patches import replace


def install(account: Account) -> None:
    """Put our storage in the place of moto's."""
    blobs = Blobs(account.home / "blobs")
    Blob.store = blobs
    replace(models, "tempfile", types.SimpleNamespace(SpooledTemporaryFile=Blob))
    replace(FakeKey, "__getstate__", _state, signature="self")
    replace(FakeKey, "__setstate__", _restore, signature="self, state")
    replace(
        FakeBucket,
        "get_permission",
        lambda self, action, resource: PermissionResult.NEUTRAL,
        signature="self, action, resource",
    )
    replace(
        FakeBucket,
        "_log_permissions_enabled_policy",
        staticmethod(lambda target_bucket, target_prefix: True),
        signature="target_bucket, target_prefix",
    )
    replace(
        S3Backend,
        "upload_part_copy",
        _upload_part_copy,
        signature="self, dest_bucket_name, multipart_id, part_id, src_bucket_name, "
        "src_key_name, src_version_id, start_byte, end_byte",
    )
    complete = replace(
        S3Backend,
        "complete_multipart_upload",
        None,
        signature="self, bucket_name, multipart_id, body",
    )

    def complete_and_let_go(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        key = complete(self, bucket_name, multipart_id, body)
        if key is not None:
            key.multipart = None
        return key

    S3Backend.complete_multipart_upload = complete_and_let_go  # type: ignore[method-assign]


def _state(self: Any) -> dict[str, Any]:
    return {name: value for name, value in self.__dict__.items() if name != "lock"}


def _restore(self: Any, state: dict[str, Any]) -> None:
    self.__dict__.update(state)
    self.lock = models.threading.Lock()


def _upload_part_copy(
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
    upload = self.get_bucket(dest_bucket_name).multiparts[multipart_id]
    source = self.get_object(src_bucket_name, src_key_name, version_id=src_version_id)
    if start_byte is None or end_byte is None:
        return upload.set_part(part_id, source.value)
    if end_byte >= source.size:
        raise S3ClientError(
            "InvalidArgument",
            f"Range specified is not valid for source object of size: {source.size}",
        )
    with source.lock:
        return upload.set_part(part_id, source._value_buffer.part(start_byte, end_byte + 1))


