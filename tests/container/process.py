"""Runs the real container program and talks to it over real HTTP."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.container.cases import CSV

PROGRAM = Path(__file__).parents[2] / "container" / "serve.py"


class Container:
    """A running container program."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, argument: str, program: Path
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        variables = {
            "PATH": os.environ["PATH"],
            "BIND_ADDRESS": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            **environment,
        }
        self._log = log
        with log.open("wb") as output:
            command = [sys.executable, str(program), argument]
            # another folder, as in the image: nothing may depend on where the program is started
            self.process = subprocess.Popen(
                command, env=variables, stdout=output, stderr=output, cwd=log.parent
            )

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = CSV
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """Status, text and headers of the answer to one request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """A connection that was not used yet."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def wait(self, status: int, seconds: float = 30) -> str:
        """Wait until /ping answers with this status; returns its text."""
        deadline = time.monotonic() + seconds
        answer: object = None
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                code, text, _ = self.request("GET", "/ping")
                if code == status:
                    return text
                answer = code, text
            except OSError as error:
                answer = error
            time.sleep(0.02)
        raise AssertionError(
            f"/ping never answered {status}, but {answer}: {self._log.read_text()}"
        )

    def events(self) -> list[dict[str, object]]:
        """The log: every line is a JSON object."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def ended(self, seconds: float = 30) -> tuple[int, str]:
        """The exit status of the process and the message of its last log line."""
        status = self.process.wait(seconds)
        return status, str(self.events()[-1]["message"])


@contextmanager
def container(
    environment: Mapping[str, str],
    folder: Path,
    *,
    argument: str = "serve",
    program: Path = PROGRAM,
) -> Iterator[Container]:
    """Start the program; it is killed at the end if it still runs."""
    started = Container(environment, folder / "container.log", argument, program)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
