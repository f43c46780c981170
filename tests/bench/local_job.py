"""A transform job's work without an account: the local SageMaker's own splitting, requests and
assembling, against any server of the bench, from a file to a file."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from autolote.local.sagemaker.containers import Instance
from autolote.local.sagemaker.inputs import InputObject
from autolote.local.sagemaker.invocations import ClientConfig, Endpoint
from autolote.local.sagemaker.jobs import Interrupt
from autolote.local.sagemaker.transform_objects import Lane, ObjectTransform, Settings
from autolote.local.sagemaker.transform_rules import data_processing
from tests.bench import processes
from tests.bench.models import model_path
from tests.bench.servers import Kind, Server

PAYLOAD_MB = 6
CONCURRENT = 2
JOB = {
    "DataProcessing": {},
    "TransformInput": {
        "ContentType": "text/csv",
        "CompressionType": "None",
        "SplitType": "Line",
    },
    "TransformOutput": {
        "S3OutputPath": "s3://out/",
        "Accept": "text/csv",
        "AssembleWith": "Line",
        "KmsKeyId": "",
    },
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a job took, from its first byte read to its last one written; MB are 2^20 bytes."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    start_seconds: float


class _Files:
    """The two calls of S3 that a job makes for an object, on the files of two folders."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = source
        self._target = target

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, IO[bytes]]:  # noqa: N803 (boto3's)
        """Open a file."""
        return {"Body": (self._source / Key).open("rb")}

    def upload_file(self, path: str, bucket: str, key: str, **_: Any) -> None:
        """Keep a copy of a file."""
        shutil.copyfile(path, self._target / key)


class _Served:
    """A server of the bench where the local SageMaker expects a container of its own."""

    def __init__(self, server: Server) -> None:
        self.endpoint = Endpoint(server.port, died=lambda: None)

    def stop(self) -> None:
        """The bench stops it."""


def run(kind: Kind, *, model: str, source: Path, target: Path, names: Sequence[str]) -> Done:
    """Score every source/name into target/name.out, with 6 MB payloads, two at a time."""
    with Server(kind, model_path(model), payload_mb=PAYLOAD_MB) as server:
        served: Any = _Served(server)
        settings = Settings(concurrent=CONCURRENT, strategy="MultiRecord", payload_mb=PAYLOAD_MB)
        lane = Lane(Instance([served]), settings)
        transform = ObjectTransform(
            s3=_Files(source, target),
            job=JOB,
            processing=data_processing(JOB),
            client_config=ClientConfig(),
            interrupt=Interrupt(),
            folder=target,
        )
        cpu, started = processes.cpu_seconds(server.process), time.perf_counter()
        for name in names:
            transform.run(lane, InputObject(bucket="in", key=name, relative=name))
        seconds = time.perf_counter() - started
        done = Done(
            seconds=seconds,
            cpu_seconds=processes.cpu_seconds(server.process) - cpu,
            peak_mb=processes.peak_mb(server.process),
            start_seconds=server.start_seconds,
        )
        lane.close()
    return done
