"""Training with the team's own script on interrupted spot instances, then scoring what it left."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import PROD, Pipeline

GOLDEN_ROWS = 50


@pytest.fixture(scope="module")
def spot_market(pipeline: Pipeline) -> Iterator[None]:
    """Every spot training job loses its instance once, and waits a minute for another."""
    market = pipeline.home / "sagemaker" / "spot.json"
    market.write_text(json.dumps({"interruptions": 1, "seconds_without_capacity": 60}))
    yield
    market.unlink()


@pytest.fixture(scope="module")
def trained(
    pipeline: Pipeline, spot_market: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], list[dict[str, str]], str]:
    """`autolote run` of the digits: the manifest, the predictions, and what was said."""
    folder = tmp_path_factory.mktemp("digits")
    shutil.copytree("examples/digits", folder, dirs_exist_ok=True)
    command = [sys.executable, "-m", "autolote", "run", str(folder / "request-script.json")]
    command += ["--env", PROD.environment, "--out", str(folder / "out"), "--json"]
    command += ["--truth", str(folder / "truth.csv")]
    done = subprocess.run(
        command,
        env=os.environ | pipeline.account.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    with (folder / "out" / "predictions.csv").open(newline="") as predictions:
        rows = list(csv.DictReader(predictions))
    return json.loads(done.stdout), rows, done.stderr


def test_an_interrupted_training_ends_in_verified_and_good_predictions(
    trained: tuple[dict[str, Any], list[dict[str, str]], str],
) -> None:
    """The job goes on from its checkpoint; what it waited for another instance is not billed."""
    manifest, rows, said = trained
    [training, transform] = manifest["jobs"]
    assert (training["kind"], training["interruptions"]) == ("training", 1)
    assert 0 < training["billable_seconds"] < training["seconds"]
    assert training["spot_saving_percent"] > 0
    assert transform["kind"] == "transform"
    assert manifest["seconds"]["states"].keys() >= {"StartTraining", "PassesGate", "VerifyOutput"}
    assert manifest["model"]["kind"] == "script"
    assert manifest["model"]["model_uri"].endswith("model.tar.gz")
    assert manifest["metrics"]["multi_error"] <= 0.1
    assert manifest["rows_in"] == manifest["rows_out"] == len(rows) == 359
    with Path("examples/digits/truth.csv").open(newline="") as truth:
        true = list(csv.DictReader(truth))
    hits = sum(
        float(a["predicted_label"]) == float(b["digit"]) for a, b in zip(rows, true, strict=True)
    )
    assert hits / len(true) >= 0.9
    for words in ("Trained model (multi_logloss)", "1 interruption(s)", "held-out accuracy"):
        assert words in said, words


def golden_request(trained: dict[str, Any], token: str) -> dict[str, Any]:
    return {
        **{name: trained[name] for name in ("project_id", "experiment_id")},
        "token": token,
        "model": {"run_id": trained["run_id"]},
        "score": {
            "data": "data/score.csv",
            "id_columns": ["image_id"],
            "output": ["predicted_label", "probability"],
            "golden": {"data": "data/golden.csv", "predictions": f"data/{token}.csv"},
        },
    }


def upload_golden(pipeline: Pipeline, asked: dict[str, Any], rows: list[dict[str, str]]) -> None:
    """The first images without their ids, and what the model is to predict for them."""
    lines = Path("examples/digits/data/score.csv").read_text().splitlines()[: GOLDEN_ROWS + 1]
    features = "".join(f"{line.partition(',')[2]}\n" for line in lines)
    stored = "".join(
        f"{row['predicted_label']},{row['probability']}\n" for row in rows[:GOLDEN_ROWS]
    )
    pipeline.upload(asked, golden=features, **{asked["token"]: stored})


def test_a_later_run_scores_with_the_trained_model_once_golden_rows_match(
    pipeline: Pipeline, trained: tuple[dict[str, Any], list[dict[str, str]], str]
) -> None:
    """What the first run predicted is stored as right; the model gives it to the last digit."""
    manifest, rows, _ = trained
    asked = golden_request(manifest, "golden-right")
    upload_golden(pipeline, asked, rows)
    pipeline.send(asked)
    execution = pipeline.wait("digits-script", after=(manifest["run_id"],))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    states = pipeline.states(execution)
    assert "StartTraining" not in states
    assert states.index("CheckGolden") < states.index("StartTransform")
    told = pipeline.read(execution, "manifest.json")
    assert (told["golden"]["rows"], told["golden"]["max_deviation"]) == (GOLDEN_ROWS, 0.0)
    found = [row[1:] for row in pipeline.predictions(told)]
    assert found == [[row["predicted_label"], row["probability"]] for row in rows]


def test_golden_rows_that_do_not_match_keep_a_model_from_scoring(
    pipeline: Pipeline, trained: tuple[dict[str, Any], list[dict[str, str]], str]
) -> None:
    """One stored probability is off: the run ends before scoring and names the row."""
    manifest, rows, _ = trained
    asked = golden_request(manifest, "golden-wrong")
    wrong = [dict(row) for row in rows]
    wrong[6]["probability"] = "0.123"
    upload_golden(pipeline, asked, wrong)
    before = tuple(one["name"] for one in pipeline.executions("digits-script"))
    pipeline.send(asked)
    execution = pipeline.wait("digits-script", after=before)
    assert (execution["status"], execution["error"]) == ("FAILED", "GoldenMismatch")
    assert "row 7 column 2: expected 0.123" in execution["cause"]
    assert "StartTransform" not in pipeline.states(execution)
