"""What goes between S3 and a training job's folder: channels in, artifacts out, checkpoints both.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
"""

import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from .errors import JobFailedError
from .inputs import bucket_and_key, input_objects
from .jobs import Interrupt
from .training_rules import LOCAL_CHECKPOINTS


def model_uri(job: Mapping[str, Any]) -> str:
    """Where the model of a job goes."""
    return f"s3://{'/'.join(_output(job, 'model.tar.gz'))}"


def _output(job: Mapping[str, Any], file: str) -> tuple[str, str]:
    bucket, prefix = bucket_and_key(job["OutputDataConfig"]["S3OutputPath"])
    parts = (prefix.strip("/"), job["TrainingJobName"], "output", file)
    return bucket, "/".join(part for part in parts if part)


def lay_out(job: Mapping[str, Any], base: Path) -> None:
    """Make the folder that the container takes for /opt/ml, without the data.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    shutil.rmtree(base, ignore_errors=True)
    for folder in ("input/config", "input/data", "model", "output/data"):
        (base / folder).mkdir(parents=True)
    checkpoint_folder(job, base).mkdir(parents=True, exist_ok=True)
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": "File",
            "ContentType": channel.get("ContentType", ""),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        for channel in job.get("InputDataConfig", [])
    }
    kind = {"current_instance_type": job["ResourceConfig"]["InstanceType"]}
    for name, content in (
        ("hyperparameters", job.get("HyperParameters", {})),
        ("inputdataconfig", channels),
        ("resourceconfig", hosts | kind),
    ):
        (base / f"input/config/{name}.json").write_text(json.dumps(content), encoding="utf-8")


def download_channels(s3: Any, job: Mapping[str, Any], base: Path, *, interrupt: Interrupt) -> None:
    """Fetch every channel's objects; JobFailedError for what cannot be fetched."""
    for channel in job.get("InputDataConfig", []):
        folder = base / "input" / "data" / channel["ChannelName"]
        folder.mkdir()
        source = channel["DataSource"]["S3DataSource"]
        try:
            for item in input_objects(s3, source):
                interrupt.check()
                _download(s3, item.bucket, item.key, folder, item.relative)
        except ClientError as error:
            raise JobFailedError(
                f"ClientError: Data download failed: channel {channel['ChannelName']}: {error}"
            ) from error


def _download(s3: Any, bucket: str, key: str, folder: Path, relative: str) -> None:
    target = folder / relative
    if not target.resolve().is_relative_to(folder.resolve()):
        raise JobFailedError(
            f"ClientError: Data download failed: s3://{bucket}/{key} would be stored outside of "
            "its folder. Rename the object."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    s3.download_file(bucket, key, str(target))


def upload_artifacts(s3: Any, job: Mapping[str, Any], base: Path) -> None:
    """Store model.tar.gz, and output.tar.gz if the program left something in output/data."""
    key = job["OutputDataConfig"].get("KmsKeyId")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    for folder, name in (("model", "model.tar.gz"), ("output/data", "output.tar.gz")):
        files = sorted((base / folder).iterdir())
        if not files:
            continue
        archive = base.parent / name
        with tarfile.open(archive, "w:gz") as tar:
            for file in files:
                tar.add(file, file.name)
        s3.upload_file(str(archive), *_output(job, name), ExtraArgs=encryption)


def checkpoint_folder(job: Mapping[str, Any], base: Path) -> Path:
    """Where the program keeps its checkpoints: LocalPath below our /opt/ml."""
    local: str = job.get("CheckpointConfig", {}).get("LocalPath", LOCAL_CHECKPOINTS)
    return base / local.removeprefix("/opt/ml/")


class CheckpointSync:
    """Copies checkpoints to CheckpointConfig.S3Uri while a job runs, and back before it starts.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    A job without CheckpointConfig copies nothing; its folder is lost with its instance.
    """

    def __init__(self, s3: Any, job: Mapping[str, Any], base: Path) -> None:
        self._s3 = s3
        self._folder = checkpoint_folder(job, base)
        self._known: dict[str, tuple[int, int]] = {}
        self._where: tuple[str, str] | None = None
        if "CheckpointConfig" in job:
            bucket, prefix = bucket_and_key(job["CheckpointConfig"]["S3Uri"])
            self._where = bucket, f"{prefix.rstrip('/')}/" if prefix else ""

    def restore(self) -> None:
        """Fetch what earlier instances, or earlier jobs with the same S3Uri, left."""
        if self._where is None:
            return
        bucket, prefix = self._where
        for found in self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix
        ):
            for item in found.get("Contents", []):
                relative = item["Key"].removeprefix(prefix)
                if relative and not relative.endswith("/"):
                    _download(self._s3, bucket, item["Key"], self._folder, relative)
        self._known = self._states()

    def save(self) -> bool:
        """Store what is new or changed since the last time; whether anything was."""
        if self._where is None:
            return False
        bucket, prefix = self._where
        changed = False
        for name, state in self._states().items():
            if self._known.get(name) != state:
                try:
                    content = (self._folder / name).read_bytes()
                except FileNotFoundError:
                    continue  # a draft that has its final name by now
                self._s3.put_object(Bucket=bucket, Key=prefix + name, Body=content)
                self._known[name] = state
                changed = True
        return changed

    def _states(self) -> dict[str, tuple[int, int]]:
        states = {}
        for file in sorted(self._folder.rglob("*")):
            try:
                if file.is_file():
                    status = file.stat()
                    name = file.relative_to(self._folder).as_posix()
                    states[name] = (status.st_mtime_ns, status.st_size)
            except FileNotFoundError:
                continue
        return states
