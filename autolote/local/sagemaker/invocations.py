"""HTTP to a model server: one request, with the time-out and the retries the job asks for.

Source of the defaults (600 s, 3 retries): API_ModelClientConfig of the SageMaker API reference.
Which failures SageMaker retries is not documented; here: no answer, a broken answer, 5xx. A 4xx
answer would be the same again.
"""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .jobs import Interrupt

_HOST = "127.0.0.1"


class InvocationError(Exception):
    """A payload could not be scored. `fault` is ClientError (4xx) or AlgorithmError."""

    def __init__(self, fault: str, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class ServerDiedError(Exception):
    """The model server's process ended; no payload can be scored any more."""


@dataclass(frozen=True, kw_only=True)
class ClientConfig:
    """ModelClientConfig of a transform job."""

    timeout_seconds: float = 600.0
    retries: int = 3


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    content_type: str | None


class Endpoint:
    """A model server's port; each thread keeps one connection open to it."""

    def __init__(self, port: int, *, died: Callable[[], str | None]) -> None:
        self._port = port
        self._died = died  # why the process is gone, None while it runs
        self._kept = threading.local()

    def get(self, path: str, *, timeout: float) -> Answer:
        """One GET on a connection of its own; OSError or HTTPException if there is no answer."""
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=timeout)
        try:
            connection.request("GET", path)
            return _read(connection)
        finally:
            connection.close()

    def invoke(
        self, body: bytes, headers: dict[str, str], *, config: ClientConfig, interrupt: Interrupt
    ) -> Answer:
        """POST /invocations until it succeeds or the retries are used up.

        Raises InvocationError, ServerDiedError, or what `interrupt` says.
        """
        for attempt in range(config.retries + 1):
            if attempt:
                interrupt.wait(min(0.2 * 2**attempt, 5.0))
            try:
                answer = self._post(body, headers, timeout=config.timeout_seconds)
            except (OSError, http.client.HTTPException) as error:
                interrupt.wait(0.1)  # a server that is dying needs a moment to be dead
                died = self._died()
                if died:
                    raise ServerDiedError(died) from error
                failure = InvocationError(
                    "AlgorithmError", f"Unable to get response from algorithm ({error!r})"
                )
                continue
            if 200 <= answer.status < 300:
                return answer
            failure = _refusal(answer)
            if answer.status < 500:
                break
        raise failure

    def _post(self, body: bytes, headers: dict[str, str], *, timeout: float) -> Answer:
        kept: http.client.HTTPConnection | None = getattr(self._kept, "connection", None)
        if kept is not None and kept.sock is not None:
            try:
                return _exchange(kept, body, headers)
            except (ConnectionError, http.client.RemoteDisconnected):
                kept.close()  # closed while idle, which is no failure of the model server
        fresh = http.client.HTTPConnection(_HOST, self._port, timeout=timeout)
        self._kept.connection = fresh
        return _exchange(fresh, body, headers)


def _exchange(
    connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]
) -> Answer:
    try:
        connection.request("POST", "/invocations", body=body, headers=headers)
        return _read(connection)
    except BaseException:
        connection.close()
        raise


def _read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return Answer(
        status=response.status,
        body=response.read(),
        content_type=response.headers.get("Content-Type"),
    )


def _refusal(answer: Answer) -> InvocationError:
    message = answer.body[:300].decode(errors="replace").strip()
    said = f": {message}" if message else ""
    if answer.status < 500:
        return InvocationError("ClientError", f"{answer.status}{said}")
    return InvocationError(
        "AlgorithmError", f"Bad HTTP status received from algorithm: {answer.status}{said}"
    )
