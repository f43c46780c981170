"""The HTTP side of a model server: SageMaker's three routes, plain messages, bounded threads.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json
import logging
import socket
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)

MEGABYTE = 1 << 20
CONNECTIONS = 32
IDLE_SECONDS = 60
DRAINED = 128 * MEGABYTE
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

Invoke = Callable[[bytes], str]
"""From a CSV body to the CSV of the answer; ValueError for a body the client must change."""

ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}


class RequestError(Exception):
    """A request that is answered with an error status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ModelServer(ThreadingHTTPServer):
    """Listens at once; answers 503 until `invoke` is set. At most CONNECTIONS threads."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, *, max_payload_mb: int) -> None:
        super().__init__((address, port), _Handler)
        self.invoke: Invoke | None = None
        self.max_payload_mb = max_payload_mb
        self._slots = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._slots.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def server_bind(self) -> None:
        # HTTPServer's own looks up the host's name, which may take seconds without a network.
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "model", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def handle_request(self) -> None:
        """Answer a request of any method."""
        length = self.headers.get("Content-Length", "")
        self._unread = int(length) if length.isdigit() else 0
        try:
            self._respond(*self._answer())
        except RequestError as error:
            self.close_connection = True
            self._drain()
            log.warning("%s %s: %d %s", self.command, self.path, error.status, error)
            self._respond(error.status, str(error), "text/plain")
        except TimeoutError:
            self.close_connection = True
        except Exception:
            self.close_connection = True
            log.exception("%s %s failed", self.command, self.path)
            self._respond(500, "internal error; the log has the details", "text/plain")

    def _answer(self) -> tuple[int, str, str]:
        path = self.path.partition("?")[0]
        if path not in ROUTES:
            raise RequestError(404, f"no such path: {path}; there are {', '.join(ROUTES)}")
        if self.command != ROUTES[path]:
            raise RequestError(405, f"{path} takes {ROUTES[path]}, not {self.command}")
        if path == "/execution-parameters":
            parameters = {
                "MaxConcurrentTransforms": 1,
                "BatchStrategy": "MULTI_RECORD",
                "MaxPayloadInMB": self.server.max_payload_mb,
            }
            return 200, json.dumps(parameters), "application/json"
        if self.server.invoke is None:
            raise RequestError(503, "the model is being loaded")
        if path == "/ping":
            return 200, "", "text/plain"
        return 200, self._invoke(self.server.invoke), "text/csv; charset=utf-8"

    def _invoke(self, invoke: Invoke) -> str:
        body = self._body()
        given = self.headers.get("Content-Type", "")
        if media_type(given) != "text/csv":
            raise RequestError(415, f"Content-Type is {given!r}; send text/csv")
        try:
            return invoke(body)
        except ValueError as error:
            raise RequestError(400, str(error)) from error

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "")
        if not text.isdigit():
            raise RequestError(411, "a Content-Length is needed")
        length, limit = int(text), self.server.max_payload_mb
        if length > (limit + 1) * MEGABYTE:  # the platform counts a megabyte in its own way
            raise RequestError(413, f"the body has {length} bytes; at most {limit} MB are taken")
        self._unread = 0
        body = self.rfile.read(length)
        if len(body) < length:
            raise RequestError(400, f"the body ended after {len(body)} of {length} bytes")
        return body

    def _drain(self) -> None:
        """Read what the client still sends: it would not see an answer before it is through."""
        while 0 < self._unread <= DRAINED and self.rfile.read(min(self._unread, MEGABYTE)):
            self._unread -= min(self._unread, MEGABYTE)

    def _respond(self, status: int, text: str, content_type: str) -> None:
        body = text.encode()
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
        """No line per request: the log holds start, end and failures."""


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.handle_request)


def media_type(header: str) -> str:
    """The media type of a Content-Type header, without its parameters."""
    message = Message()
    message["Content-Type"] = header
    return message.get_content_type() if header else ""
