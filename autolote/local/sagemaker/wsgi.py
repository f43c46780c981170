"""AWS's JSON 1.1 protocol over WSGI: every answer has a request id, every error a `__type`.

Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from .errors import ServiceError

_log = logging.getLogger(__name__)

Answer = Callable[[str, bytes], dict[str, Any] | None]


def respond(
    answer: Answer, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer one WSGI request with what `answer(target, body)` returns or raises."""
    request_id = str(uuid.uuid4())
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    status = HTTPStatus.OK
    content: dict[str, Any] | None
    try:
        content = answer(target, _body(environ))
    except ServiceError as error:
        status = HTTPStatus(error.status)
        content = {"__type": error.code, "message": error.message}
        _log.info("%s %s: %s: %s", request_id, target, error.code, error.message)
    except Exception as error:
        _log.exception("%s %s failed", request_id, target)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        content = {"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"}
    body = b"" if content is None else json.dumps(content, allow_nan=False).encode()
    start_response(
        f"{status.value} {status.phrase}",
        [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", request_id),
        ],
    )
    return [body]


def _body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    return body
