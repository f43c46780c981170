"""The account's state on disk: one file, written whole, in the place of the last.

moto keeps everything in memory. Here all its backends that are in use go into one pickle, so that
an object two services hold is one object again when it is loaded; bodies of S3 objects are files
of their own (blobs.py). The file is written beside the old one, synced, and renamed over it: at
any moment there is a whole one.
"""

import logging
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import moto
from moto.core.base_backend import BackendDict

from autolote.local.aws import changes
from autolote.local.aws.blobs import Blob
from autolote.local.aws.gate import GATE
from autolote.local.aws.pickling import dump, service, services

logger = logging.getLogger(__name__)
VERSION = f"1, Python {sys.version_info.major}.{sys.version_info.minor}, moto {moto.__version__}"
QUIET = 0.5  # seconds between two writes, unless something ended


class Part(Protocol):
    """A plug-in with state of its own. `restore` or `resume` takes it back."""

    def snapshot(self) -> Any:
        """What is to be kept."""


class StateUnreadableError(RuntimeError):
    """The state file is of another version, or is damaged."""


class Keeper:
    """Writes the state when it has changed, reads it at start."""

    def __init__(self, *, home: Path, parts: Mapping[str, Any]) -> None:
        self._path = home / "state.pickle"
        self._parts = parts
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="state", daemon=True)
        self._loaded: Mapping[str, Any] | None = None

    def load(self) -> None:
        """Read the state, if there is one.

        Raises:
            StateUnreadableError: it cannot be used; the message says what to do.
        """
        if not self._path.exists():
            return
        try:
            with self._path.open("rb") as file:
                found = pickle.load(file)
        except Exception as error:
            # Whatever a pickle of an older program may raise, the way out is the same.
            raise StateUnreadableError(
                f"{self._path} cannot be read ({error!r}): move its folder away to begin anew"
            ) from error
        if found["version"] != VERSION:
            raise StateUnreadableError(
                f"{self._path} is of version {found['version']}, and this program reads "
                f"{VERSION}: move its folder away to begin anew"
            )
        for name, kept in found["services"].items():
            _restore(service(name), kept)
        self._loaded = found["parts"]
        self._parts["schedules"].restore(found["parts"]["schedules"])
        self._parts["cloudformation"].restore(found["parts"]["cloudformation"])
        Blob.store.keep_only(_blob_names())

    def start(self) -> None:
        """Begin to write; carry on with what was pending."""
        if self._loaded is not None:
            self._parts["pending"].resume(self._loaded["pending"])
        self._thread.start()

    def close(self) -> None:
        """Write once more and stop."""
        self._ended.set()
        changes.mark(now=True)
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self.write()

    def write(self) -> float:
        """Write the state now; returns the seconds for which nothing could change."""
        with self._lock:
            begun = time.monotonic()
            with GATE.read():
                content = dump(self._content)
            closed = time.monotonic() - begun
            unfinished = self._path.with_suffix(".tmp")
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return closed

    def _run(self) -> None:
        pause = QUIET
        while not self._ended.is_set():
            if not changes.wait(3600):
                continue
            changes.wait_urgent(pause)
            changes.clear()
            try:
                # The account stands still for a tenth of the time at most, however large it is.
                pause = max(QUIET, 10 * self.write())
            except Exception:
                logger.exception("the state could not be written; it is tried again")
                changes.mark()
            self._ended.wait(0.05)

    def _content(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "services": {name: _kept(found) for name, found in services()},
            "parts": {name: part.snapshot() for name, part in self._parts.items()},
        }


def _kept(service: BackendDict[Any]) -> dict[str, Any]:
    own = {name: value for name, value in vars(service).items() if isinstance(value, dict)}
    accounts = {account: dict(regions) for account, regions in list(service.items())}
    return {"accounts": accounts, "own": own}


def _restore(service: BackendDict[Any], kept: Mapping[str, Any]) -> None:
    vars(service).update(kept["own"])
    for account, regions in kept["accounts"].items():
        there = service[account]
        for region, backend in regions.items():
            dict.__setitem__(there, region, backend)


def _blob_names() -> Iterator[str]:
    """Every content that an object refers to."""
    for _, found in services():
        if found.service_name != "s3":
            continue
        for account in found.values():
            for backend in account.values():
                for bucket in backend.buckets.values():
                    yield from _bucket_blobs(bucket)


def _bucket_blobs(bucket: Any) -> Iterator[str]:
    keys = [key for found in bucket.keys.lists() for key in found[1]]
    for upload in bucket.multiparts.values():
        keys += upload.parts.values()
    for key in keys:
        buffer = getattr(key, "_value_buffer", None)
        if buffer is not None and buffer.name:
            yield buffer.name
