"""The images that were built here: what the registry holds of them, and their files."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.models import ecr_backends

from autolote.local.aws.account import Account

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


class Images:
    """Files of images below `images/` of the account's folder, a folder for each digest."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._folder = account.home / "images"

    def draft(self, name: str) -> Path:
        """An empty folder to build in, on the same disk."""
        folder = self._folder / f"draft-{name}"
        folder.mkdir(parents=True)
        return folder

    def keep(self, tree: Path, *, entrypoint: Sequence[str], tag: str) -> tuple[str, str]:
        """Take over the tree of an image; returns its manifest and its digest.

        https://github.com/opencontainers/image-spec/blob/main/manifest.md
        """
        config = json.dumps({"config": {"Entrypoint": list(entrypoint)}, "tag": tag}).encode()
        digest, size = _content(tree)
        layer = {"mediaType": _LAYER, "digest": digest, "size": size}
        own = {"mediaType": _CONFIG, "digest": _sha256(config), "size": len(config)}
        manifest = json.dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST, "config": own, "layers": [layer]}
        )
        name = _sha256(manifest.encode())
        place = self._place(name)
        if not place.exists():
            place.mkdir(parents=True)
            tree.rename(place / "root")
            (place / "entrypoint.json").write_text(json.dumps(list(entrypoint)), encoding="utf-8")
        return manifest, name

    def program(self, image: str) -> Path:
        """The program that an image's entry point starts.

        Args:
            image: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`, then `:<tag>` or
                `@<digest>`.

        Raises:
            LookupError: there is no such image; the message says how it comes about.
        """
        registry, _, path = image.partition("/")
        repository, _, digest = path.partition("@")
        repository, _, tag = repository.partition(":")
        wanted = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
        host = f"{self._account.account_id}.dkr.ecr.{self._account.region}."
        if not registry.startswith(host):
            raise LookupError(f"{image} is not in the registry of this account, {host}...")
        backend: Any = ecr_backends[self._account.account_id][self._account.region]
        try:
            [found] = backend.describe_images(repository, image_ids=[wanted])
        except ServiceException as error:
            raise LookupError(
                f"there is no image {image} ({error.message}). The deployment builds it "
                "(stack autolote-<environment>-image)"
            ) from error
        place = self._place(found.get_image_digest())
        if not place.exists():
            raise LookupError(f"{image} was not built in this account: its files are not here")
        entrypoint = json.loads((place / "entrypoint.json").read_text("utf-8"))
        return place / "root" / str(entrypoint[-1]).lstrip("/")

    def _place(self, digest: str) -> Path:
        return self._folder / digest.removeprefix("sha256:")


def _content(tree: Path) -> tuple[str, int]:
    """A digest of all files, their names and their places, and how many bytes they have."""
    total, digest = 0, hashlib.sha256()
    for file in sorted(path for path in tree.rglob("*") if path.is_file()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(tree)}\0{len(content)}\0".encode())
        digest.update(content)
        total += len(content)
    return f"sha256:{digest.hexdigest()}", total


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
