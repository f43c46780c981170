"""HTTP: SageMaker's three routes, plain messages, bounded threads, a graceful end.

| request                        | answer                                                          |
|--------------------------------|-----------------------------------------------------------------|
| GET /ping                      | 200 with an empty body; 503 with the reason until ready         |
| GET /execution-parameters      | 200 with JSON                                                   |
| POST /invocations              | 200 with one line per row; 400 bad row or body, 406 Accept, 411 |
|                                | no length, 413 too large, 415 not CSV, 503 not ready, 500 ours  |
| another method, another path   | 405, 404                                                        |

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from container.body import MEGABYTE, RequestError, read_body
from container.media import check_accept, check_content_type

log = logging.getLogger(__name__)

CONNECTIONS = 64
IDLE_SECONDS = 65
DRAINED_BYTES = 128 * MEGABYTE
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the server offers once the model is in memory. `score` raises ValueError for a body that
    cannot be read; no more than `concurrent` requests are worked on at once."""

    score: Callable[[bytes], bytes]
    concurrent: int
    limit: int  # bytes of a body
    parameters: dict[str, int | str]


class Server(ThreadingHTTPServer):
    """Listens from the first moment and answers 503 until `start` is called."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int) -> None:
        super().__init__((address, port), _Handler)
        self.service: Service | None = None
        self.reason = "the model is being loaded"
        self.working = threading.Semaphore(0)
        self._connections = threading.BoundedSemaphore(CONNECTIONS)
        self._idle = threading.Condition()
        self._active = 0

    def server_bind(self) -> None:
        # HTTPServer's own looks up the host's name, which can take seconds without a network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "model", self.server_address[1]

    def start(self, service: Service) -> None:
        """Answer from now on."""
        self.working = threading.Semaphore(service.concurrent)
        self.service = service

    def close(self, *, seconds: float) -> None:
        """Take no new requests and wait for those that are being answered."""
        self.service, self.reason = None, "the container is stopping"
        self.shutdown()
        deadline = time.monotonic() + seconds
        with self._idle:
            self._idle.wait_for(lambda: self._active == 0, max(deadline - time.monotonic(), 0))
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def count(self, step: int) -> None:
        """Note that a request begins (1) or ended (-1)."""
        with self._idle:
            self._active += step
            self._idle.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def version_string(self) -> str:
        """The Server header: which Python this is, is nobody's business."""
        return "scoring"

    def handle_request(self) -> None:
        """Answer a request of any method."""
        self._body_read = False
        self.server.count(1)
        try:
            self._answer()
        except RequestError as error:
            self._refuse(error.status, str(error))
        except TimeoutError:
            self._refuse(408, f"nothing was sent for {IDLE_SECONDS} seconds")
        except ConnectionError as error:
            self.close_connection = True
            log.warning("the client went away: %s", error)
        except Exception:
            log.exception("%s %s failed", self.command, self.path)
            self._refuse(500, "internal error; the log has the details")
        finally:
            self.server.count(-1)

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        if path not in ROUTES:
            raise RequestError(404, f"there is no {path}; there are {', '.join(ROUTES)}")
        if self.command != ROUTES[path]:
            raise RequestError(405, f"{path} takes {ROUTES[path]}, not {self.command}")
        service = self.server.service
        if service is None:
            raise RequestError(503, self.server.reason)
        if path == "/ping":
            self._send(200, b"", "text/plain")
        elif path == "/execution-parameters":
            self._send(200, json.dumps(service.parameters).encode(), "application/json")
        else:
            self._send(200, self._invoke(service), "text/csv; charset=utf-8")

    def _invoke(self, service: Service) -> bytes:
        check_content_type(self.headers.get("Content-Type", ""))
        check_accept(self.headers.get("Accept", ""))
        with self.server.working:  # taken before the body is, so that memory is bounded
            body = read_body(self.rfile, self.headers, limit=service.limit)
            self._body_read = True
            try:
                return service.score(body)
            except ValueError as error:
                raise RequestError(400, str(error)) from error

    def _refuse(self, status: int, message: str) -> None:
        if status != 503:  # before the model is there, pings are expected to fail
            log.warning("%s %s: %d %s", self.command, self.path, status, message)
        self.close_connection = True
        try:
            self._drain()
            self._send(status, message.encode(), "text/plain; charset=utf-8")
        except OSError:
            log.warning("the client did not wait for the answer")

    def _drain(self) -> None:
        """Read what the client is still sending: before it is through it may not see the answer."""
        length = self.headers.get("Content-Length", "")
        left = int(length) if length.isdigit() and not self._body_read else 0
        while 0 < left <= DRAINED_BYTES and (piece := self.rfile.read(min(left, MEGABYTE))):
            left -= len(piece)

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", ROUTES[self.path.partition("?")[0]])
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base)
        """No line per request."""


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.handle_request)
