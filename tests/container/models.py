"""Small LightGBM models of many kinds, made in milliseconds."""

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

NAMES = ["age", "income", "debt", "years here"]
ROWS = 400


def rows(seed: int = 0, *, missing: float = 0.1) -> NDArray[np.float64]:
    """Feature values, some missing, some extreme; the last column holds whole numbers."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(ROWS, len(NAMES)))
    values[:, 3] = random.integers(0, 12, ROWS)
    values[0, :3] = 1e-310, 1e300, -0.0
    values[random.random(values.shape) < missing] = np.nan
    return values


def train(params: dict[str, Any], **dataset: Any) -> lgb.Booster:
    """A model of 15 rounds for an objective; the target suits it."""
    values = rows()
    score = np.nansum(values[:, :3].clip(-5, 5), axis=1) + np.nan_to_num(values[:, 3]) / 6
    objective = str(params["objective"])
    if objective.startswith("multiclass"):
        target = np.digitize(score, [0, 1.5]).astype(float)
    elif objective in ("binary", "lambdarank"):
        target = (score > 0.5).astype(float)
    elif objective.startswith("cross_entropy"):
        target = 1 / (1 + np.exp(-score))
    else:
        target = np.abs(score) + 0.1
    data = lgb.Dataset(values, label=target, feature_name=NAMES, **dataset)
    return lgb.train({"verbosity": -1, "num_threads": 1, "seed": 3, **params}, data, 15)


def save(folder: Path, params: dict[str, Any], **dataset: Any) -> lgb.Booster:
    """Train and write `model.txt` into the folder, which is made; returns the loaded file."""
    folder.mkdir(parents=True, exist_ok=True)
    train(params, **dataset).save_model(folder / "model.txt")
    return lgb.Booster(model_file=str(folder / "model.txt"))


def to_csv(values: NDArray[np.float64]) -> bytes:
    """One line per row, exact numbers, an empty cell where a value is missing."""
    lines = [
        ",".join("" if np.isnan(cell) else repr(float(cell)) for cell in row) for row in values
    ]
    return ("\n".join(lines) + "\n").encode()
