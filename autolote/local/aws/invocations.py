"""One invocation of a Lambda function, and what AWS does around it: log, retries, destinations.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import base64
import hashlib
import io
import json
import time
import uuid
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.awslambda.models import lambda_backends

from autolote.local.aws import changes
from autolote.local.aws.account import Account, request_id
from autolote.local.aws.acting import Session
from autolote.local.aws.environment_keys import EnvironmentKeyError, unlock
from autolote.local.aws.execution_environments import ExecutionEnvironment, Outcome, Pool
from autolote.local.aws.failures import send_to_destination, send_to_queue
from autolote.local.aws.function_checks import acting
from autolote.local.aws.function_logs import FunctionLogs
from autolote.local.aws.gate import GATE
from autolote.local.aws.pending import Pending

RETRY_DELAYS = (60, 120)  # account seconds before the second and the third attempt
KIND = "asynchronous invocation"


class Functions:
    """Invocations of every function of the account."""

    def __init__(self, *, account: Account, pool: Pool, pending: Pending) -> None:
        self._account = account
        self._pool = pool
        self._pending = pending
        self._logs = FunctionLogs(account)

    def invoke(
        self, function: Any, body: Any, request_headers: Any, response_headers: Any
    ) -> bytes:
        """The Invoke operation: synchronous, or handed to the queue of asynchronous events."""
        # Without headers it is moto calling for SNS or S3, which invoke asynchronously.
        default = "RequestResponse" if request_headers else "Event"
        kind = request_headers.get("x-amz-invocation-type", default)
        if kind == "DryRun":
            return b""
        event = json.loads(body) if body else {}
        if kind == "Event":
            payload = {"function": function.function_arn, "event": event, "id": request_id()}
            self._pending.start(KIND, payload)
            return b""
        outcome = self._run(function, event, request_id())
        response_headers["x-amz-executed-version"] = "$LATEST"
        log_tail = outcome.log.encode()[-4096:]
        response_headers["x-amz-log-result"] = base64.b64encode(log_tail).decode()
        if outcome.failure is not None:
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps(outcome.failure).encode()
        return str(outcome.result).encode()

    def invoke_until_done(self, payload: dict[str, Any]) -> None:
        """An asynchronous event: try, retry, then the dead-letter queue and the destination."""
        region = payload["function"].split(":")[3]
        backend = lambda_backends[self._account.account_id][region]
        function = backend.get_function(payload["function"])
        configured = function.event_invoke_config
        settings = configured[0].config if configured else {}
        retries = int(settings.get("MaximumRetryAttempts", 2))
        while True:
            outcome = self._tried(function, payload)
            attempts = payload["attempts"] = payload.get("attempts", 0) + 1
            if outcome.failure is None or attempts > retries:
                break
            time.sleep(RETRY_DELAYS[attempts - 1] / self._account.speed)
        self._conclude(function, payload, outcome, settings.get("DestinationConfig", {}))

    def _tried(self, function: Any, payload: dict[str, Any]) -> Outcome:
        """One attempt; that no environment could start is a failure like the function's own."""
        try:
            return self._run(function, payload["event"], payload["id"])
        except EnvironmentKeyError as error:
            failure = {"errorType": error.error_type, "errorMessage": error.message}
            return Outcome(result=None, failure=failure, log="")

    def _conclude(
        self, function: Any, payload: dict[str, Any], outcome: Outcome, destinations: Any
    ) -> None:
        failed = outcome.failure is not None
        where = destinations.get("OnFailure" if failed else "OnSuccess", {}).get("Destination")
        if failed and (queue := function.dead_letter_config.get("TargetArn")):
            attributes = {
                "RequestID": payload["id"],
                "ErrorCode": "200",
                "ErrorMessage": str((outcome.failure or {}).get("errorMessage", ""))[:1024],
            }
            body = json.dumps(payload["event"])
            send_to_queue(self._account, _acting(function), queue, body, attributes)
        if where:
            record = _invocation_record(function, payload, outcome)
            send_to_destination(self._account, _acting(function), where, record)

    def _run(self, function: Any, event: Any, identifier: str) -> Outcome:
        if not str(function.run_time).startswith("python"):
            kind = function.run_time or function.package_type
            message = f"the local account runs Python functions, and this one is {kind}"
            failure = {"errorType": "Runtime.Unsupported", "errorMessage": message}
            return Outcome(result=None, failure=failure, log=message)
        version = f"{function.function_arn}/{_fingerprint(function)}"
        environment = self._pool.take(version, lambda: self._environment(function))
        request = {
            "event": event,
            "request_id": identifier,
            "function_arn": function.function_arn,
            "timeout": float(function.timeout),
            "trace_id": f"Root=1-{int(time.time()):x}-{uuid.uuid4().hex[:24]};Sampled=1",
        }
        started = time.monotonic()
        outcome = environment.invoke(request, timeout=float(function.timeout))
        self._pool.give_back(version, environment)
        seconds = time.monotonic() - started
        with GATE.change():
            self._logs.write(function, environment.stream, _lines(identifier, outcome, seconds))
            self._logs.trace(function)
        changes.mark()
        return outcome

    def _environment(self, function: Any) -> ExecutionEnvironment:
        unlock(self._account, function)
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        root = self._task_root(function)
        variables = self._variables(function, stream)
        return ExecutionEnvironment(variables=variables, task_root=root, stream=stream)

    def _variables(self, function: Any, stream: str) -> dict[str, str]:
        own = {name: str(value) for name, value in function.environment_vars.items()}
        return {
            **own,
            **self._account.credentials(_code(function)),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONUTF8": "1",
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(self._task_root(function)),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_ENDPOINT_URL": self._account.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _task_root(self, function: Any) -> Path:
        """The unpacked zip; one folder per content, shared by all functions of that asset."""
        digest = hashlib.sha256(function.code_bytes).hexdigest()[:32]
        root = self._account.home / "functions" / digest
        if not root.exists():
            unpacked = root.with_name(f"{digest}.{uuid.uuid4().hex}")
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(unpacked)
            try:
                unpacked.rename(root)
            except OSError:  # another invocation was faster
                if not root.exists():
                    raise
        return root


def _acting(function: Any) -> Session:
    return acting(function.role, function.function_name)


def _code(function: Any) -> Session:
    """A function's code, whose calls say so, unlike those that Lambda makes for it:
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"""
    return replace(_acting(function), keys=(("lambda:SourceFunctionArn", function.function_arn),))


def _fingerprint(function: Any) -> str:
    parts = [function.code_sha_256, function.handler, function.role, function.timeout]
    parts += [function.environment_vars, function.memory_size, function.logs_group_name]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _lines(identifier: str, outcome: Outcome, seconds: float) -> list[str]:
    end = str(outcome.failure["errorMessage"]).splitlines() if outcome.failure else []
    return [
        f"START RequestId: {identifier} Version: $LATEST",
        *outcome.log.splitlines(),
        f"END RequestId: {identifier}",
        *end,
        f"REPORT RequestId: {identifier}\tDuration: {seconds * 1000:.2f} ms",
    ]


def _invocation_record(function: Any, payload: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    failed = outcome.failure is not None
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": payload["id"],
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": "RetriesExhausted" if failed else "Success",
            "approximateInvokeCount": payload["attempts"],
        },
        "requestPayload": payload["event"],
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            **({"functionError": "Unhandled"} if failed else {}),
        },
        "responsePayload": outcome.failure if failed else json.loads(outcome.result or "null"),
    }
