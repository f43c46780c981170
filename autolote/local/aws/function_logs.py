"""A function's log and traces, which Lambda writes under the function's role.

A role that may not leaves no log: the function runs all the same, as on AWS.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from autolote.local.aws.account import Account
from autolote.local.aws.function_checks import acting
from autolote.local.iam.model import AccessDeniedError

logger = logging.getLogger(__name__)


class FunctionLogs:
    """The logs of the account's functions."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def write(self, function: Any, stream: str, lines: Sequence[str]) -> None:
        """Put lines on a stream of the function's log group; both are made if needed."""
        group, backend = function.logs_group_name, function.logs_backend
        where = {"logGroupName": group, "logStreamName": stream}
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]
        try:
            if group not in backend.groups:
                self._require(function, "logs", "CreateLogGroup", logGroupName=group)
                backend.ensure_log_group(group)
            if stream not in backend.groups[group].streams:
                self._require(function, "logs", "CreateLogStream", **where)
                backend.create_log_stream(group, stream)
            self._require(function, "logs", "PutLogEvents", **where)
        except AccessDeniedError as error:
            logger.warning("function %s leaves no log: %s", function.function_name, error)
            return
        backend.put_log_events(group, stream, events)

    def trace(self, function: Any) -> None:
        """Send what X-Ray is told of an invocation, where tracing is active."""
        if (function.tracing_config or {}).get("Mode") != "Active":
            return
        try:
            for operation in ("PutTraceSegments", "PutTelemetryRecords"):
                self._require(function, "xray", operation)
        except AccessDeniedError as error:
            logger.warning("function %s leaves no trace: %s", function.function_name, error)

    def _require(self, function: Any, service: str, operation: str, **parameters: Any) -> None:
        session = acting(function.role, function.function_name)
        self._account.require_call(session, service, operation, **parameters)
