"""SageMaker's three routes over HTTP/1.1: a thread a connection, plain messages, a graceful end.

| request                  | answer                                                              |
|--------------------------|---------------------------------------------------------------------|
| GET /ping                | 200 with an empty body; 503 with the reason until the model is there |
| GET /execution-parameters | 200 with JSON                                                      |
| POST /invocations        | 200 with one line per row, or an error for the whole request        |
| another method, path     | 405, 404                                                            |

docs/container.md lists every error. The contract:
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

import json
import logging
import time
from collections.abc import Sequence

from container import head
from container.body import open_body
from container.connection import IDLE_SECONDS, Connection
from container.errors import RequestError
from container.head import Head
from container.logs import Limited
from container.media import check_accept, check_content_type
from container.scoring import Service

log = logging.getLogger(__name__)

ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}
TEXT, CSV, JSON = "text/plain; charset=utf-8", "text/csv; charset=utf-8", "application/json"
PHRASES = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


class Routes:
    """Answers requests: 503 with `reason` until `service` is set."""

    def __init__(self) -> None:
        self.service: Service | None = None
        self.reason = "the model is being loaded"
        self.stopping = False
        self._refusals = Limited(log)

    def answer(self, raw: bytes, connection: Connection) -> bool:
        """Answer one request; returns whether the connection can take another one."""
        request: Head | None = None
        try:
            request = head.parse(raw)
            return self._answer(request, connection)
        except RequestError as error:
            return self.refuse(connection, error, request)
        except TimeoutError:
            late = RequestError(408, f"the client paused for {IDLE_SECONDS} seconds")
            return self.refuse(connection, late, request)
        except ConnectionError as error:
            self._refusals.warning("the client went away", reason=str(error))
        except Exception:
            log.exception("%s failed", _name(request))
            message = "internal error; the log has the details"
            return self.refuse(connection, RequestError(500, message), request)
        return False

    def refuse(
        self, connection: Connection, error: RequestError, request: Head | None = None
    ) -> bool:
        """Answer with an error; returns False, as the connection takes no further request."""
        if error.status != 503:  # before the model is there, pings are expected to fail
            self._refusals.warning(f"{_name(request)}: {error.status} {error}")
        if connection.answering:
            return False  # the client sees an answer that is shorter than its Content-Length
        try:
            self._send(connection, error.status, TEXT, [str(error).encode()], request, keep=False)
        except OSError:
            self._refusals.warning("the client did not wait for the answer")
        return False

    def turn_away(self, connection: Connection) -> None:
        """Answer a client for which there is no thread, without waiting for what it sends."""
        error = RequestError(503, "every connection that is allowed is in a request")
        self.refuse(connection, error)
        connection.close()

    def _answer(self, request: Head, connection: Connection) -> bool:
        if request.path not in ROUTES:
            raise RequestError(404, f"there is no {request.path}; there are {', '.join(ROUTES)}")
        if request.method != ROUTES[request.path]:
            wanted = ROUTES[request.path]
            raise RequestError(405, f"{request.path} takes {wanted}, not {request.method}")
        service = self.service
        if service is None:
            raise RequestError(503, self.reason)
        if request.path == "/invocations":
            return self._invoke(service, request, connection)
        keep = request.keep_alive and not request.has_body and not self.stopping
        if request.path == "/ping":
            self._send(connection, 200, TEXT, [], request, keep=keep)
        else:
            parameters = json.dumps(service.parameters).encode()
            self._send(connection, 200, JSON, [parameters], request, keep=keep)
        return keep

    def _invoke(self, service: Service, request: Head, connection: Connection) -> bool:
        check_content_type(request.headers.get("content-type", ""))
        check_accept(request.headers.get("accept", ""))
        body = open_body(connection, request.headers, limit=service.limit)
        with service.score(body) as answer:
            keep = request.keep_alive and not self.stopping
            self._send(connection, 200, CSV, answer, request, keep=keep)
        return keep

    def _send(
        self,
        connection: Connection,
        status: int,
        content_type: str,
        body: Sequence[bytes | memoryview],
        request: Head | None,
        *,
        keep: bool,
    ) -> None:
        lines = [
            f"HTTP/1.1 {status} {PHRASES[status]}",
            # RFC 9110, section 5.6.7; names of days and months are those of the C locale
            time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
            f"Content-Type: {content_type}",
            f"Content-Length: {sum(map(len, body))}",
        ]
        if status == 405 and request is not None:
            lines.append(f"Allow: {ROUTES[request.path]}")
        if status == 415:
            lines.append("Accept-Encoding: gzip")
        if not keep:
            lines.append("Connection: close")
        pieces = ["\r\n".join([*lines, "", ""]).encode()]
        if request is None or request.method != "HEAD":
            pieces += body  # type: ignore[arg-type]
        connection.answering = True
        connection.send(pieces)
        connection.answering = False


def _name(request: Head | None) -> str:
    return f"{request.method} {request.path}"[:200] if request else "a malformed request"
