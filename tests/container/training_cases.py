"""A small table to learn from, and trainings of it in this process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from container.training.job import train
from container.training.paths import Paths
from container.training.settings import TrainingSettings

SETTINGS = {
    "target": "y",
    "objective": "binary",
    "max_rounds": "23",
    "checkpoint_every": "5",
    "report_every": "1",
    "num_threads": "1",
}
# every kind of random draw, so that a segment that drew otherwise would show
DRAWS = {"bagging_fraction": "0.7", "bagging_freq": "2", "feature_fraction": "0.7"}
DRAWS |= {"feature_fraction_bynode": "0.8", "extra_trees": "true"}


def table(*, rows: int = 300, classes: int = 2, seed: int = 0) -> str:
    """CSV text: the features a to d, of which d is mostly missing, and the target y."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, 4))
    score = values[:, :3].sum(axis=1) + 0.5 * random.normal(size=rows)
    target = np.digitize(score, np.linspace(-3, 3, classes + 1)[1:-1])
    lines = [
        f"{a:.4f},{b:.4f},{label},{c:.4f},{f'{d:.4f}' if d > 0.5 else ''}"
        for (a, b, c, d), label in zip(values, target, strict=True)
    ]
    return "\n".join(["a,b,y,c,d", *lines, ""])


def places(folder: Path, *, content: str | None = None, checkpoints: Path | None = None) -> Paths:
    """A folder with train.csv; the model goes to its `model`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.csv").write_text(table() if content is None else content)
    (folder / "model").mkdir(exist_ok=True)
    return Paths(
        base=None,
        train=folder / "train.csv",
        validation=None,
        model=folder / "model",
        checkpoints=checkpoints,
    )


def run(paths: Paths, *, say: Callable[[str], None] | None = None, **changes: str) -> list[str]:
    """Train; the lines of the log."""
    lines: list[str] = []
    train(TrainingSettings.load(SETTINGS | changes), paths, say=say or lines.append)
    return lines


def model(paths: Paths) -> bytes:
    assert paths.model is not None
    return (paths.model / "model.txt").read_bytes()
