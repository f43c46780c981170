"""Where the data of a request lies."""

import re
from dataclasses import dataclass

CHECKPOINTS, REQUESTS = "checkpoints/", "requests/"
"""Folders of the data bucket that belong to no project; what lies in them expires by itself."""

NOT_PROJECTS = (CHECKPOINTS[:-1], REQUESTS[:-1])
"""Ids that a project cannot have."""

_URI = re.compile(r"s3://([^/]+)/(.*)", re.DOTALL)


class LocationError(ValueError):
    """The text names no place that a request may use; `fix` is the way out."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(rule)
        self.fix = fix


@dataclass(frozen=True, kw_only=True)
class Location:
    """An object, or with a key that ends in `/` all objects below it."""

    bucket: str
    key: str

    @property
    def is_prefix(self) -> bool:
        return self.key.endswith("/")

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def resolve(data: str, *, bucket: str, project_id: str, experiment_id: str) -> Location:
    """The place that `train.data` or `score.data` means.

    Args:
        data: relative to the experiment's folder, or a full URI inside the project.
        bucket: the environment's data bucket.
        project_id: the request's, checked.
        experiment_id: the request's, checked.

    Raises:
        LocationError: it lies elsewhere, or is not a plain key or prefix.
    """
    home = f"{project_id}/{experiment_id}/"
    key = home + data
    if "://" in data:
        match = _URI.fullmatch(data)
        if match is None or match[1] != bucket:
            raise LocationError(
                f"must lie in this environment's data bucket, {bucket}",
                f"Copy the data to s3://{bucket}/{home}data/ and write `data/...`.",
            )
        key = match[2]
        if not key.startswith(f"{project_id}/"):
            raise LocationError(
                f"must lie inside the project, below s3://{bucket}/{project_id}/",
                f"Copy the data to s3://{bucket}/{home}data/ and write `data/...`.",
            )
    _check(data, key)
    return Location(bucket=bucket, key=key)


def check(data: str) -> None:
    """The part of `resolve` that needs no environment.

    Raises:
        LocationError: it is not a plain key or prefix.
    """
    match = _URI.fullmatch(data)
    if "://" in data and match is None:
        raise LocationError(
            "must be a relative key or an s3:// URI", "Write, for instance, data/a.csv."
        )
    _check(data, match[2] if match else f"project/experiment/{data}")


def _check(data: str, key: str) -> None:
    parts = key.removesuffix("/").split("/")
    if data.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise LocationError(
            "must be a plain key: no leading slash, no empty part, no `.` or `..`",
            "Write, for instance, data/train.csv or data/train/.",
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in key):
        raise LocationError("must not have control characters", "Rename the object.")
    if len(parts) < 3:
        raise LocationError(
            "must be deeper than the experiment's own folder, which also holds models and runs",
            "Put the data into a folder of its own, as data/train/.",
        )
    if len(key.encode()) > 900:
        raise LocationError("must be shorter than 900 bytes in all", "Use shorter names.")
