"""Processes that do a job's work: in a group of their own, logged, gone when we are."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")


class Process:
    """A command on a leash (leash.py), its output appended to a log file."""

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._log = log
        with log.open("ab") as output:
            self._start = output.tell()
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """None while the command runs; 128 + n after signal n."""
        return self._popen.poll()

    def stop(self, *, grace: float = 5.0) -> None:
        """End the whole group: SIGTERM, `grace` seconds to react, SIGKILL. Any number of times."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(grace)
        self._signal(signal.SIGKILL)  # also what the command left behind in its group
        self._popen.wait()
        if self._popen.stdin:
            self._popen.stdin.close()

    def last_words(self, *, lines: int = 5) -> str:
        """The last non-empty lines that the command wrote, joined by ' | '."""
        with self._log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._start, size - 8192))
            text = log.read().decode(errors="replace")
        written = [line.strip() for line in text.splitlines() if line.strip()]
        return " | ".join(written[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):  # EPERM: macOS, a group of zombies
            os.killpg(self._popen.pid, number)
