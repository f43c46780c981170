"""The text that comes back is exactly what lightgbm's own Booster.predict returns."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from container.model import Model
from container.predict import Scorer
from container.settings import Settings
from tests.container import models
from tests.container.process import Container

# objective and parameters -> values per row
KINDS: dict[str, tuple[dict[str, Any], int]] = {
    "binary": ({"objective": "binary"}, 1),
    "binary, sigmoid 0.7": ({"objective": "binary", "sigmoid": 0.7}, 1),
    "binary random forest": (
        {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
        1,
    ),
    "multiclass": ({"objective": "multiclass", "num_class": 3}, 3),
    "multiclassova": ({"objective": "multiclassova", "num_class": 3}, 3),
    "regression": ({"objective": "regression"}, 1),
    "square root regression": ({"objective": "regression", "reg_sqrt": True}, 1),
    "linear trees": ({"objective": "regression", "linear_tree": True}, 1),
    "poisson": ({"objective": "poisson"}, 1),
    "quantile": ({"objective": "quantile"}, 1),
    "cross entropy": ({"objective": "cross_entropy"}, 1),
    "ranking": ({"objective": "lambdarank"}, 1),
    "zero as missing": ({"objective": "regression", "zero_as_missing": True}, 1),
    "dart": ({"objective": "regression", "boosting": "dart"}, 1),
}


@pytest.mark.parametrize(("params", "outputs"), KINDS.values(), ids=KINDS)
def test_no_prediction_differs_from_lightgbms(
    tmp_path: Path, params: dict[str, Any], outputs: int
) -> None:
    group = [models.ROWS] if params["objective"] == "lambdarank" else None
    booster = models.save(tmp_path, params, group=group)
    values = models.rows(seed=1)
    text = scorer(tmp_path).score(models.to_csv(values)).decode()
    found = np.array([[float(cell) for cell in line.split(",")] for line in text.splitlines()])
    assert found.shape == (models.ROWS, outputs)
    assert np.array_equal(found.ravel(), np.ravel(booster.predict(values)), equal_nan=True)


def test_categories_seen_and_unseen_come_out_as_from_lightgbm(tmp_path: Path) -> None:
    booster = models.save(tmp_path, {"objective": "regression"}, categorical_feature=[3])
    values = models.rows(seed=2)
    values[:40, 3] = np.arange(-10, 30)
    text = scorer(tmp_path).score(models.to_csv(values)).decode()
    assert np.array_equal([float(line) for line in text.split()], booster.predict(values))


def test_one_row_at_a_time_gives_the_same_text_as_all_at_once(tmp_path: Path) -> None:
    models.save(tmp_path, {"objective": "binary"})
    alone = scorer(tmp_path)
    body = models.to_csv(models.rows(seed=3))
    parts = [alone.score(line) for line in body.splitlines(keepends=True)]
    assert b"".join(parts) == alone.score(body)


def test_the_served_answer_is_exact_too(served: Container, binary_folder: Path) -> None:
    values = models.rows(seed=4)
    status, text, _ = served.request("POST", "/invocations", models.to_csv(values))
    expected = Model(binary_folder / "model.txt", threads=1).predict(values)
    assert status == 200
    assert [float(line) for line in text.split()] == expected.tolist()


def scorer(folder: Path) -> Scorer:
    return Scorer(Model(folder / "model.txt", threads=1), Settings.load({}))
