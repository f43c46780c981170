"""The request log: one JSON line per API call, with who called."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from moto.core.request import Request
from moto.core.routing import get_service_router

from autolote.local.aws.account import principal

_MODEL_NAMES = {
    "s3": "s3",
    "states": "stepfunctions",
    "monitoring": "cloudwatch",
    "events": "events",
    "execute-api": "apigateway",
}
_READ_ONLY = ("Get", "Describe", "List", "Head", "Batch Get", "Lookup", "Validate", "Query")


class Caller:
    """Service, region and access key of a request, read from its signature.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.service, self.access_key_id = "", ""
        header = environ.get("HTTP_AUTHORIZATION", "")
        if "Credential=" in header:
            scope = header.split("Credential=", 1)[1].split(",", 1)[0].split("/")
            if len(scope) == 5:
                self.access_key_id, self.service = scope[0], scope[3].lower()


def operation_name(environ: dict[str, Any], service: str) -> str:
    """The API operation a request asks for; its method and path when no model knows it."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target.rpartition(".")[2])
    try:
        model = _MODEL_NAMES.get(service, service)
        found, _ = get_service_router(model).match(Request(environ.copy()))
    except Exception:
        # A log line must never fail a request: presigned, malformed and unknown ones end here.
        return f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
    return str(found.name)


def is_read_only(operation: str, method: str) -> bool:
    """Whether a call leaves the account as it is."""
    return operation.startswith(_READ_ONLY) or method in ("GET", "HEAD", "OPTIONS")


class CallLog:
    """Appends to `calls.jsonl`."""

    def __init__(self, path: Path, *, account_id: str) -> None:
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._account_id = account_id

    def write(
        self,
        *,
        caller: Caller,
        operation: str,
        status: int,
        error: str | None,
        started: float,
    ) -> None:
        """One call; `started` is `time.monotonic()` at its beginning."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "service": caller.service,
            "operation": operation,
            "principal": principal(caller.access_key_id, self._account_id),
            "status": status,
            "error": error,
            "ms": round((time.monotonic() - started) * 1000, 1),
        }
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
