"""How each service says that a call is not allowed.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and "Common Errors" of
each service's API reference; the protocols are those of https://smithy.io/2.0/aws/protocols/.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from autolote.local.aws.account import request_id
from autolote.local.iam.model import AccessDeniedError

Start = Callable[..., Any]
FORM = "application/x-www-form-urlencoded"
CODES: Mapping[str, str] = {
    "cloudformation": "AccessDenied",
    "ec2": "UnauthorizedOperation",
    "iam": "AccessDenied",
    "monitoring": "AccessDenied",
    "s3": "AccessDenied",
    "sns": "AuthorizationError",
    "sqs": "AccessDenied",
    "sts": "AccessDenied",
}
"""The error code of a service; of all others it is AccessDeniedException."""
KEY_CODES: Mapping[str, str] = {
    "lambda": "KMSAccessDeniedException",
    "sns": "KMSAccessDenied",
    "sqs": "KMS.AccessDeniedException",
    "states": "KmsAccessDeniedException",
}
"""The code where it is the use of a key that is not allowed, if the service has one for it."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error answer: its HTTP status, its code, its message."""

    status: int
    code: str
    message: str


def denied(service: str, error: AccessDeniedError) -> Refusal:
    """What a service answers to a call that is not allowed."""
    code = CODES.get(service, "AccessDeniedException")
    if error.access.action.startswith("kms:"):
        code = KEY_CODES.get(service, code)
    message = str(error)
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return Refusal(status=403, code=code, message=message)


def answer(environ: Mapping[str, Any], service: str, refusal: Refusal, start: Start) -> list[bytes]:
    """Write a refusal as the client's protocol reads it."""
    identifier = request_id()
    if service == "s3":
        body = _of_s3(environ, refusal, identifier)
        kind, status = "application/xml", refusal.status
    elif environ.get("CONTENT_TYPE", "").startswith(FORM):
        body = _of_query(service, refusal, identifier)
        kind, status = "text/xml", refusal.status
    else:
        body = json.dumps({"__type": refusal.code, "message": refusal.message})
        # https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html: errors of the client
        kind = environ.get("CONTENT_TYPE") or "application/json"
        status = 400 if "HTTP_X_AMZ_TARGET" in environ and service != "sqs" else refusal.status
    headers = [("Content-Type", kind), ("x-amzn-RequestId", identifier)]
    if kind.startswith("application/"):
        headers.append(("x-amzn-errortype", refusal.code))
    if service == "sqs":
        headers.append(("x-amzn-query-error", f"{refusal.code};Sender"))
    start(f"{status} {refusal.code}", [*headers, ("Content-Length", str(len(body.encode())))])
    return [body.encode()]


def _of_s3(environ: Mapping[str, Any], refusal: Refusal, identifier: str) -> str:
    """HEAD has no body, so its client knows the status only."""
    if environ.get("REQUEST_METHOD") == "HEAD":
        return ""
    told = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    told += f"<RequestId>{identifier}</RequestId><HostId>{identifier}</HostId>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{told}</Error>'


def _of_query(service: str, refusal: Refusal, identifier: str) -> str:
    told = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    if service == "ec2":
        told = f"<Errors><Error>{told}</Error></Errors><RequestID>{identifier}</RequestID>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{told}</Response>'
    told = f"<Error><Type>Sender</Type>{told}</Error><RequestId>{identifier}</RequestId>"
    return f"<ErrorResponse>{told}</ErrorResponse>"
