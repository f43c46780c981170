"""What tests of training jobs share: requests' parts, the statuses a job passed, its artifacts."""

import io
import tarfile
from typing import Any

from .account import BUCKET, Account

SCRIPT = {"TrainingImage": "script", "TrainingInputMode": "File"}
ONE_GO = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def passed(job: Any) -> list[str]:
    return [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def archive(account: Account, uri: str) -> dict[str, bytes]:
    """The files of a tar.gz in S3."""
    key = uri.removeprefix(f"s3://{BUCKET}/")
    content = account.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
