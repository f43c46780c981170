"""Records on disk: one JSON file for each resource, replaced as a whole at each change."""

import copy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class NameTakenError(Exception):
    """There is a record of this name already."""


class Store:
    """The records of one kind of resource, by name.

    A record is plain JSON. Writes go to a second file that then takes the first one's place, so
    a process killed at any moment leaves the old record or the new one, never half of one.
    Safe to use from several threads of ONE process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._records: dict[str, Record] = {}
        for path in sorted(folder.glob("*.json")):
            saved = json.loads(path.read_text(encoding="utf-8"))
            self._records[saved["name"]] = saved["record"]

    def create(self, name: str, record: Record, *, ignore_case: bool = False) -> None:
        """Add a record; NameTakenError if the name (in any case, if `ignore_case`) exists."""
        with self._lock:
            taken = self._records
            if name in taken or (ignore_case and name.lower() in {n.lower() for n in taken}):
                raise NameTakenError(name)
            self._write(name, record)

    def read(self, name: str) -> Record | None:
        """A copy of the record, None if there is none."""
        with self._lock:
            return copy.deepcopy(self._records.get(name))

    def all(self) -> list[Record]:
        """A copy of every record."""
        with self._lock:
            return [copy.deepcopy(record) for record in self._records.values()]

    def names(self) -> list[str]:
        with self._lock:
            return list(self._records)

    @contextmanager
    def change(self, name: str) -> Iterator[Record]:
        """Read, change and write one record with nobody in between; KeyError if it is not there.

        An exception in the body leaves the record as it was.
        """
        with self._lock:
            record = copy.deepcopy(self._records[name])
            yield record
            self._write(name, record)

    def delete(self, name: str) -> None:
        """Remove a record; KeyError if it is not there."""
        with self._lock:
            del self._records[name]
            self._path(name).unlink(missing_ok=True)

    def _write(self, name: str, record: Record) -> None:
        path = self._path(name)
        draft = path.with_name(path.name + ".draft")
        draft.write_text(json.dumps({"name": name, "record": record}, indent=1), encoding="utf-8")
        draft.replace(path)
        self._records[name] = copy.deepcopy(record)

    def _path(self, name: str) -> Path:
        # Resource names hold no underscore, so it can mark capitals (A and a must be two files on
        # file systems that ignore case too) and the slash between a domain and what is in it.
        plain = re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name)
        return self._folder / (plain.replace("/", "_-") + ".json")
