"""The record of decisions: `authorizations.jsonl`, one line per kind of decision and not per call.

A line says how often a decision was met since the line before that says the same; who reads it
adds them up. A decision is written when it is first met, its further count when the account ends.
"""

import json
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autolote.local.iam.model import Access, Decision, Principal

FILE = "authorizations.jsonl"
_Key = tuple[str, str, str, str, bool, str, tuple[tuple[str, int, str, str, str], ...]]


class Record:
    """Counts decisions and writes them down.

    Args:
        path: the file; None to write nothing, as when policies are only simulated.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None
        self._lock = threading.Lock()
        self._met: Counter[_Key] = Counter()
        self._written: dict[_Key, int] = {}

    def add(
        self, principal: Principal, access: Access, decision: Decision, *, operation: str
    ) -> None:
        """One decision."""
        key = _key(principal, access, decision, operation)
        with self._lock:
            self._met[key] += 1
            if key not in self._written:
                self._write(key)

    def close(self) -> None:
        """Write what is counted and close the file."""
        with self._lock:
            for key, count in self._met.items():
                if count > self._written[key]:
                    self._write(key)
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, key: _Key) -> None:
        count = self._met[key] - self._written.get(key, 0)
        self._written[key] = self._met[key]
        if self._file is None:
            return
        self._file.write(json.dumps(_line(key, count)) + "\n")
        self._file.flush()


def _key(principal: Principal, access: Access, decision: Decision, operation: str) -> _Key:
    """What makes two decisions the same: of an allowed one the resource's pattern, not its name."""
    statements = tuple(
        (one.policy, one.index, one.sid, one.element, one.resource) for one in decision.statements
    )
    resource = access.resource
    if decision.allowed and statements:
        resource = statements[0][4] or resource
    return (
        principal.arn,
        access.action,
        resource,
        operation,
        decision.allowed,
        "" if decision.allowed else decision.reason,
        statements,
    )


def _line(key: _Key, count: int) -> dict[str, Any]:
    principal, action, resource, operation, allowed, reason, statements = key
    line: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "principal": principal,
        "action": action,
        "resource": resource,
        "operation": operation,
        "allowed": allowed,
        "count": count,
    }
    if reason:
        line["reason"] = reason
    names = ("policy", "index", "sid", "element", "resource")
    line["statements"] = [dict(zip(names, one, strict=True)) for one in statements]
    return line
