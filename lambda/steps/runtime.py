"""What every handler does around its work: log in JSON, name errors, keep results small."""

import contextvars
import functools
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from steps import environment, errors
from steps.environment import Environment

Event = Mapping[str, Any]
Result = dict[str, Any]
Work = Callable[[Event, Environment], Result]

LARGEST_RESULT_BYTES = 32 * 1024
"""Step Functions carries 256 KiB between states; seven results of this size fit into it.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_run_id: contextvars.ContextVar[str] = contextvars.ContextVar("run_id", default="")
_log = logging.getLogger("autolote")


class JsonFormatter(logging.Formatter):
    """One JSON object for each record, with the run it is about."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        told = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "run_id": _run_id.get(),
            "message": record.getMessage(),
            **extra,
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str, ensure_ascii=False)


def step(work: Work) -> Callable[[Event, object], Result]:
    """Make a Lambda handler of a function of the event and the environment."""

    @functools.wraps(work)
    def handler(event: Event, _context: object) -> Result:
        return carry_out(work, event)

    return handler


def carry_out(work: Work, event: Event) -> Result:
    """Do one state's work.

    Raises:
        Exception: named as in `steps.errors`, so that the state machine can tell errors apart.
        ValueError: the result is larger than a state may carry.
    """
    _configure_logging()
    _run_id.set(_find_run_id(event))
    module = work.__module__.rpartition(".")[2]
    begun = time.monotonic()
    try:
        result = work(event, environment.current())
    except (ClientError, BotoCoreError) as error:
        named = errors.named(error)
        _log.exception("failed", extra={"step": module, "error": type(named).__name__})
        raise named from error
    except Exception as error:
        told = {"step": module, "error": type(error).__name__, "cause": str(error)}
        _log.error("failed", extra=told)
        raise
    size = len(json.dumps(result, ensure_ascii=False).encode())
    if size > LARGEST_RESULT_BYTES:
        raise ValueError(f"{module} returned {size} bytes; a state carries {LARGEST_RESULT_BYTES}")
    _log.info("done", extra={"step": module, "seconds": round(time.monotonic() - begun, 3)})
    return result


def _find_run_id(event: Event) -> str:
    state = event.get("state", event) if isinstance(event, Mapping) else {}
    run = state.get("run") if isinstance(state, Mapping) else None
    return str(run.get("run_id", "")) if isinstance(run, Mapping) else ""


def _configure_logging() -> None:
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler())
    for handler in root.handlers:
        if not isinstance(handler.formatter, JsonFormatter):
            handler.setFormatter(JsonFormatter())
    _log.setLevel(logging.INFO)
