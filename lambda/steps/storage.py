"""Reading and writing objects of the data bucket."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from steps import aws, errors
from steps.environment import Environment

_MISSING = frozenset(("NoSuchKey", "NoSuchVersion", "404", "NotFound"))
_NO_SUCH_VERSION = _MISSING | {"InvalidArgument", "400", "MethodNotAllowed", "405"}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An object as a listing shows it."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, kw_only=True)
class Head:
    """The first bytes of one version of an object.

    Attributes:
        sample: the bytes.
        size: of the whole object.
        version_id: of the version read; `null` for what was written before versioning was on.
        etag: of that version.
    """

    sample: bytes
    size: int
    version_id: str
    etag: str

    @property
    def complete(self) -> bool:
        return len(self.sample) == self.size


def listing(*, bucket: str, prefix: str) -> Iterator[Listed]:
    """The objects below a prefix, without the empty folder markers that consoles make."""
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            if not (item["Size"] == 0 and item["Key"].endswith("/")):
                yield Listed(key=item["Key"], size=item["Size"], etag=item["ETag"])


def read_head(*, bucket: str, key: str, length: int, version_id: str | None = None) -> Head | None:
    """The first bytes of an object that is not empty; None when there is no such version."""
    version = {"VersionId": version_id} if version_id else {}
    try:
        answer = aws.client("s3").get_object(
            Bucket=bucket, Key=key, Range=f"bytes=0-{length - 1}", **version
        )
    except ClientError as error:
        if errors.code_of(error) in (_NO_SUCH_VERSION if version_id else _MISSING):
            return None
        raise
    return Head(
        sample=answer["Body"].read(),
        size=int(answer["ContentRange"].rpartition("/")[2]),
        version_id=answer.get("VersionId", "null"),
        etag=answer["ETag"],
    )


def read_tail(*, bucket: str, key: str, length: int, version_id: str) -> bytes:
    """The last bytes of a version of an object; all of it when it has no more.

    Raises:
        ClientError: there is no such object or version.
    """
    answer = aws.client("s3").get_object(
        Bucket=bucket, Key=key, Range=f"bytes=-{length}", VersionId=version_id
    )
    tail: bytes = answer["Body"].read()
    return tail


def pieces(*, bucket: str, key: str, version_id: str | None = None) -> Iterator[bytes]:
    """An object's content, 1 MiB at a time.

    Raises:
        ClientError: there is no such object or version.
    """
    version = {"VersionId": version_id} if version_id else {}
    answer = aws.client("s3").get_object(Bucket=bucket, Key=key, **version)
    yield from answer["Body"].iter_chunks(1 << 20)


class Stream:
    """Pieces of bytes as a file that can only be read on, which is how boto3 takes an upload."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, empty at the end; all that is left when `size` is negative."""
        while size < 0 or len(self._rest) < size:
            piece = next(self._pieces, None)
            if piece is None:
                size = len(self._rest)
                break
            self._rest += piece
        told, self._rest = self._rest[:size], self._rest[size:]
        self.count += len(told)
        return told


def read_json(*, bucket: str, key: str) -> Any:
    """The JSON in an object; None when there is no such object."""
    try:
        answer = aws.client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if errors.code_of(error) in _MISSING:
            return None
        raise
    return json.loads(answer["Body"].read())


def write_json(
    env: Environment, *, key: str, content: Mapping[str, Any], replace: bool = True
) -> str:
    """Write JSON; returns the object's URI.

    Raises:
        ClientError: PreconditionFailed when there is such an object and `replace` is false.
    """
    aws.client("s3").put_object(
        **({} if replace else {"IfNoneMatch": "*"}),
        Bucket=env.data_bucket,
        Key=key,
        Body=json.dumps(content, indent=2, ensure_ascii=False).encode(),
        ContentType="application/json",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=env.key_arn,
    )
    return env.uri(key)
