"""Models from S3: the pinned version, whole and undamaged, or a plain reason."""

import base64
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from container.checksums import verify
from container.download import RANGE_BYTES, download
from container.errors import DownloadError
from container.settings import S3Model
from tests.container import models
from tests.container.process import container

BUCKET = "models-bucket"
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "sa-east-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that answers like S3."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3(endpoint: str) -> Any:
    """A client, and a versioned bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="sa-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"}
    )
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return client


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """What boto3 reads in this process."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)


def source(key: str, version_id: str | None = None) -> S3Model:
    return S3Model(bucket=BUCKET, key=key, version_id=version_id, region="sa-east-1")


def test_the_container_serves_the_version_that_was_pinned(
    s3: Any, endpoint: str, tmp_path: Path
) -> None:
    """The object was replaced since; without a version the new one is served."""
    key = "p/e/model.txt"
    versions = []
    for objective in ("binary", "regression"):
        models.save(tmp_path / objective, {"objective": objective})
        body = (tmp_path / objective / "model.txt").read_bytes()
        versions.append(s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"])
    where = {**KEYS, "AWS_ENDPOINT_URL": endpoint, "MODEL_S3_BUCKET": BUCKET, "MODEL_S3_KEY": key}
    for pinned, served in ((versions[0], "binary sigmoid:1"), ("", "regression")):
        with container({**where, "MODEL_S3_VERSION_ID": pinned}, tmp_path) as running:
            running.wait(200)
            ready = running.events()[-1]
        assert (ready["message"], ready["objective"]) == ("ready", served)
        assert ready["model"] == f"s3://{BUCKET}/{key}"
        assert ready["version_id"] == (pinned or versions[1])


@pytest.mark.usefixtures("environment")
def test_a_large_object_is_put_together_from_ranges(s3: Any, tmp_path: Path) -> None:
    content = os.urandom(2 * RANGE_BYTES + 12345)
    put = s3.put_object(Bucket=BUCKET, Key="large", Body=content)
    fetched = download(source("large"), tmp_path / "model.txt")
    assert (tmp_path / "model.txt").read_bytes() == content
    assert (fetched.version_id, fetched.checked_by) == (put["VersionId"], "CRC-32")


@pytest.mark.usefixtures("environment")
def test_a_version_that_does_not_exist_is_an_error(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"tree")
    with pytest.raises(DownloadError, match="s3://models-bucket/once cannot be fetched"):
        download(source("once", "no-such-version"), tmp_path / "m")


CONTENT = b"tree\nversion=v4\n"
SHA = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
CRC = base64.b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()
WRONG = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("found", "checked"),
    [
        ({"ChecksumSHA256": SHA, "ETag": '"x"'}, "SHA-256"),
        ({"ChecksumCRC32": CRC, "ETag": '"x"'}, "CRC-32"),
        ({"ETag": f'"{MD5}"'}, "ETag"),
        ({"ETag": '"abc-2"', "ChecksumSHA256": "x-2", "ChecksumType": "COMPOSITE"}, "size"),
        ({"ETag": '"abc-2"', "ChecksumCRC32": "AAAAAA=="}, "size"),
        ({"ETag": '"abc-2"', "ChecksumCRC32": CRC, "ChecksumType": "FULL_OBJECT"}, "CRC-32"),
        ({"ETag": '"abc"', "ServerSideEncryption": "aws:kms"}, "size"),
        ({"ETag": '"abc"', "SSECustomerAlgorithm": "AES256"}, "size"),
    ],
)
def test_the_strongest_checksum_that_covers_the_whole_object_is_compared(
    tmp_path: Path, found: dict[str, Any], checked: str
) -> None:
    (tmp_path / "m").write_bytes(CONTENT)
    found = {"ContentLength": len(CONTENT), **found}
    assert verify(tmp_path / "m", found, "s3://b/m") == checked


def test_the_etag_of_an_object_in_parts_is_that_of_its_parts(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(CONTENT)
    digests = b"".join(hashlib.md5(part).digest() for part in (CONTENT[:10], CONTENT[10:]))
    found = {"ContentLength": len(CONTENT), "ETag": f'"{hashlib.md5(digests).hexdigest()}-2"'}
    assert verify(tmp_path / "m", found, "s3://b/m", part_bytes=10) == "ETag"
    assert verify(tmp_path / "m", found, "s3://b/m", part_bytes=5) == "size"
    (tmp_path / "m").write_bytes(CONTENT[::-1])
    with pytest.raises(DownloadError, match="its ETag is"):
        verify(tmp_path / "m", found, "s3://b/m", part_bytes=10)


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ({"ContentLength": 9, "ETag": '"x"'}, "came with 16 bytes, but S3 says 9"),
        ({"ChecksumSHA256": WRONG, "ETag": f'"{MD5}"'}, f"its SHA-256 is {SHA}, S3 says {WRONG}"),
        ({"ChecksumCRC32": "AAAAAA==", "ETag": f'"{MD5}"'}, "its CRC-32 is"),
        ({"ETag": '"0123"'}, f"its ETag is {MD5}, S3 says 0123"),
    ],
)
def test_a_damaged_model_is_never_loaded(tmp_path: Path, found: dict[str, Any], named: str) -> None:
    (tmp_path / "m").write_bytes(CONTENT)
    with pytest.raises(DownloadError, match="s3://b/m") as raised:
        verify(tmp_path / "m", {"ContentLength": len(CONTENT), **found}, "s3://b/m")
    assert named in str(raised.value)
