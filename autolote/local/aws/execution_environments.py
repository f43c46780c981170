"""Lambda execution environments: one process per concurrent invocation, idle ones used again.

AWS keeps an environment after an invocation and gives it the next one, so code outside the
handler runs once; an environment that timed out or died is thrown away.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
IDLE_LIMIT = 6  # each holds some 50 MB, most of it the SDK


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one invocation: `result` (JSON text) or `failure`, and what was printed."""

    result: str | None
    failure: Mapping[str, Any] | None
    log: str


class ExecutionEnvironment:
    """One process that has loaded one version of one function."""

    def __init__(self, *, variables: Mapping[str, str], task_root: Path, stream: str) -> None:
        self.stream = stream  # every environment writes a log stream of its own
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process)
        reader, writer = os.pipe()
        self._answers = os.fdopen(reader, "rb", buffering=0)
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(BOOTSTRAP)],
            cwd=task_root,
            env={**variables, "_ANSWER_FD": str(writer)},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[writer],
            start_new_session=True,
        )
        os.close(writer)

    def invoke(self, request: Mapping[str, Any], *, timeout: float) -> Outcome:
        """Run one event; a dead or late process is answered with Lambda's own wording."""
        request_id = request["request_id"]
        start = self._log.seek(0, os.SEEK_END)
        deadline = time.monotonic() + timeout
        line = b""
        with contextlib.suppress(BrokenPipeError):
            self._send(request)
            line = self._answer(deadline)
        if line.endswith(b"\n"):
            answer = json.loads(line)
            return Outcome(
                result=answer.get("result"), failure=answer.get("failure"), log=self._since(start)
            )
        late = time.monotonic() >= deadline
        code = None if late else self._process.wait(timeout=5)
        self.end()
        if late:
            failure = {
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"RequestId: {request_id} Error: "
                f"Task timed out after {timeout:.2f} seconds",
            }
        else:
            failure = {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"RequestId: {request_id} Error: Runtime exited {_how(code)}",
            }
        return Outcome(result=None, failure=failure, log=self._since(start))

    @property
    def alive(self) -> bool:
        """Whether the next event can be given to it."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._answers.close()

    def _send(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def _answer(self, deadline: float) -> bytes:
        """One line, or what there is of it when the process died or the time is over."""
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                break
            piece = self._answers.read(65536)
            if not piece:
                break
            line += piece
        return line

    def _since(self, start: int) -> str:
        self._log.seek(start)
        return self._log.read().decode("utf-8", errors="replace")


class Pool:
    """All execution environments of the account, by the version of the function they loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[str, ExecutionEnvironment]] = []
        self._busy: set[ExecutionEnvironment] = set()
        self._closed = False

    def take(self, version: str, start: Callable[[], ExecutionEnvironment]) -> ExecutionEnvironment:
        """An idle environment of this version, or a new one."""
        with self._lock:
            for place, (held, environment) in reversed(list(enumerate(self._idle))):
                if held == version and environment.alive:
                    del self._idle[place]
                    self._busy.add(environment)
                    return environment
        made = start()
        with self._lock:
            self._busy.add(made)
        return made

    def give_back(self, version: str, environment: ExecutionEnvironment) -> None:
        """Keep it for the next event; the longest unused ones are ended."""
        with self._lock:
            self._busy.discard(environment)
            if environment.alive and not self._closed:
                self._idle.append((version, environment))
            surplus = self._idle[:-IDLE_LIMIT]
            self._idle = self._idle[-IDLE_LIMIT:]
        for _, old in surplus:
            old.end()

    def close(self) -> None:
        """End every environment."""
        with self._lock:
            self._closed = True
            everything = [environment for _, environment in self._idle] + list(self._busy)
            self._idle, self._busy = [], set()
        for environment in everything:
            environment.end()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"with error: signal: {signal.Signals(-code).name}"
    if code == 0:
        return "without providing a reason"
    return f"with error: exit status {code}"
