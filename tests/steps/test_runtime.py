"""What every handler does around its work: it logs, names errors, and keeps results small."""

import json
import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from rules.violations import Violation
from steps import environment, errors, runtime
from steps.environment import Environment

from tests.steps.conftest import VARIABLES


def client_error(code: str, status: int = 400) -> ClientError:
    told = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "Operation")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (client_error("Throttling"), "ThrottlingException"),
        (client_error("SlowDown", 503), "ThrottlingException"),
        (client_error("InternalError", 500), "ServiceUnavailable"),
        (client_error("403", 403), "AccessDenied"),
        (client_error("AccessDenied", 403), "AccessDenied"),
        (client_error("NoSuchBucket", 404), "NoSuchBucket"),
        (client_error("KMS.DisabledException"), "KMS.DisabledException"),
        (ReadTimeoutError(endpoint_url="https://x"), "ServiceUnavailable"),
    ],
)
def test_aws_errors_reach_the_state_machine_by_name(
    env: Environment, error: Exception, name: str
) -> None:
    def work(_event: runtime.Event, _env: Environment) -> runtime.Result:
        raise error

    with pytest.raises(Exception, match=r".+") as caught:
        runtime.step(work)({}, None)
    assert type(caught.value).__name__ == name
    assert caught.value.__cause__ is error


def test_a_used_up_quota_says_what_can_be_done() -> None:
    assert "Service Quotas" in str(errors.named(client_error("ResourceLimitExceeded")))


def test_a_result_that_a_state_cannot_carry_is_an_error(env: Environment) -> None:
    def work(_event: runtime.Event, _env: Environment) -> runtime.Result:
        return {"text": "x" * 40_000}

    with pytest.raises(ValueError, match="a state carries 32768"):
        runtime.step(work)({}, None)


def test_a_log_line_is_json_and_names_the_run(env: Environment) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keep = Keep()
    logging.getLogger().addHandler(keep)
    try:
        runtime.step(lambda _event, _env: {})({"run": {"run_id": "r-1"}}, None)
    finally:
        logging.getLogger().removeHandler(keep)
    told: dict[str, Any] = json.loads(lines[-1])
    assert (told["run_id"], told["level"], told["message"]) == ("r-1", "INFO", "done")


def test_a_missing_variable_or_setting_is_named() -> None:
    settings = {"projects": [], "instances": {}, "limits": {}, "tags": {}, "network": None}
    variables = {**VARIABLES, "SETTINGS": json.dumps(settings)}
    with pytest.raises(KeyError, match="transform_default"):
        environment.read(variables)
    with pytest.raises(KeyError, match="KEY_ARN"):
        environment.read({k: v for k, v in variables.items() if k != "KEY_ARN"})


def test_the_violations_of_a_refusal_fit_into_a_states_cause() -> None:
    many = [Violation(field=f"f{n}", value="v" * 500, rule="r" * 90, fix="x") for n in range(500)]
    told = errors.InvalidRequest(many)
    assert len(json.dumps(str(told))) < 32_768
    found = json.loads(str(told))
    assert found[0]["field"] == "f0"
    assert found[-1]["rule"] == f"breaks {500 - len(found) + 1} more rules"
