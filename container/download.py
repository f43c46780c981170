"""A model from S3: one pinned version, in parallel ranges, checked, and given up on SIGTERM."""

import base64
import hashlib
import logging
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from container.logs import event
from container.settings import S3Model

log = logging.getLogger(__name__)

RANGE_BYTES = 8 << 20
PIECE_BYTES = 1 << 18
WORKERS = 8
ATTEMPTS = 3


class DownloadError(Exception):
    """The model cannot be fetched; the message names the object and the reason."""


class CancelledError(Exception):
    """The container was asked to stop."""


def download(source: S3Model, target: Path, *, stop: threading.Event) -> str | None:
    """Fetch the object to `target` and return its version id (None in an unversioned bucket).

    Raises DownloadError when it is missing, forbidden or not what S3 says it is, and CancelledError
    as soon as `stop` is set.
    """
    # Imported here because it takes half a second; the port is open by now.
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

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
        where["IfMatch"] = found["ETag"]  # without versioning, the object could change under us
        size = int(found["ContentLength"])
        _Fetch(client=client, where=where, size=size, target=target, stop=stop).run()
    except (BotoCoreError, ClientError, OSError) as error:
        raise DownloadError(f"{source.uri} cannot be fetched: {error}") from error
    checked = verify(target, found, source.uri)
    event(log, "model fetched", uri=source.uri, version_id=version_id, checked_by=checked)
    return version_id


@dataclass(frozen=True, kw_only=True)
class _Fetch:
    """Writes the ranges of one object to `target` in parallel."""

    client: Any
    where: Mapping[str, str]
    size: int
    target: Path
    stop: threading.Event
    failed: threading.Event = field(default_factory=threading.Event)
    errors: list[Exception] = field(default_factory=list)

    def run(self) -> None:
        """Fetch all ranges; raises the error of a range that failed for good."""
        with self.target.open("wb") as file:
            file.truncate(self.size)
        starts = SimpleQueue[int]()
        for start in range(0, self.size, RANGE_BYTES):
            starts.put(start)
        # daemons: a connection that hangs must not hold up the end of the process
        workers = [
            threading.Thread(target=self._work, args=(starts,), daemon=True)
            for _ in range(min(WORKERS, starts.qsize()))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self._check_stop()
        for error in self.errors:
            raise error

    def _work(self, starts: "SimpleQueue[int]") -> None:
        """Fetch ranges until none is left."""
        try:
            while not self.failed.is_set():
                self._range(starts.get_nowait())
        except (Empty, CancelledError):
            return
        except Exception as error:
            self.errors.append(error)
            self.failed.set()

    def _range(self, start: int) -> None:
        """Fetch the range that begins at `start`; a broken connection is tried again."""
        wanted = min(RANGE_BYTES, self.size - start)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if self._stream(start, wanted) == wanted:
                    return
            except CancelledError:
                raise
            except Exception:
                if attempt == ATTEMPTS:
                    raise
        raise OSError(f"bytes from {start} came short {ATTEMPTS} times")

    def _stream(self, start: int, wanted: int) -> int:
        """Write `wanted` bytes from `start` on; returns how many came."""
        self._check_stop()
        bounds = f"bytes={start}-{start + wanted - 1}"
        answer = self.client.get_object(**self.where, Range=bounds)
        came = 0
        with self.target.open("r+b") as file:
            file.seek(start)
            for piece in answer["Body"].iter_chunks(PIECE_BYTES):
                self._check_stop()
                came += file.write(piece)
        return came

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise CancelledError


def verify(path: Path, found: Mapping[str, Any], uri: str) -> str:
    """Compare the file with the size and checksum of HeadObject; returns what was compared.

    An ETag is the MD5 of the content unless the object was uploaded in parts or is encrypted with a
    KMS or customer key (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html). A
    checksum of the whole object is preferred. Raises DownloadError on a difference.
    """
    content = path.read_bytes()
    if len(content) != found["ContentLength"]:
        raise DownloadError(
            f"{uri} came with {len(content)} bytes, but S3 says {found['ContentLength']}"
        )
    for name, expected, actual in _checksums(content, found):
        if expected != actual:
            raise DownloadError(f"{uri} is damaged: its {name} is {actual}, S3 says {expected}")
        return name
    return "size"


def _checksums(content: bytes, found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    whole = found.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
    pairs: list[tuple[str, str, str]] = []
    if whole and "ChecksumSHA256" in found:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        pairs.append(("SHA-256", found["ChecksumSHA256"], digest))
    if whole and "ChecksumCRC32" in found:
        digest = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
        pairs.append(("CRC-32", found["ChecksumCRC32"], digest))
    etag = found["ETag"].strip('"')
    encryption = found.get("ServerSideEncryption", "AES256")
    if "-" not in etag and encryption == "AES256" and "SSECustomerAlgorithm" not in found:
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        pairs.append(("ETag", etag, digest))
    return pairs
