"""One object of a transform job: split, scored in order, assembled, stored as a whole."""

import gzip
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from .containers import Instance
from .inputs import InputObject, bucket_and_key
from .invocations import ClientConfig
from .jobs import Interrupt
from .processing import DataProcessing
from .records import Stream, assembled, payloads

_MB = 1024 * 1024
_STRATEGIES = {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How requests are made: the request decides, else the container, else the default.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
    (MaxConcurrentTransforms 1, MULTI_RECORD, 6 MB; 0 concurrent transforms count as not given).
    """

    concurrent: int
    strategy: str
    payload_mb: int

    @classmethod
    def resolve(cls, job: Mapping[str, Any], container: Mapping[str, Any]) -> "Settings":
        said = {
            "concurrent": container.get("MaxConcurrentTransforms"),
            "payload": container.get("MaxPayloadInMB"),
        }
        offered = {name: n for name, n in said.items() if isinstance(n, int) and n > 0}
        strategy = _STRATEGIES.get(str(container.get("BatchStrategy")), "MultiRecord")
        return cls(
            concurrent=job.get("MaxConcurrentTransforms") or offered.get("concurrent", 1),
            strategy=job.get("BatchStrategy", strategy),
            payload_mb=job.get("MaxPayloadInMB", offered.get("payload", 6)),
        )


class Lane:
    """One instance at work: as many requests in flight as MaxConcurrentTransforms allows.

    They may belong to several objects, so that many small objects keep the instance as busy as a
    large one does. `room` bounds the payloads read but not yet written, and so the memory.
    """

    def __init__(self, instance: Instance, settings: Settings) -> None:
        self.instance = instance
        self.settings = settings
        self.requests = ThreadPoolExecutor(settings.concurrent, thread_name_prefix="request")
        self.room = threading.Semaphore(2 * settings.concurrent)

    def close(self) -> None:
        """Stop the model servers, which ends every request, and wait for the threads."""
        self.instance.stop()
        self.requests.shutdown(cancel_futures=True)


@dataclass(frozen=True, kw_only=True)
class ObjectTransform:
    """How the job transforms each of its objects."""

    s3: Any
    job: Mapping[str, Any]  # as DescribeTransformJob answers
    processing: DataProcessing
    client_config: ClientConfig
    interrupt: Interrupt
    folder: Path

    def run(self, lane: Lane, item: InputObject) -> None:
        """Score the object and store `<relative key>.out`, if all of it was scored.

        Raises what made it fail: ClientError (botocore), InvocationError, PayloadTooLargeError,
        RecordError, OSError for broken gzip, ServerDiedError, or what the interrupt says.
        """
        spool = self.folder / f"{threading.get_ident()}.out"
        try:
            with spool.open("wb") as output:
                self._score(lane, item, output)
            self.interrupt.check()
            bucket, key = self.output_of(item)
            self.s3.upload_file(str(spool), bucket, key, ExtraArgs=self._encryption())
        finally:
            spool.unlink(missing_ok=True)

    def output_of(self, item: InputObject) -> tuple[str, str]:
        """Bucket and key of the object's output."""
        bucket, prefix = bucket_and_key(self.job["TransformOutput"]["S3OutputPath"])
        folder = prefix.rstrip("/") + "/" if prefix else ""
        return bucket, f"{folder}{item.relative}.out"

    def _score(self, lane: Lane, item: InputObject, output: IO[bytes]) -> None:
        source = self.job["TransformInput"]
        body = self.s3.get_object(Bucket=item.bucket, Key=item.key)["Body"]
        waiting: deque[Future[bytes]] = deque()

        def write_first() -> None:
            try:
                output.write(waiting[0].result())
            finally:
                waiting.popleft()
                lane.room.release()

        try:
            for payload in payloads(
                _decompressed(body, source["CompressionType"]),
                split=source["SplitType"] == "Line",
                single=lane.settings.strategy == "SingleRecord",
                limit=lane.settings.payload_mb * _MB,
            ):
                self.interrupt.check()
                # Whoever waits for room while holding some would wait for himself.
                while not lane.room.acquire(blocking=not waiting):
                    write_first()
                waiting.append(lane.requests.submit(self._prediction, lane, payload))
            while waiting:
                write_first()
        finally:
            body.close()
            for future in waiting:
                future.cancel()
                future.add_done_callback(lambda _: lane.room.release())

    def _prediction(self, lane: Lane, payload: bytes) -> bytes:
        def score(body: bytes) -> bytes:
            return lane.instance.invoke(
                body,
                content_type=self.job["TransformInput"].get("ContentType"),
                accept=self.job["TransformOutput"].get("Accept"),
                config=self.client_config,
                interrupt=self.interrupt,
            )

        answer = self.processing.run(payload, score) if self.processing.needed else score(payload)
        return assembled(answer, by_line=self.job["TransformOutput"]["AssembleWith"] == "Line")

    def _encryption(self) -> dict[str, str]:
        key = self.job["TransformOutput"]["KmsKeyId"]
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


def _decompressed(body: Stream, compression: str) -> Stream:
    if compression == "Gzip":
        return gzip.GzipFile(fileobj=cast(IO[bytes], body))
    return body
