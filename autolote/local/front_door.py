"""The one address of the account: gives every request to the service it asks for, if its caller
may, and logs it."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from autolote.local.aws import changes
from autolote.local.aws.gate import GATE
from autolote.local.calls import Asked, Caller, CallLog, asked_for, is_read_only
from autolote.local.iam.answers import FORM, answer
from autolote.local.iam.enforcement import Enforcement
from autolote.local.iam.model import PolicyError
from autolote.local.sagemaker.sign_in import PATH as SIGN_IN_PATH

logger = logging.getLogger(__name__)
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_CODE = re.compile(rb"<Code>([^<]+)</Code>")
TAKE_THEIR_TIME = ("Invoke", "InvokeAsync", "ReceiveMessage")


class FrontDoor:
    """A WSGI application that holds the others."""

    def __init__(
        self,
        *,
        moto: Application,
        cloudformation: Application,
        sagemaker: Application,
        calls: CallLog,
        enforcement: Enforcement,
    ) -> None:
        self._moto = moto
        self._cloudformation = cloudformation
        self._sagemaker = sagemaker
        self._calls = calls
        self._enforcement = enforcement

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI entry."""
        started = time.monotonic()
        caller = Caller(environ)
        asked = _asked(environ, caller.service)
        operation = asked.operation
        answered: list[tuple[str, list[tuple[str, str]]]] = []

        def remember(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answered.append((status, headers))
            return start_response(status, headers, *rest)

        application = self._application(environ, caller)
        try:
            body = self._answer(application, environ, caller, asked, remember)
        except PolicyError as unclear:
            logger.error("%s of %s: %s", operation, caller.service, unclear)
            body = _failure(environ, remember, "501", "PolicyNotEvaluated", str(unclear))
        except NotImplementedError as unknown:
            logger.warning("%s of %s is not known here", operation, caller.service)
            body = _failure(environ, remember, "501", "NotImplemented", str(unknown))
        except Exception as defect:  # a request must never end the account
            logger.exception("%s of %s failed", operation, caller.service)
            body = _failure(environ, remember, "500", "InternalFailure", repr(defect))
        status = int(answered[-1][0].split(" ", 1)[0]) if answered else 500
        error = _error_code(answered[-1][1], body) if status >= 400 else None
        self._calls.write(
            caller=caller, operation=operation, status=status, error=error, started=started
        )
        if not is_read_only(operation, environ["REQUEST_METHOD"]):
            changes.mark()
        return body

    def _answer(
        self,
        application: Application,
        environ: dict[str, Any],
        caller: Caller,
        asked: Asked,
        start_response: Any,
    ) -> list[bytes]:
        refusal = self._enforcement.refusal(environ, caller, asked)
        if refusal is not None:
            return answer(environ, caller.service, refusal, start_response)
        with self._gate(application, asked.operation):
            return list(application(environ, start_response))

    def _gate(self, application: Application, operation: str) -> AbstractContextManager[None]:
        """The other services change the account by calling it themselves."""
        waits = application is not self._moto or operation in TAKE_THEIR_TIME
        return nullcontext() if waits else GATE.change()

    def _application(self, environ: dict[str, Any], caller: Caller) -> Application:
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("SageMaker."):
            return self._sagemaker
        asked = environ.get("PATH_INFO", "")
        if asked.startswith(SIGN_IN_PATH):
            return self._sagemaker
        if caller.service == "cloudformation" or asked.startswith("/cloudformation-response/"):
            return self._cloudformation
        return self._moto


def _failure(
    environ: dict[str, Any], start_response: Any, status: str, code: str, message: str
) -> list[bytes]:
    """An error as the client's protocol reads it."""
    form = environ.get("CONTENT_TYPE", "").startswith(FORM)
    told = {"__type": code, "message": message}
    kind, body = "application/json", json.dumps(told)
    if form:
        kind = "text/xml"
        body = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        body = f"<ErrorResponse><Error>{body}</Error></ErrorResponse>"
    headers = [("Content-Type", kind), ("x-amzn-errortype", code)]
    start_response(f"{status} {code}", [*headers, ("Content-Length", str(len(body.encode())))])
    return [body.encode()]


def _asked(environ: dict[str, Any], service: str) -> Asked:
    """Query-protocol requests name their operation in the body, so that is read ahead."""
    ahead = dict(environ)
    if environ.get("CONTENT_TYPE", "").startswith(FORM) and environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        ahead["wsgi.input"] = BytesIO(body)
    return asked_for(ahead, service)


def _error_code(headers: list[tuple[str, str]], body: list[bytes]) -> str | None:
    for name, value in headers:
        if name.lower() == "x-amzn-errortype":
            return value.split(":", 1)[0]
    content = b"".join(body)
    if found := _CODE.search(content):
        return found[1].decode()
    try:
        kind = json.loads(content).get("__type", "")
    except (ValueError, AttributeError):
        return None
    return str(kind).rpartition("#")[2] or None
