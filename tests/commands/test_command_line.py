"""The command line explains itself, and refuses nonsense before it starts anything."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def autolote(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "autolote", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", ["run", "check", "local", "synth", "audit", "docs"])
def test_every_command_has_a_help_that_says_what_it_does(command: str) -> None:
    """More than its options: a sentence of its own."""
    told = autolote(command, "--help")
    assert told.returncode == 0
    assert len(told.stdout.split("options:")[0].split()) > 20


def test_a_request_is_refused_with_all_its_faults_at_once(tmp_path: Path) -> None:
    """Exit code 2, one line per fault, nothing started."""
    path = tmp_path / "request.json"
    asked = {"project_id": "No Good", "train": {"method": "magic"}, "max_cost_usd": -1, "typo": 1}
    path.write_text(json.dumps(asked))
    told = autolote("run", str(path), "--local", "--home", str(tmp_path / "account"))
    assert told.returncode == 2
    for field in (
        "project_id",
        "experiment_id",
        "train.method",
        "train.data",
        "max_cost_usd",
        "typo",
    ):
        assert f"  {field}: " in told.stderr, field
    assert not (tmp_path / "account").exists()


def test_check_says_that_the_example_keeps_the_contract() -> None:
    """Without an account."""
    told = autolote("run", "examples/digits/request.json", "--check")
    assert (told.returncode, told.stdout) == (0, "")
    assert "keeps the contract" in told.stderr


def test_a_missing_truth_is_told_before_the_run() -> None:
    """Not after a minute of training."""
    told = autolote("run", "examples/digits/request.json", "--check", "--truth", "no-such.csv")
    assert told.returncode == 2
    assert "no-such.csv" in told.stderr


def test_an_environment_that_does_not_exist_is_refused_by_name() -> None:
    """With the name that was asked for."""
    told = autolote("run", "examples/digits/request.json", "--env", "nowhere")
    assert told.returncode == 2
    assert "nowhere" in told.stderr
