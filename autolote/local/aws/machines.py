"""Step Functions: moto's interpreter, acting as the machine's role, on a clock that can run fast.

What moto's interpreter lacks, and what stands here instead:
- it calls AWS with made-up credentials: here under the role of the machine;
- Wait states and retry delays are divided by the account's speed (time-outs are not), and a wait
  of less than a second ends (moto's begins again for ever);
- StopExecution and a machine's TimeoutSeconds end the execution at once, though a task of it
  still runs, and keep the caller's error and cause;
- an execution whose status changes is told of on the default bus;
- creating a machine whose name is taken by another is refused, and errors carry their code;
- the context object's StartTime is text;
- an input of more than 262,144 bytes is refused, and a missing name is made up.

AWS: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html and
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
import sys
import threading
import time
import types
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.core.config import default_user_config
from moto.core.exceptions import AWSError
from moto.stepfunctions.exceptions import InvalidExecutionInput
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)

from autolote.local.aws import changes, events
from autolote.local.aws.account import Account
from autolote.local.aws.executions import keep_history
from autolote.local.aws.machine_checks import acting, use_machine_key
from autolote.local.aws.patches import original, put, replace

INPUT_LIMIT = 262_144  # bytes, "SensitiveData" of the service model
ENDED = ("SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT")


def install(account: Account) -> None:
    """Put our parts in the place of the interpreter's."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _act_as_the_machine(account)
    _run_the_clock(account.speed)
    _end_executions(account)
    _name_errors()
    _refuse_other_machines()
    start = original(
        StepFunctionsParserBackend,
        "start_execution",
        signature="self, state_machine_arn, name, execution_input, trace_header",
    )
    one_at_a_time = threading.Lock()

    def start_checked(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        size = len((execution_input or "").encode())
        if size > INPUT_LIMIT:
            raise InvalidExecutionInput(
                f"the input is {size} bytes, and an execution takes at most {INPUT_LIMIT}"
            )
        if execution_input is not None:
            _require_json(execution_input)
        machine = self.describe_state_machine(state_machine_arn)
        use_machine_key(account, machine, machine.roleArn)
        with one_at_a_time:
            found = start(self, state_machine_arn, name or str(uuid.uuid4()), execution_input)
        changes.mark(now=True)
        return found

    put(StepFunctionsParserBackend, "start_execution", start_checked)


def resume(account: Account) -> None:
    """Start again, from their input, the executions that were running when the account went down.

    Same ARN, name and start time. Tasks that made something adopt it when they run again.
    """
    backend = stepfunctions_parser_backends[account.account_id][account.region]
    for machine in backend.state_machines:
        executions: list[Any] = list(machine.executions)
        for execution in executions:
            if execution.status == "RUNNING":
                execution.exec_worker = None
                execution.start()


def tell(account: Account, execution: Any) -> None:
    """Put the execution's status on the default bus, without its data if the machine has a key:
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
    found: dict[str, Any] = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": execution.execution_input or "{}",
        "inputDetails": {"included": True},
        "output": json.dumps(execution.output) if execution.status == "SUCCEEDED" else None,
        "outputDetails": {"included": True} if execution.status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    if _encrypted(account, execution):
        found |= dict.fromkeys(("input", "output", "error", "cause"))
        found |= {name: {"included": False} for name in ("inputDetails", "outputDetails")}
    events.publish(
        account,
        {
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "resources": [execution.execution_arn],
            "detail": found,
        },
    )


def _encrypted(account: Account, execution: Any) -> bool:
    backend = stepfunctions_parser_backends[account.account_id][account.region]
    machine = backend.describe_state_machine(execution.state_machine_arn)
    return bool((machine.encryptionConfiguration or {}).get("type") == "CUSTOMER_MANAGED_KMS_KEY")


class _Role(str):
    """A machine's role, which also knows the machine: the interpreter hands on nothing else."""

    machine_arn: str


def _act_as_the_machine(account: Account) -> None:
    def details(self: Any) -> AWSExecutionDetails:
        role = _Role(self.role_arn)
        role.machine_arn = self.state_machine_arn
        return AWSExecutionDetails(account=self.account_id, region=self.region_name, role_arn=role)

    replace(Execution, "_get_start_aws_execution_details", details, signature="self")

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = state_credentials.role_arn
        if not isinstance(role, _Role):
            raise NotImplementedError(f"the local account lets no state act under {role}")
        return account.client(service, acting(str(role), role.machine_arn))

    replace(
        boto_client,
        "boto_client_for",
        client_for,
        signature="region, service, state_credentials",
    )
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions.") and hasattr(module, "boto_client_for"):
            put(module, "boto_client_for", client_for)


def _run_the_clock(speed: float) -> None:
    def wait(self: Any, env: Any, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds / speed
        while env.is_running() and (left := deadline - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    replace(WaitFunction, "_wait_interval", wait, signature="self, env, wait_seconds")

    def sleep(seconds: float) -> None:
        time.sleep(seconds / speed)

    replace(retrier_decl, "time", types.SimpleNamespace(sleep=sleep))


def _end_executions(account: Account) -> None:
    def terminated(self: Any) -> None:
        execution = self.execution
        if execution.status in ENDED:
            return  # stopped by a caller, while this task still ran
        self._reflect_execution_status()
        if execution.status == "TIMED_OUT":
            execution.error = execution.error or "States.Timeout"
        keep_history(execution)
        tell(account, execution)
        changes.mark(now=True)

    begin = original(Execution, "start", signature="self")

    def start(self: Any) -> None:
        if self.exec_status is None:  # not when it is resumed
            tell(account, self)
        begin(self)

    put(Execution, "start", start)
    replace(BaseExecutionWorkerCommunication, "terminated", terminated, signature="self")

    def stop(self: Any, stop_date: Any, error: str | None, cause: str | None) -> None:
        if self.status in ENDED:
            return
        moment = datetime.now(UTC)
        self.exec_status = ExecutionStatus.ABORTED
        self.stop_date, self.error, self.cause = moment, error or None, cause or None
        if self.exec_worker is not None and self.exec_worker.env is not None:
            self.exec_worker.stop(stop_date=moment, error=error, cause=cause)
        keep_history(self)
        tell(account, self)
        changes.mark(now=True)

    replace(Execution, "stop", stop, signature="self, stop_date, error, cause")
    running = property(lambda self: self.exec_status.value if self.exec_status else "RUNNING")
    replace(Execution, "status", running, signature="self")


def _name_errors() -> None:
    """moto writes these errors' codes where its wire layer does not look."""
    for found in vars(api).values():
        if isinstance(found, type) and issubclass(found, AWSError) and hasattr(found, "code"):
            put(found, "TYPE", found.code)


class StateMachineAlreadyExistsError(AWSError):
    """A machine of this name has another definition or role."""

    TYPE = "StateMachineAlreadyExists"
    STATUS = 400


def _refuse_other_machines() -> None:
    create = original(StepFunctionsParserBackend, "create_state_machine")

    def create_checked(self: Any, **asked: Any) -> Any:
        for machine in self.state_machines:
            wanted = (asked["definition"], asked["roleArn"])
            if machine.name == asked["name"] and (machine.definition, machine.roleArn) != wanted:
                raise StateMachineAlreadyExistsError(
                    f"State Machine Already Exists: '{machine.arn}'"
                )
        return create(self, **asked)

    put(StepFunctionsParserBackend, "create_state_machine", create_checked)
    details = original(Execution, "get_start_execution_details", signature="self")

    def details_as_text(self: Any) -> Any:
        found = details(self)
        text = found.start_time.isoformat(timespec="milliseconds")
        found.start_time = text.replace("+00:00", "Z")
        return found

    put(Execution, "get_start_execution_details", details_as_text)


def _require_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
