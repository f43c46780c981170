"""A job may be stopped or killed at any time; run again, it goes on, and its budget with it."""

import json
import signal
import time
from pathlib import Path

from tests.automl.jobs import Job
from tests.automl.tables import table


def models(job: Job) -> dict[str, bytes]:
    """All model artifacts of a job."""
    found = (job.folder / "artifacts").rglob("model.tar.gz")
    return {path.parent.name: path.read_bytes() for path in found}


def test_a_killed_job_goes_on_to_the_same_models(binary: Job, tmp_path: Path) -> None:
    """The same data and candidates give the same bytes, interrupted twice or not at all."""
    job = Job(tmp_path, table("digits"), max_candidates=3)
    for finished, kill in ((1, signal.SIGKILL), (2, signal.SIGTERM)):
        worker = job.start()
        job.wait_for_candidates(finished)
        worker.send_signal(kill)
        assert worker.wait(10) in (-signal.SIGKILL, 128 + signal.SIGTERM, 0)
    result = job.succeed()
    assert models(job) == models(binary)
    assert [line["value"] for line in result["candidates"]] == [
        line["value"] for line in binary.result()["candidates"]
    ]
    names = [event.get("stage") or event["candidate"]["name"] for event in job.progress()]
    assert len(names) == len(set(names))


def test_a_stopped_job_ends_at_once_without_a_result(tmp_path: Path) -> None:
    job = Job(tmp_path, table("words"))
    worker = job.start()
    job.wait_for_candidates(1)
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 128 + signal.SIGTERM
    assert time.monotonic() - asked < 5
    assert not (tmp_path / "result.json").exists()
    assert not (tmp_path / "failure.json").exists()


def test_a_line_that_a_killed_worker_left_half_written_is_repaired(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_bytes(b'{"stage": "AnalyzingData"}\n{"cand')
    job = Job(tmp_path, table("digits"), max_candidates=1)
    job.succeed()
    stages = [event["stage"] for event in job.progress() if "stage" in event]
    assert stages.count("AnalyzingData") == 1


def test_time_used_before_counts(tmp_path: Path) -> None:
    """With nothing left of the budget one candidate is still trained, and none after it."""
    (tmp_path / "clock.json").write_text(json.dumps({"used_seconds": 60}))
    job = Job(tmp_path, table("digits"), budget_seconds=60)
    result = job.succeed()
    assert (len(result["candidates"]), result["stopped_by"]) == (1, "MaxRuntime")
    assert json.loads((tmp_path / "clock.json").read_text())["used_seconds"] > 60


def test_the_budget_is_kept(tmp_path: Path) -> None:
    job = Job(tmp_path, table("words"), budget_seconds=4)
    started = time.monotonic()
    result = job.succeed()
    assert time.monotonic() - started < 4 * 1.15 + 1  # starting Python does not count
    assert result["stopped_by"] == "MaxRuntime"
    assert result["candidates"]


def test_no_candidate_takes_more_than_its_share(tmp_path: Path) -> None:
    job = Job(tmp_path, table("words"), max_seconds_per_candidate=0.3, max_candidates=2)
    for line in job.succeed()["candidates"]:
        assert line["seconds"] < 1.5
