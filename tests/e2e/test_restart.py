"""The local account may be killed at any time: what was finished stays, what ran goes on."""

import os
import signal
import time

from tests.e2e import tables
from tests.e2e.conftest import Pipeline


def test_a_run_survives_the_death_of_the_account(laptop: Pipeline) -> None:
    """Killed while the AutoML job trains, and started again: the run succeeds under its name, and
    the candidates that were finished are not trained again."""
    asked = {
        "project_id": "customers",
        "experiment_id": "killed",
        "token": "once",
        "train": {
            "method": "automl",
            "data": "data/train.csv",
            "target": "churned",
            "max_runtime_seconds": 720,
        },
        "score": {"data": "data/score.csv", "has_header": True},
    }
    laptop.upload(
        asked,
        train=tables.to_csv(tables.customers(800, seed=21), [*tables.FEATURES, "churned"]),
        score=tables.to_csv(tables.customers(50, seed=22), tables.FEATURES),
    )
    laptop.send(asked)
    laptop.until("WaitForAutoML", "customers-killed")
    jobs = laptop.client("sagemaker").list_auto_ml_jobs(StatusEquals="InProgress")
    [job] = [one["AutoMLJobName"] for one in jobs["AutoMLJobSummaries"]]
    before = _candidates(laptop, job)
    running = laptop.account.endpoint
    assert running is not None
    os.kill(int(running["pid"]), signal.SIGKILL)
    time.sleep(0.5)
    assert laptop.account.endpoint is None

    laptop.account.ensure()
    execution = laptop.wait("customers-killed")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    manifest = laptop.read(execution, "manifest.json")
    assert [one["name"] for one in manifest["jobs"] if one["kind"] == "automl"] == [job]
    assert manifest["rows_in"] == manifest["rows_out"] == 50
    kept = {one["CandidateName"]: one["CreationTime"] for one in _listed(laptop, job)}
    assert {name: kept[name] for name in before} == before


def _candidates(pipeline: Pipeline, job: str) -> dict[str, object]:
    """The candidates finished so far, once there is one, with the time each was finished."""
    deadline = time.monotonic() + 60
    while not (found := _listed(pipeline, job)):
        assert time.monotonic() < deadline, "no candidate was finished"
        time.sleep(0.2)
    return {one["CandidateName"]: one["CreationTime"] for one in found}


def _listed(pipeline: Pipeline, job: str) -> list[dict[str, object]]:
    told = pipeline.client("sagemaker").list_candidates_for_auto_ml_job(AutoMLJobName=job)
    found: list[dict[str, object]] = told["Candidates"]
    return found
