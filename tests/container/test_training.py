"""A training ends in the same model.txt however often it is interrupted; its end is explained."""

import hashlib
import json
import re
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from container.training.errors import Stopped, TrainingError
from container.training.job import train
from container.training.model import joined
from container.training.settings import TrainingSettings
from tests.container.training_cases import DRAWS, SETTINGS, model, places, run, table

KINDS: dict[str, dict[str, str]] = {
    "binary": {"metric": "auc,binary_logloss"},
    "two threads": {"num_threads": "2"},
    "goss": {"data_sample_strategy": "goss", "learning_rate": "0.5"},
    "multiclass": {"objective": "multiclass"},
    "regression": {"objective": "regression_l1"},
    "linear": {"objective": "regression", "linear_tree": "true"},
    "categorical": {"objective": "regression", "categorical_feature": "k"},
}


def data_of(kind: str) -> str:
    content = table(
        classes={"multiclass": 3, "regression": 30, "linear": 30, "categorical": 30}.get(kind, 2)
    )
    if kind == "categorical":
        lines = content.splitlines()
        lines = [f"{lines[0]},k", *(f"{line},{n % 7}" for n, line in enumerate(lines[1:]))]
        content = "\n".join(lines)
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_training_ends_in_the_same_model(kind: str, tmp_path: Path) -> None:
    """Interrupted in its first round, in the middle of a segment, at the end of one, after the last
    round; each time it goes on from the checkpoints, and the bytes are those of a calm training."""
    draws = {} if kind == "goss" else DRAWS
    changes = {**draws, **KINDS[kind], "early_stopping_rounds": "0"}
    calm = places(tmp_path / "calm", content=data_of(kind))
    run(calm, **changes)
    stopped = places(
        tmp_path / "stopped", content=data_of(kind), checkpoints=tmp_path / "checkpoints"
    )
    for round_ in (1, 8, 10, 21, 23):

        def stop_at(line: str, round_: int = round_) -> None:
            if line.startswith(f"round={round_} "):
                raise Stopped(15)

        with pytest.raises(Stopped):
            run(stopped, say=stop_at, **changes)
        assert not (tmp_path / "stopped/model/model.txt").exists()
    lines = run(stopped, **changes)
    assert sum("reached by a checkpoint" in line for line in lines) >= 4
    assert model(stopped) == model(calm)
    metadata = [(folder / "model/metadata.json").read_text() for folder in tmp_path.glob("*[md]")]
    assert len(metadata) == 2
    assert metadata[0] == metadata[1]


def test_what_decides_the_model_decides_it(tmp_path: Path) -> None:
    """The same again is the same; another seed, segment length or draw is another model. The log's
    period and the place of the checkpoints do not matter."""
    paths = places(tmp_path)

    def trained(**changes: str) -> bytes:
        run(paths, **{**DRAWS, "early_stopping_rounds": "0", **changes})
        return model(paths)

    once = trained()
    assert trained() == once
    assert trained(report_every="7") == once
    others = {
        trained(seed="1"),
        trained(checkpoint_every="6"),
        trained(feature_fraction="0.6"),
        trained(max_rounds="22"),
    }
    assert len(others | {once}) == 5


