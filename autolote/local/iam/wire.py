"""A request as it comes over the wire, read into an operation and its parameters."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.utils import get_service_model

BODIES_OF_S3 = ("DeleteObjects",)
"""Operations of S3 whose permissions depend on what is in the body; other bodies are data."""
PAYLOADS = ("Invoke", "InvokeAsync", "InvokeEndpoint")
"""Operations whose body is for somebody else."""


def parameters(
    environ: dict[str, Any], *, model: str, operation: str, uri: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters of a request, named as botocore names them.

    Args:
        environ: the WSGI environment; a body that is read is put back.
        model: botocore's name of the service.
        operation: the operation.
        uri: the parameters that its path holds.
    """
    takes_body = operation in BODIES_OF_S3 if model == "s3" else operation not in PAYLOADS
    body = _body(environ) if takes_body else b""
    if "HTTP_X_AMZ_TARGET" in environ:
        found: dict[str, Any] = json.loads(body or b"{}")
        return found
    service = get_service_model(model)
    request = Request({**environ, "wsgi.input": BytesIO(body)})
    parser = PROTOCOL_PARSERS[determine_request_protocol(service, request.content_type)]
    parsed: dict[str, Any] = parser(service.operation_model(operation)).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": dict(uri),
        }
    )
    return parsed


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    body: bytes = environ["wsgi.input"].read(int(length)) if length else b""
    environ["wsgi.input"] = BytesIO(body)
    return body
