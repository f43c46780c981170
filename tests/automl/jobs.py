"""Runs the real worker process in a folder, as the local account does."""

import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

from tests.automl.tables import to_csv

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}


class Job:
    """The folder of one job."""

    def __init__(self, folder: Path, lines: list[list[str]] | str, **request: Any) -> None:
        self.folder = folder
        text = lines if isinstance(lines, str) else to_csv(lines)
        self.add("training", text)
        defaults = {
            "job_name": "autolote-test-0123456789abcd",
            "target": "y",
            "problem_type": None,
            "objective": None,
            "max_candidates": None,
            "budget_seconds": 60,
            "max_seconds_per_candidate": None,
            "validation_fraction": 0.2,
            "feature_names": None,
            "sample_weight_column": None,
            "threads": 2,
        }
        (folder / "request.json").write_text(json.dumps(defaults | request))

    def add(self, channel: str, text: str, name: str = "000000.csv") -> None:
        """Write a CSV file of a channel."""
        target = self.folder / "input" / channel
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the worker."""
        command = [sys.executable, "-m", "autolote.local.automl.worker", str(self.folder)]
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log)

    def run(self) -> int:
        """Run the worker to its end; returns its exit status."""
        return self.start().wait(120)

    def succeed(self) -> dict[str, Any]:
        """Run the worker and return its result."""
        assert self.run() == 0, (self.folder / "worker.log").read_text()
        return self.result()

    def fail(self) -> str:
        """Run the worker, which must fail, and return its reason."""
        assert self.run() == 1
        assert not (self.folder / "result.json").exists()
        return str(json.loads((self.folder / "failure.json").read_text())["reason"])

    def result(self) -> dict[str, Any]:
        """What the worker wrote at its end."""
        found: dict[str, Any] = json.loads((self.folder / "result.json").read_text())
        return found

    def progress(self) -> list[dict[str, Any]]:
        """The events reported so far."""
        path = self.folder / "progress.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def wait_for_candidates(self, count: int) -> None:
        """Wait until this many candidates were reported."""
        deadline = time.monotonic() + 60
        while sum("candidate" in event for event in self.progress()) < count:
            assert time.monotonic() < deadline, (self.folder / "worker.log").read_text()
            time.sleep(0.02)

    def artifact(self, candidate: dict[str, Any], key: str) -> Any:
        """A JSON report of a candidate."""
        return json.loads((self.folder / "artifacts" / candidate[key]).read_text())

    def unpack(self, candidate: dict[str, Any], target: Path) -> Path:
        """Unpack a candidate's model as SageMaker does; returns the folder."""
        with tarfile.open(self.folder / "artifacts" / candidate["model"]) as archive:
            archive.extractall(target, filter="data")
        return target