def test_a_lost_or_damaged_checkpoint_is_trained_again(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    paths = places(tmp_path, checkpoints=checkpoints)
    run(paths)
    once = model(paths)
    files = sorted(checkpoints.iterdir())
    files[1].unlink()
    content = files[2].read_bytes()
    files[2].write_bytes(content[:-10] + b"0" * 10)
    (checkpoints / "segment-00003.draft").write_text("half of a")
    assert sum("checkpoint" in line for line in run(paths)) == len(files) - 2
    assert model(paths) == once


def test_checkpoints_of_another_training_are_refused(tmp_path: Path) -> None:
    """Other data or other settings would end in a model of neither; the log's period may differ."""
    paths = places(tmp_path, checkpoints=tmp_path / "checkpoints")
    run(paths)
    run(paths, report_every="2")
    with pytest.raises(TrainingError, match=r"differs in seed \(0 there, 3 here\)\. Give"):
        run(paths, seed="3")
    assert paths.train is not None
    paths.train.write_text(table(seed=1))
    with pytest.raises(TrainingError, match="differs in data"):
        run(paths)


def test_the_number_of_threads_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that goes on on another machine keeps the threads it was begun with."""
    paths = places(tmp_path, checkpoints=tmp_path / "checkpoints")
    settings = {name: value for name, value in SETTINGS.items() if name != "num_threads"}
    settings["max_rounds"] = "2"
    for cores in (2, 1):
        monkeypatch.setattr("container.resources.cores", lambda cores=cores: cores)
        train(TrainingSettings.load(settings), paths, say=lambda line: None)
    assert json.loads((tmp_path / "model/metadata.json").read_text())["threads"] == 2


def test_training_ends_when_the_validation_metric_gets_no_better(tmp_path: Path) -> None:
    """Across segments: the best round is in one, the end in another; the model holds the rounds up
    to the best one, and the last metric line is its."""
    paths = places(tmp_path)
    lines = run(
        paths, max_rounds="400", early_stopping_rounds="12", learning_rate="0.3", report_every="50"
    )
    metadata = json.loads((tmp_path / "model/metadata.json").read_text())
    history = [entry["validation:binary_logloss"] for entry in metadata["history"]]
    best = history.index(min(history)) + 1
    assert metadata["ended_by"] == "early_stopping_rounds"
    assert (metadata["best_round"], metadata["rounds"]) == (best, best + 12)
    loaded = lightgbm.Booster(model_file=str(tmp_path / "model/model.txt"))
    assert loaded.num_trees() == best
    assert lines[-1].startswith(f"round={best} train:binary_logloss=")
    assert metadata["metrics"]["validation:binary_logloss"] == pytest.approx(min(history))


def test_more_is_better_of_some_metrics(tmp_path: Path) -> None:
    paths = places(tmp_path)
    run(paths, max_rounds="60", early_stopping_rounds="10", metric="auc,binary_logloss")
    metadata = json.loads((tmp_path / "model/metadata.json").read_text())
    history = [entry["validation:auc"] for entry in metadata["history"]]
    assert metadata["best_round"] == history.index(max(history)) + 1


def test_every_reported_round_is_a_line_that_a_regex_reads(tmp_path: Path) -> None:
    """One line a reported round and one for the model kept; numbers without exponents."""
    regex = re.compile(
        r"^round=([0-9]+) train:auc=([0-9.]+) train:binary_logloss=([0-9.]+) "
        r"validation:auc=([0-9.]+) validation:binary_logloss=([0-9.]+)$"
    )
    paths = places(tmp_path)
    lines = run(paths, metric="auc,binary_logloss", report_every="4", early_stopping_rounds="0")
    found = [regex.match(line) for line in lines if line.startswith("round=")]
    assert [int(match[1]) for match in found if match] == [4, 8, 12, 16, 20, 23, 23]
    assert all(found)


def test_the_metrics_told_are_those_of_the_model(tmp_path: Path) -> None:
    """Computed again from model.txt on the data of the validation channel."""
    paths = places(tmp_path)
    content = table(seed=5)
    (tmp_path / "held.csv").write_text(content)
    paths = type(paths)(**{**vars(paths), "validation": tmp_path / "held.csv"})
    run(paths)
    metadata = json.loads((tmp_path / "model/metadata.json").read_text())
    rows = np.genfromtxt(content.splitlines(), delimiter=",", skip_header=1)
    predicted = lightgbm.Booster(model_file=str(tmp_path / "model/model.txt")).predict(
        np.delete(rows, 2, axis=1)
    )
    loss = -np.mean(np.where(rows[:, 2] == 1, np.log(predicted), np.log1p(-predicted)))
    assert metadata["metrics"]["validation:binary_logloss"] == pytest.approx(loss)
    assert metadata["rows"] == {"train": 300, "validation": 300}
    assert metadata["features"] == ["a", "b", "c", "d"]
    assert metadata["model_sha256"] == hashlib.sha256(model(paths)).hexdigest()


def test_segments_are_joined_to_what_lightgbm_itself_writes() -> None:
    """The joined text, loaded and saved again by LightGBM, is byte for byte the joined text."""
    random = np.random.default_rng(0)
    values = random.normal(size=(200, 3))
    boosters = [
        lightgbm.train(
            {"objective": "regression", "verbosity": -1, "seed": seed},
            lightgbm.Dataset(values, values[:, 0] * seed),
            number,
        )
        for seed, number in ((1, 3), (2, 12))
    ]
    text = joined([booster.model_to_string() for booster in boosters])
    loaded = lightgbm.Booster(model_str=text)
    assert loaded.num_trees() == 15
    np.testing.assert_allclose(
        loaded.predict(values), sum(booster.predict(values) for booster in boosters)
    )
    trees = text[: text.index("end of trees")]
    assert loaded.model_to_string().startswith(trees)


@pytest.mark.parametrize(
    ("content", "changes", "reason"),
    [
        (table(rows=8), {}, "no tree was grown. Give more rows, or a lower min_data_in_leaf."),
        (table(), {"validation_fraction": "0"}, "early_stopping_rounds 0."),
        ("a,y\n1,0\n2,1\n", {}, "leaves no row on one side."),
        (table(classes=3), {}, "needs the classes 0 and 1. Encode them so"),
        (
            table(),
            {"objective": "gamma"},
            "The target holds 0; objective gamma needs numbers more than 0.",
        ),
        ("a,y\n1,3\n2,3\n", {}, "The target is 3 in every row"),
        ("a,y\n1,0\n2,2\n", {"objective": "multiclass"}, "0, 1, 2, ... without a gap."),
        (data_of("categorical"), {"categorical_feature": "k,z"}, "has no feature 'z'."),
        (table(), {"categorical_feature": "y"}, "has no feature 'y'."),
        (table(), {"monotone_constraints": "1"}, "has 1 values, the data 4 features (a, b, c, d)."),
        (
            data_of("categorical"),
            KINDS["categorical"] | {"monotone_constraints": "1,0,0,0,-1"},
            "monotone_constraints has -1 for k, which is in categorical_feature",
        ),
    ],
)
def test_data_that_cannot_be_learned_is_refused(
    content: str, changes: dict[str, str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises((TrainingError, lightgbm.basic.LightGBMError)) as refused:
        run(places(tmp_path, content=content), **changes)
    assert reason in str(refused.value)
    assert not (tmp_path / "model/metadata.json").exists()


def test_validation_data_must_be_of_the_same_kind(tmp_path: Path) -> None:
    paths = places(tmp_path)
    for content, reason in (
        ("b,a,y,c,d\n1,2,0,3,4\n", "they must be the same, in order"),
        ("a,b,y,c,d\n1,2,2,3,4\n", "has class 2 in its target, which the training data has not"),
    ):
        (tmp_path / "held.csv").write_text(content)
        with pytest.raises(TrainingError, match=reason):
            run(type(paths)(**{**vars(paths), "validation": tmp_path / "held.csv"}))
