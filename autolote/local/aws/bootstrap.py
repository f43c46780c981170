"""Runs inside a Lambda execution environment: read an event, call the handler, answer; again.

Started as a script with nothing of autolote importable. Events come as JSON lines on stdin and
answers go as JSON lines to the descriptor in `_ANSWER_FD`; whatever the handler prints is its log.
A thread reads stdin, so that the process ends with the account even while a handler is running.

Like AWS's Python runtime it offers the standard library, the function's own files and the SDK,
and nothing else that happens to be installed on this machine.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

import importlib
import importlib.abc
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

SDK = {
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "urllib3",
    "six",
    "awscrt",
    # botocore looks for these and does without them
    "certifi",
    "brotli",
    "brotlicffi",
    "h2",
    "socks",
    "zstandard",
}


class OnlyTheRuntime(importlib.abc.MetaPathFinder):
    """Refuses packages that AWS's runtime does not have, as the runtime itself would."""

    def __init__(self, task_root: str) -> None:
        self.task_root = task_root

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        name = fullname.partition(".")[0]
        if path is not None or name in sys.stdlib_module_names or name in SDK:
            return
        own = (Path(self.task_root, name + end) for end in ("", ".py", ".so"))
        if not any(path.exists() for path in own):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


class Context:
    """The handler's second argument.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    client_context = None
    identity = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class RequestLines(logging.Formatter):
    """`[LEVEL]<tab>time<tab>request id<tab>message`, the runtime's own log line."""

    def __init__(self) -> None:
        super().__init__(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )
        self.converter = time.gmtime
        self.request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        record.aws_request_id = self.request_id
        return super().format(record)


def load_handler() -> tuple[Any, dict[str, Any] | None]:
    """Import the handler; a failure is answered to the first event, with the runtime's wording."""
    where = os.environ["_HANDLER"]
    module, _, function = where.rpartition(".")
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module}': {error}"
        return None, failure("Runtime.ImportModuleError", message, [])
    except SyntaxError as error:
        message = f"Syntax error in module '{module}': {error}"
        return None, failure("Runtime.UserCodeSyntaxError", message, [])
    except BaseException as error:
        return None, of_exception(error)
    if not hasattr(loaded, function):
        message = f"Handler '{function}' missing on module '{module}'"
        return None, failure("Runtime.HandlerNotFound", message, [])
    return getattr(loaded, function), None


def failure(kind: str, message: str, stack: list[str]) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "stackTrace": stack}


def of_exception(error: BaseException) -> dict[str, Any]:
    stack = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return failure(type(error).__name__, str(error), stack)


def invoke(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        answered = handler(request["event"], Context(request))
    except Exception as error:
        return {"failure": {**of_exception(error), "requestId": request["request_id"]}}
    try:
        return {"result": json.dumps(answered)}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        found = failure("Runtime.MarshalError", message, [])
        return {"failure": {**found, "requestId": request["request_id"]}}


def read_events(events: Any) -> None:
    for line in sys.stdin:
        events.put(json.loads(line))
    os._exit(0)


def main() -> None:
    answers = os.fdopen(int(os.environ.pop("_ANSWER_FD")), "w", encoding="utf-8")
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[0] = task_root
    sys.meta_path.insert(0, OnlyTheRuntime(task_root))
    sys.dont_write_bytecode = True
    lines = RequestLines()
    sink = logging.StreamHandler(sys.stdout)
    sink.setFormatter(lines)
    logging.getLogger().addHandler(sink)
    events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=read_events, args=(events,), daemon=True).start()
    handler, broken = load_handler()
    while True:
        request = events.get()
        lines.request_id = request["request_id"]
        os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
        answer = {"failure": broken} if broken else invoke(handler, request)
        if "failure" in answer:
            sys.stdout.write(f"[ERROR] {json.dumps(answer['failure'])}\n")
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if broken:
            os._exit(1)  # an environment that could not begin is not used again


if __name__ == "__main__":
    main()
