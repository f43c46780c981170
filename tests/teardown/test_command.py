"""`autolote teardown` as it is typed: what it prints, what it asks, its exit code."""

import io
import json
from typing import Any

import pytest

from autolote.__main__ import main
from tests.local_aws.account_process import AccountProcess
from tests.teardown.conftest import Environment

QUEUE: dict[str, Any] = {"Q": {"Type": "AWS::SQS::Queue"}}


@pytest.fixture
def dev(process: AccountProcess) -> Environment:
    """One stack of the environment that environments/dev.toml describes."""
    made = Environment(process)
    made.name = "dev"
    if "queue" not in made.live():
        made.deploy("queue", QUEUE)
    return made


class Terminal(io.StringIO):
    """Somebody sits there and types."""

    def isatty(self) -> bool:
        return True


def typed(environment: Environment, *options: str) -> int:
    home = str(environment.process.home)
    return main(["teardown", environment.name, "--local", "--home", home, *options])


def test_a_dry_run_prints_the_plan_and_leaves_everything(
    dev: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(dev, "--dry-run", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (task,) = told["tasks"]
    assert (task["verb"], task["kind"], task["name"]) == ("delete", "stack", dev.stack("queue"))
    assert typed(dev, "--dry-run") == 0
    assert dev.stack("queue") in capsys.readouterr().err
    assert dev.live() == ["queue"]


def test_nobody_to_ask_is_a_refusal(
    dev: Environment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert typed(dev) == 2
    assert "give --yes" in capsys.readouterr().err
    assert dev.live() == ["queue"]


@pytest.mark.parametrize(("answer", "code", "there"), [("prod", 2, ["queue"]), ("dev", 0, [])])
def test_only_the_environments_own_name_is_a_yes(
    dev: Environment, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, there: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    assert typed(dev) == code
    assert dev.live() == there


def test_what_is_left_is_exit_code_1_and_has_a_command(
    dev: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.deploy("export", QUEUE, Q={"Ref": "Q"})
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": dev.exported("export", "Q")},
    }
    dev.process.deploy("uses-dev", {"P": parameter})
    assert typed(dev, "--yes", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    (left,) = told["left"]
    assert left["command"] == f"aws cloudformation delete-stack --stack-name {dev.stack('export')}"
    assert "uses-dev" in left["why"]
    dev.client("cloudformation").delete_stack(StackName="uses-dev")
    assert typed(dev, "--yes") == 0
    assert typed(dev, "--yes") == 0
    assert "0 done, 0 stay, 0 left" in capsys.readouterr().err


def test_an_environment_that_was_never_there_is_refused(
    process: AccountProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(process.home)
    assert main(["teardown", "prod", "--local", "--home", home, "--yes"]) == 2
    assert "there is no stack of environment prod" in capsys.readouterr().err
