"""Accounts of the test session's own, deployed, and a small driver to run requests in them."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autolote import requests, settings, tools
from autolote.accounts import Deployment, LocalAccount, local_account
from autolote.deployment import deploy
from stacks.app import build

LOCAL = settings.load(tools.ROOT / "environments" / "local.toml")
PROD = settings.load(tools.ROOT / "environments" / "prod.toml")
RUN_SECONDS = 150


@dataclass(frozen=True)
class Pipeline:
    """A deployed account: sends requests as events, waits for their executions."""

    account: LocalAccount
    deployment: Deployment
    home: Path

    @property
    def prefix(self) -> str:
        """What the names of the environment's resources begin with."""
        return f"autolote-{self.deployment.environment}"

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def upload(self, request: dict[str, Any], **files: str) -> None:
        """Put CSV text at `data/<name>.csv` of the request's experiment."""
        for name, text in files.items():
            key = f"{request['project_id']}/{request['experiment_id']}/data/{name}.csv"
            self.client("s3").put_object(
                Bucket=self.deployment.data_bucket, Key=key, Body=text.encode()
            )

    def send(self, request: dict[str, Any]) -> str:
        return requests.send(self.account, self.deployment, request)

    def executions(self, containing: str) -> list[dict[str, Any]]:
        """The executions whose name holds a text (a project and experiment)."""
        told = self.client("stepfunctions").list_executions(
            stateMachineArn=self.deployment.state_machine_arn
        )
        return [one for one in told["executions"] if containing in one["name"]]

    def wait(
        self, containing: str, *, after: tuple[str, ...] = (), seconds: float = RUN_SECONDS
    ) -> dict[str, Any]:
        """The one execution whose name holds a text, once it has ended; `after` names others."""
        deadline = time.monotonic() + seconds
        found: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            found = [one for one in self.executions(containing) if one["name"] not in after]
            if found and found[0]["status"] != "RUNNING":
                arn = found[0]["executionArn"]
                told: dict[str, Any] = self.client("stepfunctions").describe_execution(
                    executionArn=arn
                )
                return told
            time.sleep(0.3)
        raise AssertionError(f"{containing}: not ended within {seconds} s: {found}")

    def until(self, state: str, containing: str, *, seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """The running execution, once it has entered a state."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.executions(containing)
            if found and state in self.states(found[0]):
                return found[0]
            if found and found[0]["status"] != "RUNNING":
                break
            time.sleep(0.2)
        raise AssertionError(f"{containing}: {state} not entered: {found}")

    def states(self, execution: dict[str, Any]) -> list[str]:
        """The names of the states an execution entered, in order."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages.paginate(executionArn=execution["executionArn"])
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def passed(
        self, execution: dict[str, Any], state: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What an execution gave to a state the first time, and what it had after it."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        found: dict[str, dict[str, Any]] = {}
        for page in pages.paginate(executionArn=execution["executionArn"]):
            for event in page["events"]:
                for side, text in (("Entered", "input"), ("Exited", "output")):
                    details = event.get(f"state{side}EventDetails", {})
                    if details.get("name") == state:
                        found.setdefault(side, json.loads(details[text]))
        return found["Entered"], found["Exited"]

    def call(self, function: str, event: dict[str, Any]) -> Any:
        """Call a function of the kit by its name; an error it raises fails the test."""
        functions = self.client("lambda")
        [name] = [
            one["FunctionName"]
            for page in functions.get_paginator("list_functions").paginate()
            for one in page["Functions"]
            if one["Description"] == f"autolote: {function}"
        ]
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def read(self, execution: dict[str, Any], name: str) -> dict[str, Any]:
        """A JSON file of the run (manifest.json, failure.json)."""
        told = self.client("stepfunctions").describe_execution(
            executionArn=execution["executionArn"]
        )
        request = json.loads(told["input"])["request"]
        key = f"{request['project_id']}/{request['experiment_id']}/runs/{execution['name']}/{name}"
        body = self.client("s3").get_object(Bucket=self.deployment.data_bucket, Key=key)["Body"]
        content: dict[str, Any] = json.loads(body.read())
        return content

    def read_if_there(self, execution: dict[str, Any], name: str) -> dict[str, Any] | None:
        """The same; None while there is no such file."""
        try:
            return self.read(execution, name)
        except self.client("s3").exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None

    def predictions(self, manifest: dict[str, Any]) -> list[list[str]]:
        """Every row of the run's .out objects."""
        rows = []
        for item in manifest["output"]["objects"]:
            bucket, _, key = item["uri"].removeprefix("s3://").partition("/")
            text = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            rows += [line.split(",") for line in text.splitlines()]
        return rows


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is proved of a whole run is asked when the rest of it is over."""
    items.sort(key=lambda item: item.get_closest_marker("after_all_others") is not None)


@pytest.fixture(scope="session")
def prod_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates of `prod`, as `cdk deploy` is given them."""
    return Path(build([PROD], outdir=tmp_path_factory.mktemp("prod")).synth().directory)


@pytest.fixture(scope="session")
def pipeline(prod_assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The `prod` environment, deployed into a local account of the test session's own."""
    with _account(tmp_path_factory.mktemp("account")) as account:
        deploy(account, environment=PROD.environment, log=_log(account), app=prod_assembly)
        yield Pipeline(account, account.deployment(PROD.environment), account.home)


@pytest.fixture(scope="session")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The `local` environment in another one, as `autolote run --local` deploys it."""
    with _account(tmp_path_factory.mktemp("laptop")) as account:
        deploy(account, environment=LOCAL.environment, log=_log(account))
        yield Pipeline(account, account.deployment(LOCAL.environment), account.home)


def _account(home: Path) -> AbstractContextManager[LocalAccount]:
    speed = LOCAL.clock_speed or 1.0
    return local_account(home=home, region=PROD.region, account=str(LOCAL.account), speed=speed)


def _log(account: LocalAccount) -> Path:
    return account.home / "deploy.log"
