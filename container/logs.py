"""JSON lines on standard output: one object per event, for CloudWatch Logs Insights.

Start, end and failures are logged; rows and successful requests never are.
"""

import json
import logging
import sys
import threading
import time
from typing import Any


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        event: dict[str, Any] = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)


def configure() -> None:
    """Send every log record to standard output as one JSON line."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("botocore").setLevel(logging.WARNING)


def event(log: logging.Logger, message: str, **fields: Any) -> None:
    """Log one event at level INFO with further fields."""
    log.info(message, extra={"fields": fields})


class Limited:
    """Lines that a client can cause: at most LINES in SECONDS. The next line after that says how
    many were left out."""

    LINES = 20
    SECONDS = 60.0

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._since = -self.SECONDS
        self._lines = 0
        self._left_out = 0

    def warning(self, message: str, **fields: Any) -> None:
        """Log one event, or count it as left out."""
        with self._lock:
            now = time.monotonic()
            if now - self._since >= self.SECONDS:
                self._since, self._lines = now, 0
            if self._lines >= self.LINES:
                self._left_out += 1
                return
            self._lines += 1
            if self._left_out:
                fields["lines_left_out"], self._left_out = self._left_out, 0
        self._log.warning(message, extra={"fields": fields})
