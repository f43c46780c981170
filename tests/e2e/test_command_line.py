"""`autolote run` from a request file to predictions, as a person types it."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Pipeline

PROMISED = {
    "status",
    "execution_arn",
    "project_id",
    "experiment_id",
    "rows_in",
    "rows_out",
    "jobs",
    "metrics",
    "seconds",
    "estimated_cost",
}


def test_the_example_ends_with_verified_and_good_predictions(
    laptop: Pipeline, tmp_path: Path
) -> None:
    """The digits with a quarter of their time: the account that runs is used, nothing is deployed
    again, files beside the request are uploaded, and the labels are right."""
    folder = tmp_path / "digits"
    shutil.copytree("examples/digits", folder)
    asked = json.loads((folder / "request.json").read_text())
    asked["train"]["max_runtime_seconds"] = 480
    (folder / "request.json").write_text(json.dumps(asked))
    command = [sys.executable, "-m", "autolote", "run", str(folder / "request.json"), "--local"]
    command += ["--home", str(laptop.home), "--out", str(tmp_path / "out"), "--json"]
    command += ["--truth", str(folder / "truth.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)

    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest.keys() >= PROMISED
    assert (manifest["status"], manifest["rows_in"], manifest["rows_out"]) == (
        "SUCCEEDED",
        359,
        359,
    )
    assert manifest["seconds"]["states"].keys() >= {"ValidateRequest", "DescribeAutoML", "Done"}
    with (tmp_path / "out" / "predictions.csv").open(newline="") as predictions:
        rows = list(csv.DictReader(predictions))
    with (folder / "truth.csv").open(newline="") as truth:
        true = list(csv.DictReader(truth))
    assert [row["image_id"] for row in rows] == [row["image_id"] for row in true]
    hits = sum(a["predicted_label"] == b["digit"] for a, b in zip(rows, true, strict=True))
    assert hits / len(true) >= 0.95
    for said in ("no changes", "Leaderboard", "rows in 359 = rows out 359", "held-out accuracy"):
        assert said in done.stderr, said
