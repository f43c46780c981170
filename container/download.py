"""A model from S3: one pinned version, in parallel ranges, checked.

`python -m container.download SOURCE TARGET` does it in a process of its own, see `fetching`: SOURCE
is an S3Model as JSON, TARGET the file to write; the result is one JSON object on standard output.
"""

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from container.checksums import verify
from container.errors import DownloadError
from container.settings import S3Model

RANGE_BYTES = 8 << 20
PIECE_BYTES = 1 << 18
WORKERS = 8
ATTEMPTS = 3

ADVICE = {
    "404": "it does not exist; check MODEL_S3_KEY and MODEL_S3_VERSION_ID",
    "403": "access is denied; the model's role needs s3:GetObject on it (s3:GetObjectVersion for a "
    "pinned version, kms:Decrypt where the bucket has a KMS key). Without s3:ListBucket on the "
    "bucket an object that does not exist looks the same",
    "412": "it was replaced while it was fetched; set MODEL_S3_VERSION_ID",
}


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """What was fetched: the version (None in an unversioned bucket), and by what it was checked."""

    version_id: str | None
    checked_by: str


def download(source: S3Model, target: Path) -> Downloaded:
    """Fetch the object to `target`.

    Raises DownloadError when it is missing, forbidden or not what S3 says it is.
    """
    config = Config(
        region_name=source.region,
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=WORKERS,
        retries={"mode": "standard", "max_attempts": 5},
        response_checksum_validation="when_required",  # ranges: the whole is checked in the end
    )
    try:
        client = boto3.client("s3", config=config)
        where = {"Bucket": source.bucket, "Key": source.key}
        if source.version_id is not None:
            where["VersionId"] = source.version_id
        found = client.head_object(**where, ChecksumMode="ENABLED")
        version_id: str | None = found.get("VersionId")
        if version_id is not None:
            where["VersionId"] = version_id
        part_bytes = 0
        if "-" in found["ETag"]:
            part_bytes = int(client.head_object(**where, PartNumber=1)["ContentLength"])
        where["IfMatch"] = found["ETag"]  # without versioning, the object could change under us
        size = int(found["ContentLength"])
        _Fetch(client=client, where=where, size=size, target=target).run()
    except ClientError as error:
        raise DownloadError(f"{source.uri} cannot be fetched: {_reason(error, source)}") from error
    except (BotoCoreError, OSError) as error:
        raise DownloadError(
            f"{source.uri} cannot be fetched: {error}. A container with network isolation, or in "
            "a VPC without an endpoint for S3, reaches no bucket: use ModelDataUrl there"
        ) from error
    checked = verify(target, found, source.uri, part_bytes=part_bytes)
    return Downloaded(version_id=version_id, checked_by=checked)


def _reason(error: ClientError, source: S3Model) -> str:
    """What S3's refusal means. HeadObject has no body, so that often only the status is known
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)."""
    answer = error.response.get("ResponseMetadata", {})
    region = answer.get("HTTPHeaders", {}).get("x-amz-bucket-region", source.region)
    if region != source.region:
        return f"its bucket is in {region}, but AWS_REGION is {source.region}"
    return ADVICE.get(str(answer.get("HTTPStatusCode")), str(error))


@dataclass(frozen=True, kw_only=True)
class _Fetch:
    """Writes the ranges of one object to `target` in parallel."""

    client: Any
    where: Mapping[str, str]
    size: int
    target: Path

    def run(self) -> None:
        """Fetch all ranges; raises the error of a range that failed for good."""
        with self.target.open("wb") as file:
            file.truncate(self.size)
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                list(pool.map(self._range, range(0, self.size, RANGE_BYTES)))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _range(self, start: int) -> None:
        """Fetch the range that begins at `start`; a broken connection is tried again."""
        wanted = min(RANGE_BYTES, self.size - start)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._stream(start, wanted) == wanted:
                    return
            except Exception:
                if attempt == ATTEMPTS:
                    raise
        raise OSError(f"bytes from {start} came short {ATTEMPTS} times")

    def _stream(self, start: int, wanted: int) -> int:
        """Write `wanted` bytes from `start` on; returns how many came."""
        bounds = f"bytes={start}-{start + wanted - 1}"
        answer = self.client.get_object(**self.where, Range=bounds)
        came = 0
        with self.target.open("r+b") as file:
            file.seek(start)
            for piece in answer["Body"].iter_chunks(PIECE_BYTES):
                came += file.write(piece)
        return came


def main(source: str, target: str) -> None:
    """Download, and say how it went."""
    try:
        result = asdict(download(S3Model(**json.loads(source)), Path(target)))
    except DownloadError as error:
        result = {"error": str(error)}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
