"""The models and request bodies that the bench, the fuzzers and the million-row job share.

    python tests/bench/models.py                 all of them; once, a few minutes
    python tests/bench/models.py --models a c    only these
    python tests/bench/models.py --again         as if nothing were there

| model | what it is                                                   |
|-------|--------------------------------------------------------------|
| a     | binary, 100 trees of 31 leaves, 20 features: a usual one     |
| b     | binary, 1,000 trees of 63 leaves, 100 features: a large one  |
| c     | 5 classes, 200 trees of 31 leaves for each, 50 features      |
| d     | regression, 500 trees of 255 leaves, 28 features: deep trees |

Written below .bench/: models/{model}.txt and data/{model}_{1,6,20}.csv, bodies of so many megabytes
(10^6 bytes) without a header, cells with six decimals, five in a hundred of them empty. Whoever
makes them gets the same bytes: every random number has its seed, training is deterministic and on
one thread. What is there already is left alone.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Floats = NDArray[np.float64]

BENCH = Path(__file__).resolve().parents[2] / ".bench"
BODIES_MB = (1, 6, 20)
MISSING_SHARE = 0.05
BLOCK_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A model of the bench. `trees` are boosting rounds: times the classes, if there are any."""

    objective: str
    features: int
    trees: int
    leaves: int
    learning_rate: float
    training_rows: int
    classes: int = 1


KINDS = {
    "a": Kind(
        objective="binary",
        features=20,
        trees=100,
        leaves=31,
        learning_rate=0.1,
        training_rows=100_000,
    ),
    "b": Kind(
        objective="binary",
        features=100,
        trees=1000,
        leaves=63,
        learning_rate=0.02,
        training_rows=60_000,
    ),
    "c": Kind(
        objective="multiclass",
        features=50,
        trees=200,
        leaves=31,
        learning_rate=0.05,
        training_rows=60_000,
        classes=5,
    ),
    "d": Kind(
        objective="regression",
        features=28,
        trees=500,
        leaves=255,
        learning_rate=0.05,
        training_rows=100_000,
    ),
}


def model_path(name: str) -> Path:
    """Where a model's text is."""
    return BENCH / "models" / f"{name}.txt"


def body_path(name: str, megabytes: int) -> Path:
    """Where a body for a model is."""
    return BENCH / "data" / f"{name}_{megabytes}.csv"


def table(rng: np.random.Generator, rows: int, features: int) -> Floats:
    """Normally distributed numbers of six decimals, shape (rows, features), some of them NaN."""
    values = np.round(rng.standard_normal((rows, features)), 6)
    values[rng.random((rows, features)) < MISSING_SHARE] = np.nan
    return values


def csv_blocks(*, features: int, rows: int, seed: int) -> Iterator[bytes]:
    """The lines of a made-up table, some thousand rows at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, rows, BLOCK_ROWS):
        lines = (
            ",".join(["" if math.isnan(cell) else f"{cell:.6f}" for cell in row])
            for row in table(rng, min(BLOCK_ROWS, rows - start), features).tolist()
        )
        yield ("\n".join(lines) + "\n").encode()


def _signal(values: Floats, seed: int) -> Floats:
    """Something for the trees to learn: linear, oscillating and crossed terms. Shape (rows,)."""
    values = np.nan_to_num(values)
    features = values.shape[1]
    weights = np.random.default_rng(seed).standard_normal(features) / np.sqrt(features)
    p = values[:, np.random.default_rng(seed + 1).permutation(features)[:6]].T
    crossed = np.sin(2 * p[0]) * p[1] + 0.5 * p[3] * p[4]
    return 1.5 * (values @ weights) + crossed + np.abs(p[2]) - 0.8 + 0.3 * np.cos(3 * p[5])


def _target(kind: Kind, values: Floats, rng: np.random.Generator) -> Floats:
    rows = len(values)
    if kind.objective == "binary":
        return (_signal(values, 1) + 0.5 * rng.logistic(size=rows) > 0).astype(np.float64)
    if kind.objective == "multiclass":
        scores = [_signal(values, 10 + i) + 0.5 * rng.gumbel(size=rows) for i in range(5)]
        return np.argmax(np.stack(scores), axis=0).astype(np.float64)
    return 10 * _signal(values, 3) + rng.standard_normal(rows)


def _train(kind: Kind, path: Path, progress: Progress, label: str) -> None:
    rng = np.random.default_rng(7)
    values = table(rng, kind.training_rows, kind.features)
    parameters = {
        "objective": kind.objective,
        "num_leaves": kind.leaves,
        "learning_rate": kind.learning_rate,
        "min_data_in_leaf": 20,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        **({"num_class": kind.classes} if kind.classes > 1 else {}),
    }
    task = progress.add_task(f"{label}: {kind.trees} rounds", total=kind.trees)
    model = lightgbm.train(
        parameters,
        lightgbm.Dataset(values, _target(kind, values, rng)),
        kind.trees,
        callbacks=[lambda _: progress.advance(task)],
    )
    part = path.with_suffix(".part")
    model.save_model(part)
    part.rename(path)


def _write_bodies(name: str, kind: Kind, progress: Progress) -> None:
    """One body after the other; each begins with the rows of the smaller one."""
    most = BODIES_MB[-1] * 1_000_000
    task = progress.add_task(f"data/{name}_*.csv", total=most)
    whole = bytearray()
    for block in csv_blocks(features=kind.features, rows=most // kind.features, seed=99):
        whole += block
        progress.update(task, completed=min(len(whole), most))
        if len(whole) >= most:
            break
    for megabytes in BODIES_MB:
        end = whole.rindex(b"\n", 0, megabytes * 1_000_000) + 1
        body_path(name, megabytes).write_bytes(whole[:end])


def make(names: list[str], *, again: bool = False) -> None:
    """Make what is missing of these models and their bodies, with progress on the screen."""
    for folder in (model_path("a").parent, body_path("a", 1).parent):
        folder.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name in names:
            paths = [body_path(name, megabytes) for megabytes in BODIES_MB]
            if again or not all(path.exists() for path in paths):
                _write_bodies(name, KINDS[name], progress)
            if again or not model_path(name).exists():
                _train(KINDS[name], model_path(name), progress, f"models/{name}.txt")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=sorted(KINDS), default=sorted(KINDS))
    parser.add_argument("--again", action="store_true", help="make them even when they are there")
    arguments = parser.parse_args()
    started = time.monotonic()
    make(arguments.models, again=arguments.again)
    Console(stderr=True).print(f"{BENCH} is complete ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
