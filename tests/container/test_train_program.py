"""The program itself, as a laptop and SageMaker run it: arguments, folders, signals, failures."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from container.training.errors import Stopped, TrainingError
from tests.container.process import PROGRAM
from tests.container.training_cases import DRAWS, SETTINGS, model, places, run, table

SCRIPT = PROGRAM.with_name("train.py")
SLOW = {"max_rounds": "3000", "early_stopping_rounds": "0", "checkpoint_every": "150"}


def start(command: Sequence[str], folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start it in another folder than its own, with no more than it needs."""
    return subprocess.Popen(
        [sys.executable, *command],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def base(folder: Path, **hyperparameters: str) -> Path:
    """A folder laid out like /opt/ml, with the table as the channel `train`."""
    for part in ("input/config", "input/data/train", "model", "output", "checkpoints"):
        (folder / part).mkdir(parents=True)
    (folder / "input/data/train/table.csv").write_text(table())
    text = json.dumps(SETTINGS | hyperparameters)
    (folder / "input/config/hyperparameters.json").write_text(text)
    return folder


def test_as_sagemaker_runs_it(tmp_path: Path) -> None:
    """The image's entry point with the argument `train`; everything is below /opt/ml. SIGTERM in
    the middle of a segment, then SIGKILL in the middle of another, then to the end: the model is
    that of a training in one go, and no failure is told."""
    folder = base(tmp_path / "ml", **DRAWS, **SLOW)
    command = [str(PROGRAM), "train"]
    for number, wanted in ((signal.SIGTERM, 1), (signal.SIGKILL, 3)):
        process = start(command, tmp_path, SAGEMAKER_BASE_DIR=str(folder))
        wait_for_checkpoint(folder / "checkpoints", wanted)
        process.send_signal(number)
        log, _ = process.communicate(timeout=30)
        assert process.returncode == (143 if number == signal.SIGTERM else -signal.SIGKILL)
        assert ("SIGTERM: ended before" in log) == (number == signal.SIGTERM)
        assert not (folder / "model/model.txt").exists()
    process = start(command, tmp_path, SAGEMAKER_BASE_DIR=str(folder))
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert not (folder / "output/failure").exists()
    once = places(tmp_path / "once")
    run(once, **DRAWS, **SLOW)
    assert (folder / "model/model.txt").read_bytes() == model(once)
    assert "round=3000 train:binary_logloss=" in log


def wait_for_checkpoint(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 30
    while not (folder / f"segment-{number:05d}.checkpoint").exists():
        assert time.monotonic() < deadline, "no checkpoint within 30 seconds"
        time.sleep(0.005)
    time.sleep(0.01)  # into the next segment


def test_a_failure_is_told_where_sagemaker_looks_for_it(tmp_path: Path) -> None:
    """The exit status is 1; output/failure holds the sentences, at most 1024 characters."""
    folder = base(tmp_path / "ml", num_leaves="1", max_depth="deep", objective="?" * 1000)
    process = start([str(PROGRAM), "train"], tmp_path, SAGEMAKER_BASE_DIR=str(folder))
    log, _ = process.communicate(timeout=30)
    failure = (folder / "output/failure").read_text()
    assert process.returncode == 1
    assert failure.startswith("objective = '???")
    assert len(failure) == 1024
    assert "training failed: num_leaves = '1': it must be a whole number from 2" in log
    assert "Traceback" not in log


def test_on_a_laptop_the_command_line_says_everything(tmp_path: Path) -> None:
    """The same model as with the same settings in SageMaker; further parameters by --param."""
    (tmp_path / "table.csv").write_text(table())
    command = [str(SCRIPT), "--train", "table.csv", "--target", "y", "--objective", "binary"]
    command += ["--model-dir", "out", "--max-rounds", "23", "--checkpoint-every", "5"]
    command += ["--param", "num_threads=1", "--param", "feature_fraction=0.7"]
    process = start(command, tmp_path)
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 0, log
    paths = places(tmp_path / "once")
    run(paths, feature_fraction="0.7")
    assert (tmp_path / "out/model.txt").read_bytes() == model(paths)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "metadata.json",
        "model.txt",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "training failed: There is no place for the model: give --model-dir."),
        (["--train", "no.csv"], "training failed: no.csv: there is no such file or folder."),
        (["--param", "num_leaves"], "'num_leaves': write NAME=VALUE, e.g. learning_rate=0.05"),
        (["--help"], "num_leaves                  a whole number from 2 to 131072"),
    ],
)
def test_what_is_missing_is_told_at_once(arguments: list[str], told: str, tmp_path: Path) -> None:
    """Before LightGBM is imported, and without a traceback."""
    process = start([str(SCRIPT), "--target", "y", "--objective", "binary", *arguments], tmp_path)
    log, _ = process.communicate(timeout=30)
    assert told in log
    assert "Traceback" not in log


def test_a_training_that_fails_or_is_stopped_leaves_no_model_of_an_earlier_one(
    tmp_path: Path,
) -> None:
    """Only what a training writes is removed, and only that."""
    paths, other = places(tmp_path), tmp_path / "model/notes.md"
    other.write_text("mine")

    def stop(line: str) -> None:
        raise Stopped(15)

    for ended, say, content in ((TrainingError, None, "a,y\nx,0\n"), (Stopped, stop, table())):
        places(tmp_path)
        run(paths)
        (tmp_path / "train.csv").write_text(content)
        with pytest.raises(ended):
            run(paths, say=say)
        assert list((tmp_path / "model").iterdir()) == [other]


def test_it_ends_quietly_when_nobody_reads_its_log(tmp_path: Path) -> None:
    """As in `train.py ... | head`: no traceback, and the status of a process that SIGPIPE ended."""
    (tmp_path / "table.csv").write_text(table())
    process = subprocess.Popen(
        (
            f"{sys.executable} {SCRIPT} --train table.csv --target y --objective binary "
            "--model-dir out"
        ).split(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 128 + signal.SIGPIPE


def test_the_environment_names_the_folders(tmp_path: Path) -> None:
    """SM_CHANNEL_TRAIN, SM_CHANNEL_VALIDATION and SM_MODEL_DIR, without any /opt/ml."""
    for name in ("train", "held"):
        (tmp_path / f"{name}.csv").write_text(table(seed=len(name)))
    process = start(
        [str(SCRIPT), "--target", "y", "--objective", "binary", "--max-rounds", "3"],
        tmp_path,
        SM_CHANNEL_TRAIN=str(tmp_path / "train.csv"),
        SM_CHANNEL_VALIDATION=str(tmp_path / "held.csv"),
        SM_MODEL_DIR=str(tmp_path / "model"),
    )
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 0, log
    metadata = json.loads((tmp_path / "model/metadata.json").read_text())
    assert metadata["validation"] == "validation channel"
