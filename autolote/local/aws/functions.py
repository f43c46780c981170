"""Lambda: run the deployed zip, under the function's role, as AWS's Python runtime does.

moto runs functions in Docker with dummy credentials, answers an `Event` invocation only after
running it, knows no retries and no dead-letter queue, and forgets LoggingConfig and
DeadLetterConfig. AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime

MemorySize is only recorded: a process here takes what it needs. The Python is the one that runs
this account, whatever minor version Runtime names.
"""

from functools import partial
from typing import Any

from moto.awslambda import models
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction

from autolote.local.aws.account import Account
from autolote.local.aws.environment_keys import lend
from autolote.local.aws.execution_environments import Pool
from autolote.local.aws.function_checks import check
from autolote.local.aws.invocations import KIND, Functions
from autolote.local.aws.patches import original, put, replace
from autolote.local.aws.pending import Pending


def install(account: Account, pending: Pending) -> Pool:
    """Put our Lambda in the place of moto's; returns the pool, to be closed at the end."""
    pool = Pool()
    runner = Functions(account=account, pool=pool, pending=pending)
    pending.register(KIND, runner.invoke_until_done)

    initialise = original(
        LambdaFunction, "__init__", signature="self, account_id, spec, region, version"
    )
    configure = original(LambdaFunction, "update_configuration", signature="self, config_updates")
    describe = original(LambdaFunction, "get_configuration", signature="self, on_create")
    create = original(LambdaBackend, "create_function")

    def initialise_fully(
        self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1
    ) -> None:
        initialise(self, account_id, spec, region, version)
        _configure(self, spec)
        lend(account, self)

    def create_checked(self: Any, spec: dict[str, Any]) -> Any:
        name, role = spec["FunctionName"], spec["Role"]
        check(account, name=name, role_arn=role, changes=spec, new_role=True)
        return create(self, spec)

    def configure_fully(self: Any, config_updates: dict[str, Any]) -> Any:
        role = config_updates.get("Role", self.role)
        new_role = "Role" in config_updates
        name = self.function_name
        check(account, name=name, role_arn=role, changes=config_updates, new_role=new_role)
        _configure(self, config_updates)
        answer = configure(self, config_updates)
        if new_role or "KMSKeyArn" in config_updates:
            lend(account, self)
        return {**answer, **_recorded(self)}

    def describe_fully(self: Any, on_create: bool = False) -> dict[str, Any]:
        return {**describe(self, on_create), **_recorded(self)}

    def invoke(self: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        return runner.invoke(self, body, request_headers, response_headers)

    put(LambdaFunction, "__init__", initialise_fully)
    put(LambdaBackend, "create_function", create_checked)
    put(LambdaFunction, "update_configuration", configure_fully)
    put(LambdaFunction, "get_configuration", describe_fully)
    replace(
        LambdaFunction,
        "invoke",
        invoke,
        signature="self, body, request_headers, response_headers",
    )
    replace(
        LambdaBackend,
        "put_function_event_invoke_config",
        _put_event_invoke_config,
        signature="self, function_name, config",
    )
    replace(models, "_zipfile_content", partial(_interned, models._zipfile_content))
    replace(models, "_s3_content", partial(_interned, models._s3_content))
    return pool


_code: dict[str, bytes] = {}


def _interned(read: Any, source: Any) -> Any:
    """Functions that share an asset share its bytes too, in memory and in the kept state."""
    content, size, sha, digest = read(source)
    return _code.setdefault(sha, content), size, sha, digest


def _configure(function: Any, spec: dict[str, Any]) -> None:
    logging_config = spec.get("LoggingConfig") or {}
    if logging_config.get("LogGroup"):
        function.logs_group_name = logging_config["LogGroup"]
    if logging_config or not hasattr(function, "logging_config"):
        function.logging_config = {"LogFormat": "Text", **logging_config}
    if "DeadLetterConfig" in spec or not hasattr(function, "dead_letter_config"):
        function.dead_letter_config = spec.get("DeadLetterConfig") or {}
    if "TracingConfig" in spec:
        function.tracing_config = spec["TracingConfig"]
    if "KMSKeyArn" in spec:
        function.kms_key_arn = spec["KMSKeyArn"]


def _recorded(function: Any) -> dict[str, Any]:
    group = {"LogGroup": function.logs_group_name}
    found: dict[str, Any] = {"LoggingConfig": {**function.logging_config, **group}}
    if function.dead_letter_config:
        found["DeadLetterConfig"] = function.dead_letter_config
    return found


def _put_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> Any:
    """moto appends, and reads the first: a second put would have no effect."""
    function = self.get_function(function_name)
    found = EventInvokeConfig(function.function_arn, function.last_modified, config)
    function.event_invoke_config = [found]
    return found.response()
