"""S3: object bodies on disk, no access logs, bucket policies evaluated at the front door.

What moto lacks, and what stands here instead:
- it keeps bodies in memory: here they are files, one per content (blobs.py);
- parts of a multipart upload stay in memory for ever after it is completed;
- it lets a bucket's access log go to another only when that has its policy already, which AWS does
  not ask (its delivery fails instead);
- it takes Object Lock for an empty bucket only;
- it writes an access log object for every request, which here would be most of what there is;
- it evaluates bucket policies without their Conditions, so that the usual "deny what is not
  TLS" denies everything: what a caller may is decided before a request comes here
  (autolote/local/iam), and this evaluation is left out.
"""

import threading
import types
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3 import models
from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import FakeBucket, FakeKey, S3Backend

from autolote.local.aws.account import Account
from autolote.local.aws.blobs import Blob, Blobs
from autolote.local.aws.patches import original, put, replace


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
        "log_incoming_request",
        lambda self, request, bucket_name: None,
        signature="self, request, bucket_name",
    )
    replace(
        S3Backend,
        "put_object_lock_configuration",
        _configure_lock,
        signature="self, bucket_name, lock_enabled, mode, days, years",
    )
    complete = original(
        S3Backend,
        "complete_multipart_upload",
        signature="self, bucket_name, multipart_id, body",
    )

    def complete_and_let_go(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        key = complete(self, bucket_name, multipart_id, body)
        if key is not None:
            key.multipart = None
        return key

    put(S3Backend, "complete_multipart_upload", complete_and_let_go)


def _configure_lock(self: Any, bucket_name: str, lock_enabled: bool, *retention: Any) -> None:
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' to apply Object Lock")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    mode, days, years = retention or (None, None, None)
    bucket.default_lock_mode = mode
    bucket.default_lock_days, bucket.default_lock_years = days, years


def _state(self: Any) -> dict[str, Any]:
    return {name: value for name, value in self.__dict__.items() if name != "lock"}


def _restore(self: Any, state: dict[str, Any]) -> None:
    self.__dict__.update(state)
    self.lock = threading.Lock()
