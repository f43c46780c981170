"""Step Functions executions as the API shows them: history in pages, error and cause of a stop.

moto's wire layer ignores reverseOrder and paging of the history, drops the error and cause of
StopExecution, and leaves out the stop date of an execution that timed out. A history is kept
with the execution when it ends: the interpreter's own goes on while a task of it still runs.
AWS: https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
"""

import json
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from autolote.local.aws.patches import replace

_LAST = {
    "ABORTED": ("ExecutionAborted", "executionAbortedEventDetails"),
    "TIMED_OUT": ("ExecutionTimedOut", "executionTimedOutEventDetails"),
}


def install() -> None:
    """Put our answers in the place of moto's."""
    replace(StepFunctionResponse, "get_execution_history", _history_page, signature="self")
    replace(StepFunctionResponse, "describe_execution", _describe, signature="self")
    replace(StepFunctionResponse, "stop_execution", _stop, signature="self")


def keep_history(execution: Any) -> None:
    """Fix the history of an execution that has ended, with the event that ended it as the last."""
    found = _live_history(execution)
    kind = _LAST.get(execution.status)
    if kind and (not found or found[-1]["type"] != kind[0]):
        last = found[-1]["id"] if found else 0
        details = {"error": execution.error, "cause": execution.cause}
        found.append(
            {
                "id": last + 1,
                "previousEventId": last,
                "timestamp": execution.stop_date or datetime.now(UTC),
                "type": kind[0],
                kind[1]: {name: value for name, value in details.items() if value},
            }
        )
    execution.history = found


def history(execution: Any) -> list[dict[str, Any]]:
    """All events of an execution so far, oldest first."""
    kept: list[dict[str, Any]] | None = getattr(execution, "history", None)
    return _live_history(execution) if kept is None else kept


def _live_history(execution: Any) -> list[dict[str, Any]]:
    worker = execution.exec_worker
    if worker is None or worker.env is None:
        return []
    return list(worker.env.event_manager.get_event_history())


def _history_page(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    events = history(execution)
    if self._get_param("reverseOrder"):
        events = events[::-1]
    size = int(self._get_param("maxResults") or 100)
    start = int(self._get_param("nextToken") or 0)
    page: dict[str, Any] = {"events": events[start : start + size]}
    if start + size < len(events):
        page["nextToken"] = str(start + size)
    return ActionResult(page)


def _describe(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    found = {
        "executionArn": execution.execution_arn,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "name": execution.name,
        "startDate": execution.start_date,
        "stateMachineArn": execution.state_machine_arn,
        "status": execution.status,
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
    }
    if execution.status != "RUNNING":
        found["stopDate"] = execution.stop_date
    if execution.status == "SUCCEEDED":
        found["output"] = json.dumps(execution.output)
        found["outputDetails"] = {"included": True}
    for name in ("error", "cause"):
        if getattr(execution, name) is not None:
            found[name] = getattr(execution, name)
    return ActionResult(found)


def _stop(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    execution.stop(None, self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})
