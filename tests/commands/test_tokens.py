"""A token that was used before: its run is shown for the same request, and for no other."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from autolote import requests
from autolote.accounts import Account, Deployment

ASKED = {"project_id": "p", "experiment_id": "e", "token": "monday", "train": {"data": "a.csv"}}
MACHINE = "arn:aws:states:sa-east-1:123456789012:stateMachine:autolote-local"
WHERE = Deployment(
    environment="local",
    region="sa-east-1",
    data_bucket="bucket",
    bus_name="bus",
    starter_function="starter",
    state_machine_arn=MACHINE,
)


class OneClient(Account):
    """An account that answers through one stubbed client."""

    machines: Any

    def client(self, service: str) -> Any:
        assert service == "stepfunctions"
        return self.machines


def ask(earlier: dict[str, Any] | None) -> bool:
    """Look up the run of `ASKED` where the token was used for `earlier`, if for anything."""
    account = OneClient(region="sa-east-1")
    account.machines = boto3.client(
        "stepfunctions",
        region_name="sa-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    with Stubber(account.machines) as stub:
        if earlier is None:
            stub.add_client_error("describe_execution", "ExecutionDoesNotExist")
        else:
            execution = {
                "executionArn": WHERE.execution_arn("p-e-1"),
                "stateMachineArn": MACHINE,
                "status": "SUCCEEDED",
                "startDate": "2026-11-21T00:00:00Z",
                "input": json.dumps({"request": earlier}),
            }
            stub.add_response("describe_execution", execution)
        return requests.was_sent(account, WHERE, ASKED, run="p-e-1", source=Path("request.json"))


def test_a_new_token_and_the_same_request_again_are_told_apart() -> None:
    """Only the first is to be sent."""
    assert not ask(None)
    assert ask(ASKED)


def test_the_token_of_another_request_is_refused() -> None:
    """The other one's predictions would be shown as this one's."""
    with pytest.raises(requests.RequestError, match=r"token: belongs to run p-e-1.*new token"):
        ask({**ASKED, "train": {"data": "b.csv"}})
