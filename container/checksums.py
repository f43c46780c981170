"""Whether a downloaded model is the object that S3 holds."""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from container.errors import DownloadError

_PIECE = 1 << 20


def verify(path: Path, found: Mapping[str, Any], uri: str, *, part_bytes: int = 0) -> str:
    """Compare the file with the size and checksum of HeadObject; returns what was compared.

    An ETag is the MD5 of the content; of an object that was uploaded in parts it is the MD5 of the
    parts' MD5s. Neither holds where a KMS or customer key encrypts it
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html). A checksum of the whole
    object is preferred. Raises DownloadError on a difference.

    Args:
        part_bytes: the size of the first part, of an object that was uploaded in parts.
    """
    size = path.stat().st_size
    if size != found["ContentLength"]:
        raise DownloadError(f"{uri} came with {size} bytes, but S3 says {found['ContentLength']}")
    for name, expected, actual in _checksums(path, found, part_bytes):
        if expected != actual:
            raise DownloadError(f"{uri} is damaged: its {name} is {actual}, S3 says {expected}")
        return name
    return "size"


def _checksums(
    path: Path, found: Mapping[str, Any], part_bytes: int
) -> Iterator[tuple[str, str, str]]:
    """Name, S3's and the file's own checksum, the strongest first."""
    etag = found["ETag"].strip('"')
    # of an object that was uploaded in parts, a checksum may be one of the parts' checksums
    kind = "COMPOSITE" if "-" in etag else "FULL_OBJECT"
    whole = found.get("ChecksumType", kind) == "FULL_OBJECT"
    if whole and "ChecksumSHA256" in found:
        digest = base64.b64encode(_digest(path, "sha256").digest()).decode()
        yield "SHA-256", found["ChecksumSHA256"], digest
    if whole and "ChecksumCRC32" in found:
        digest = base64.b64encode(_crc32(path).to_bytes(4, "big")).decode()
        yield "CRC-32", found["ChecksumCRC32"], digest
    encryption = found.get("ServerSideEncryption", "AES256")
    if encryption != "AES256" or "SSECustomerAlgorithm" in found:
        return
    if "-" not in etag:
        yield "ETag", etag, _digest(path, "md5").hexdigest()
    elif part_bytes:
        digests = list(_digests_of_parts(path, part_bytes))
        if etag.endswith(f"-{len(digests)}"):  # else the parts were not of one size
            yield "ETag", etag, f"{_md5(b''.join(digests)).hexdigest()}-{len(digests)}"


def _digest(path: Path, name: str) -> "hashlib._Hash":
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(name, usedforsecurity=False))


def _digests_of_parts(path: Path, part_bytes: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(part_bytes):
            yield _md5(part).digest()


def _md5(content: bytes) -> "hashlib._Hash":
    return hashlib.md5(content, usedforsecurity=False)


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            crc = zlib.crc32(piece, crc)
    return crc
