"""The request log: one JSON line per API call, with who called."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

from autolote.local.aws.account import principal

_MODEL_NAMES = {
    "s3": "s3",
    "states": "stepfunctions",
    "monitoring": "cloudwatch",
    "events": "events",
    "execute-api": "apigateway",
    "elasticfilesystem": "efs",
    "tagging": "resourcegroupstaggingapi",
}
_READ_ONLY = ("Get", "Describe", "List", "Head", "Batch Get", "Lookup", "Validate", "Query")


class Caller:
    """Service, region and access key of a request, read from its signature.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        self.service, self.access_key_id = "", ""
        query = parse_qs(str(environ.get("QUERY_STRING", "")))
        scope = _credential(environ, query).split("/")
        if len(scope) == 5:
            self.access_key_id, self.service = scope[0], scope[3].lower()
        elif "AWSAccessKeyId" in query:  # a presigned URL of signature version 2: S3 alone has it
            self.access_key_id, self.service = query["AWSAccessKeyId"][0], "s3"


def _credential(environ: dict[str, Any], query: Mapping[str, list[str]]) -> str:
    """Whose key signed a request: in its header, or in the query of a presigned URL."""
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    if "Credential=" in header:
        return header.split("Credential=", 1)[1].split(",", 1)[0]
    return query.get("X-Amz-Credential", [""])[0]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request asks for.

    Attributes:
        operation: the API operation; the method and the path when no model knows it.
        model: botocore's name of the service; None when no operation of it was recognized.
        uri: the parameters that the path holds.
    """

    operation: str
    model: str | None
    uri: Mapping[str, Any]


def asked_for(environ: dict[str, Any], service: str) -> Asked:
    """The API operation a request asks for."""
    model = _MODEL_NAMES.get(service, service)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return Asked(operation=str(target.rpartition(".")[2]), model=model, uri={})
    try:
        found, uri = get_service_router(model).match(Request(environ.copy()))
    except Exception:
        # A log line must never fail a request: unsigned, malformed and unknown ones end here.
        operation = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
        return Asked(operation=operation, model=None, uri={})
    return Asked(operation=str(found.name), model=model, uri=uri)


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
