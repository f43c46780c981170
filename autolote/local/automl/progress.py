"""The worker's report of what it is doing: JSON lines, each written once in the life of a job."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Progress:
    """Appends to `progress.jsonl`. A stage or candidate that an earlier, interrupted run of the job
    reported is not reported again, so a reader never sees the job go back."""

    def __init__(self, path: Path) -> None:
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]  # a killed writer may leave half
        self._seen = {_key(json.loads(line)) for line in whole}
        self._file = path.open("ab")
        self._file.truncate(sum(map(len, whole)))

    def stage(self, name: str) -> None:
        """Report an AutoMLJobSecondaryStatus of the service model."""
        self._append({"stage": name})

    def candidate(self, candidate: Mapping[str, Any]) -> None:
        """Report a finished candidate; `name` identifies it."""
        self._append({"candidate": candidate})

    def _append(self, event: Mapping[str, Any]) -> None:
        if _key(event) in self._seen:
            return
        self._seen.add(_key(event))
        os.write(self._file.fileno(), json.dumps(event).encode() + b"\n")  # one call: one line


def _key(event: Mapping[str, Any]) -> str:
    return str(event["stage"] if "stage" in event else event["candidate"]["name"])
