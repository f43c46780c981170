"""The account may be killed at any moment: what was finished stays, what ran goes on."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autolote.local.sagemaker.store import NameTakenError, Store

from .account import (
    HERE,
    Account,
    alive,
    automl_request,
    client,
    spot,
    training_request,
    wait_for,
)
from .test_automl import table
from .test_transform import noted


@pytest.fixture
def restart(s3_url: str, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Starts the account in a process of its own; again, after killing the one before."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> Any:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
        ready = tmp_path / "url"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.local_sagemaker.account_process"]
        running[:] = [subprocess.Popen([*command, str(tmp_path), s3_url], cwd=HERE.parents[1])]
        url = wait_for(lambda: ready.exists() and ready.read_text(), bool)
        return client("sagemaker", url)

    yield start
    for process in running:
        process.terminate()
        process.wait()


def test_a_transform_job_goes_on_with_the_objects_that_are_left(
    restart: Callable[[], Any], s3_url: str, tmp_path: Path, notes: Path
) -> None:
    """Killed in its third object: the two that are stored are not scored again, the others are;
    the model server of the killed account is gone."""
    name = "killed-transform"
    service = restart()
    helper = Account(tmp_path / "helper", s3_url)
    helper.sagemaker = service
    helper.model(name, SLEEP="0.5", NOTES=str(notes))
    for key in "abcde":
        helper.put(f"{name}/in/{key}.csv", f"{key}\n")
    helper.start(name)
    wait_for(lambda: helper.keys(f"{name}/out"), lambda keys: len(keys) >= 2)
    wait_for(lambda: [call["body"] for call in noted(notes)], lambda bodies: "c\n" in bodies)
    stored = helper.keys(f"{name}/out")

    helper.sagemaker = restart()
    job = helper.finish(name)
    assert job["TransformJobStatus"] == "Completed"
    assert [helper.text(f"{name}/out/{key}.csv.out") for key in "abcde"] == [
        f"{key},p\n" for key in "abcde"
    ]
    bodies = [call["body"] for call in noted(notes)]
    finished = [key.removesuffix(".csv.out")[-1] for key in stored]
    assert [bodies.count(f"{key}\n") for key in finished[:2]] == [1, 1]
    first, second = (start["pid"] for start in noted(notes, "environment"))
    assert first != second
    wait_for(lambda: alive(first), lambda running: not running, seconds=3)
    helper.close()


def test_an_automl_job_goes_on_with_the_candidates_that_are_finished(
    restart: Callable[[], Any], s3_url: str, tmp_path: Path
) -> None:
    """Killed while the second candidate trains: the first one's model is the one from before, and
    its times are the same. Finished jobs are as they were."""
    name = "killed-automl"
    helper = Account(tmp_path / "helper", s3_url)
    helper.sagemaker = restart()
    helper.put("before/train.csv", table())
    helper.sagemaker.create_auto_ml_job_v2(**automl_request("before"))
    before = helper.finish_automl("before")
    helper.put(f"{name}/train.csv", table("once"))
    target = {"TabularJobConfig": {"TargetAttributeName": "once"}}
    helper.sagemaker.create_auto_ml_job_v2(**automl_request(name, AutoMLProblemTypeConfig=target))

    def candidates() -> Any:
        return helper.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName=name)["Candidates"]

    (first,) = wait_for(candidates, bool)
    model = tmp_path / "home/work/automl-job" / name / "candidates/first/model.txt"
    trained_by = model.read_text()
    worker = int(trained_by.rsplit(maxsplit=1)[1])

    helper.sagemaker = restart()
    wait_for(lambda: alive(worker), lambda running: not running, seconds=3)
    job = helper.finish_automl(name)
    assert job["AutoMLJobStatus"] == "Completed"
    after = {found["CandidateName"]: found for found in candidates()}
    assert set(after) == {f"{name}-first", f"{name}-second"}
    assert after[f"{name}-first"]["CreationTime"] == first["CreationTime"]
    again = helper.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="before")
    assert {**before, "ResponseMetadata": None} == {**again, "ResponseMetadata": None}
    helper.close()


def test_a_training_job_goes_on_from_its_checkpoints(
    restart: Callable[[], Any], s3_url: str, tmp_path: Path, notes: Path
) -> None:
    """Killed with the program at work: the program is gone, its last checkpoint is not."""
    name = "killed-training"
    helper = Account(tmp_path / "helper", s3_url)
    helper.sagemaker = restart()
    helper.put("training/a.csv", "a,y\n1,0\n")
    told = {"steps": "12", "pause": "0.1", "notes": str(notes)}
    request = training_request(name, HyperParameters=told, **spot(name))
    helper.sagemaker.create_training_job(**request)
    wait_for(lambda: helper.keys(f"checkpoints/{name}/"), lambda keys: len(keys) >= 3)

    helper.sagemaker = restart()
    job = helper.finish_training(name)
    assert job["TrainingJobStatus"] == "Completed"
    first, second = noted(notes, "config")
    assert len(second["checkpoints"]) >= 3
    assert helper.text(f"checkpoints/{name}/1.txt") == str(first["pid"])
    assert helper.text(f"checkpoints/{name}/12.txt") == str(second["pid"])
    wait_for(lambda: alive(first["pid"]), lambda running: not running, seconds=3)
    statuses = [past["Status"] for past in job["SecondaryStatusTransitions"]]
    assert statuses[:6] == ["Starting", "Downloading", "Training"] * 2
    helper.close()


def test_a_job_that_was_stopping_is_stopped(s3_url: str, tmp_path: Path, notes: Path) -> None:
    """Its account went down between the request and the end. A regular end leaves no process and
    no status but the one before."""
    account = Account(tmp_path, s3_url)
    account.model("going", SLEEP="30", NOTES=str(notes))
    account.put("going/in/a.csv", "1\n")
    account.start("going")
    wait_for(lambda: notes.exists() and noted(notes), bool)
    account.close()
    assert not alive(noted(notes, "environment")[0]["pid"])
    path = tmp_path / "records/transform-job/going.json"
    saved = json.loads(path.read_text())
    assert saved["record"]["description"]["TransformJobStatus"] == "InProgress"
    saved["record"]["description"]["TransformJobStatus"] = "Stopping"
    path.write_text(json.dumps(saved))
    again = Account(tmp_path, s3_url)
    again.service.resume()
    assert again.finish("going")["TransformJobStatus"] == "Stopped"
    again.close()


def test_a_record_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A draft that a killed process left is no record; names that differ in case are two files."""
    store = Store(tmp_path)
    store.create("Name", {"n": 1})
    store.create("name", {"n": 2})
    with pytest.raises(NameTakenError):
        store.create("NAME", {}, ignore_case=True)
    (tmp_path / "name.json.draft").write_text('{"name": "na')
    with pytest.raises(ZeroDivisionError), store.change("name") as record:
        record["n"] = 1 / 0
    with store.change("name") as record:
        record["n"] += 1
    again = Store(tmp_path)
    assert (again.read("Name"), again.read("name")) == ({"n": 1}, {"n": 3})
    again.delete("name")
    assert Store(tmp_path).names() == ["Name"]
