"""The time budget of one job, which goes on counting where an interrupted run of it stopped."""

import json
import time
from pathlib import Path

from autolote.local.automl.files import write_atomically


class Clock:
    """Seconds of wall time since the job's first start, time during which it was down left out.

    What was used is written to `path` about once a second while models are trained; a job that is
    killed gets back what it used since then.
    """

    def __init__(self, path: Path, *, budget: float, started: float) -> None:
        self.budget = budget
        self._path = path
        self._before = json.loads(path.read_text())["used_seconds"] if path.exists() else 0.0
        self._started = started
        self._written = started

    @property
    def used(self) -> float:
        """Seconds used so far."""
        return float(self._before + time.monotonic() - self._started)

    @property
    def left(self) -> float:
        """Seconds left of the budget; negative when it is exceeded."""
        return self.budget - self.used

    def note(self) -> None:
        """Write down what was used, unless that was done a moment ago."""
        if time.monotonic() - self._written >= 1:
            self.save()

    def save(self) -> None:
        """Write down what was used."""
        self._written = time.monotonic()
        write_atomically(self._path, json.dumps({"used_seconds": self.used}))
