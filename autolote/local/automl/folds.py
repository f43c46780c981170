"""Which rows are held out, and when: the rows on which the leaderboard's metrics are computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

MAX_CROSS_VALIDATED_ROWS = 20_000
"""Up to here the rows take turns in being held out. Autopilot cross-validates up to 50,000 rows
(https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-metrics-validation.html); a laptop's
budget does not reach as far."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Positions of the rows that a model is fitted on and of those it is judged by."""

    fitted: Rows
    held_out: Rows


def split(
    *, classes: NDArray[np.int64] | None, rows: int, fraction: float, seed: int
) -> list[Split]:
    """Hold out `fraction` of the rows, evenly over the classes.

    Few rows are cross-validated: 1/fraction splits, each of which holds out that fraction, so that
    every row is held out once. The first split alone is a valid hold-out too. Many rows, or a
    fraction above one half, give a single split.
    """
    shuffled = np.random.default_rng(seed).permutation(rows)
    if classes is not None:
        shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
    if fraction <= 0.5 and rows <= MAX_CROSS_VALIDATED_ROWS:
        count = min(round(1 / fraction), 10)
        turn = np.arange(rows) % count
    else:
        count = 1
        steps = np.floor(np.arange(rows + 1) * fraction)
        turn = np.where(np.diff(steps) > 0, 0, 1)
    return [
        Split(fitted=np.sort(shuffled[turn != fold]), held_out=np.sort(shuffled[turn == fold]))
        for fold in range(count)
    ]


def validation_channel(*, training_rows: int, validation_rows: int) -> list[Split]:
    """The rows of the validation channel follow those of the training channel; all are held out."""
    fitted = np.arange(training_rows)
    return [Split(fitted=fitted, held_out=training_rows + np.arange(validation_rows))]
