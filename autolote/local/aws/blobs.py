"""Object bodies on disk, one file per content: written once, never changed, shared by copies."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

SMALL = 4096  # bytes; smaller bodies are kept with the rest of the state


class Blobs:
    """A folder of files named by the SHA-256 of what is in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Keep a content; returns its name. On disk, for good, when this returns."""
        name = hashlib.sha256(content).hexdigest()
        path = self.path(name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            unfinished = path.with_name(f"{name}.{uuid.uuid4().hex}.tmp")
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        return name

    def path(self, name: str) -> Path:
        """The file of a content."""
        return self._folder / name[:2] / name

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete every file that is not one of these; only while nothing is being put."""
        kept = set(names)
        for path in self._folder.glob("??/*"):
            if path.name not in kept:
                path.unlink(missing_ok=True)


class Blob:
    """Stands for the temporary file that moto keeps an object's body in."""

    store: ClassVar[Blobs]

    def __init__(self, max_size: int = 0) -> None:
        self._small: bytes | None = b""
        self.name: str | None = None
        self._place = 0

    def write(self, content: bytes) -> int:
        """The whole body: moto writes it once."""
        if len(content) < SMALL:
            self._small, self.name = bytes(content), None
        else:
            self._small, self.name = None, self.store.put(content)
        self._place = len(content)
        return len(content)

    def read(self, size: int = -1) -> bytes:
        """From where the last read ended."""
        piece = self.part(self._place, None if size < 0 else self._place + size)
        self._place += len(piece)
        return piece

    def part(self, start: int, end: int | None) -> bytes:
        """The bytes from `start` up to and without `end`."""
        if self._small is not None:
            return self._small[start:end]
        with self.store.path(str(self.name)).open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else max(0, end - start))

    def seek(self, place: int) -> int:
        """Where the next read begins."""
        self._place = place
        return place

    def truncate(self) -> int:
        """moto empties a body before it writes another."""
        self._small, self.name = b"", None
        return 0

    def close(self) -> None:
        """Nothing is open. The file stays: another object may have the same content."""

    def __getstate__(self) -> dict[str, Any]:
        return {"_small": self._small, "name": self.name, "_place": 0}
