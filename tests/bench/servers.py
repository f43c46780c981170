"""The servers that are measured, started as they would be in a container on this machine."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.bench.models import BENCH

ROOT = BENCH.parent
GUNICORN = BENCH / "venv" / "bin" / "gunicorn"
READY_SECONDS = 120
STOP_SECONDS = 10
PING = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of the servers compared. `variables` are what the environment has on top."""

    name: str
    label: str
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    flask: bool = False


CONTAINER = Kind(name="container", label="our container")
STAND_IN = Kind(
    name="lightgbm-1-thread",
    label="the same server, lightgbm's batch predict, 1 thread a request",
    variables={"SCORING_ENGINE": "lightgbm"},
)
FLASK = Kind(
    name="flask-gunicorn-pandas",
    label="Flask + gunicorn (2 workers) + pandas + lightgbm",
    flask=True,
)
AVX2 = Kind(
    name="container-avx2",
    label="our container held to AVX2",
    variables={"SCORING_INSTRUCTIONS": "avx2"},
)
PORTABLE = Kind(
    name="container-portable",
    label="our container held to portable instructions",
    variables={"SCORING_INSTRUCTIONS": "portable"},
)
KINDS = {kind.name: kind for kind in (CONTAINER, STAND_IN, FLASK, AVX2, PORTABLE)}


def possible(kind: Kind) -> bool:
    """Whether this machine has the instructions that the server is held to."""
    held = kind.variables.get("SCORING_INSTRUCTIONS")
    return held != "avx2" or "avx2" in Path("/proc/cpuinfo").read_text()


class NotServingError(Exception):
    """The server ended or was not ready in time; the message has the end of its log."""


class Server:
    """A running server: `port`, `process` (the root of its tree) and `start_seconds`, the time
    from its start to the first /ping that was answered with 200."""

    def __init__(self, kind: Kind, model: Path, *, payload_mb: int) -> None:
        """Start the server with a model and wait for it.

        `payload_mb` is what a transform job's MaxPayloadInMB would be. Raises NotServingError.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="autolote-bench-")
        folder = Path(self._folder.name)
        (folder / "model.txt").symlink_to(model)
        self._log = folder / "log.txt"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        started = time.perf_counter()
        self._child = self._start(kind, folder, payload_mb)
        self.process = self._child.pid
        try:
            self._wait(started)
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.perf_counter() - started

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, kind: Kind, folder: Path, payload_mb: int) -> "subprocess.Popen[bytes]":
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        if kind.flask:
            command = [str(GUNICORN), "--workers=2", "--timeout=600", f"--chdir={ROOT}"]
            command += [f"--bind=127.0.0.1:{self.port}", "tests.bench.flask_app:app"]
            variables = {"MODEL_FILE": str(folder / "model.txt")}
        else:
            command = [sys.executable, str(ROOT / "container" / "serve.py"), "serve"]
            variables = {
                "SM_MODEL_DIR": str(folder),
                "BIND_ADDRESS": "127.0.0.1",
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(payload_mb),
            }
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                env={**kept, **variables, **kind.variables},
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that close() reaches gunicorn's workers
            )

    def _wait(self, started: float) -> None:
        while not self._ready():
            ended = self._child.poll() is not None
            if ended or time.perf_counter() - started > READY_SECONDS:
                reason = "ended" if ended else f"was not ready after {READY_SECONDS} s"
                raise NotServingError(f"the server {reason}; its log ends:\n{self.log()[-1500:]}")
            time.sleep(0.001)

    def _ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=READY_SECONDS) as ping:
                ping.sendall(PING)
                return ping.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def log(self) -> str:
        """What the server has written so far."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """Stop the whole tree, politely first."""
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self._child.pid, signal.SIGTERM)
            self._child.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._folder.cleanup()
