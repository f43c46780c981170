"""What is learned and what is held out: the target's classes, and a split that can be repeated."""

import numpy as np
from numpy.typing import NDArray

from container.training.data import Floats, Table
from container.training.errors import TrainingError
from container.training.parameters import CLASSES

Rows = NDArray[np.int64]


def class_count(target: Floats, objective: str) -> int | None:
    """How many classes the target has; None if the objective knows no classes.

    Raises TrainingError for a target that cannot be learned with the objective.
    """
    values = np.unique(target)
    if len(values) == 1:
        raise TrainingError(
            f"The target is {values[0]:g} in every row: there is nothing to learn. Name another "
            "column as the target, or give rows of more kinds."
        )
    if objective == "binary":
        wanted = np.array([0.0, 1.0])
    elif objective in CLASSES:
        wanted = np.arange(len(values), dtype=np.float64)
    else:
        _check_range(values, objective)
        return None
    if len(values) != len(wanted) or not np.array_equal(values, wanted):
        shown = ", ".join(f"{value:g}" for value in values[:6]) + ", ..." * (len(values) > 6)
        raise TrainingError(
            f"The target holds {shown}; objective {objective} needs the classes "
            + ("0 and 1." if objective == "binary" else "0, 1, 2, ... without a gap.")
            + " Encode them so, or give another objective."
        )
    return len(values)


def _check_range(values: Floats, objective: str) -> None:
    refused = {
        "poisson": (values < 0, "0 or more"),
        "tweedie": (values < 0, "0 or more"),
        "gamma": (values <= 0, "more than 0"),
        "cross_entropy": ((values < 0) | (values > 1), "from 0 to 1"),
    }
    wrong, rule = refused.get(objective, (np.zeros(len(values), bool), ""))
    if wrong.any():
        raise TrainingError(
            f"The target holds {values[wrong][0]:g}; objective {objective} needs numbers {rule}. "
            "Give another objective, or remove these rows."
        )


def check_validation(train: Table, validation: Table, *, classes: int | None) -> None:
    """Raise TrainingError if validation data cannot tell how good a model of the data is."""
    if validation.features != train.features:
        raise TrainingError(
            f"The validation data has the columns {', '.join(validation.features)[:300]}, the "
            f"training data {', '.join(train.features)[:300]}: they must be the same, in order."
        )
    if classes is not None:
        strange = np.setdiff1d(validation.target, np.arange(classes))
        if len(strange):
            raise TrainingError(
                f"The validation data has class {strange[0]:g} in its target, which the training "
                "data has not. Put rows of it into the training data."
            )


def split(table: Table, *, fraction: float, seed: int, by_class: bool) -> tuple[Table, Table]:
    """Hold out a share of the rows, of every class alike if `by_class`; rows keep their order.

    The draw depends on the seed and on a row's number alone, so it is the same on every machine.
    Raises TrainingError if that leaves no row on one side.
    """
    draws = _draws(len(table.target), seed)
    groups = np.unique(table.target) if by_class else [None]
    held = np.zeros(len(table.target), dtype=bool)
    for group in groups:
        rows: Rows = np.flatnonzero(table.target == group) if by_class else np.arange(len(draws))
        count = round(len(rows) * fraction)
        held[rows[np.argsort(draws[rows], kind="stable")[:count]]] = True
    if not held.any() or held.all():
        raise TrainingError(
            f"validation_fraction = {fraction:g} of {len(held)} rows leaves no row on one side. "
            "Give more rows, another fraction, or validation data of its own."
        )
    return _part(table, ~held), _part(table, held)


def _part(table: Table, rows: NDArray[np.bool_]) -> Table:
    return Table(features=table.features, matrix=table.matrix[rows], target=table.target[rows])


def _draws(count: int, seed: int) -> NDArray[np.uint64]:
    """A well-mixed number for each row: SplitMix64, whose definition cannot change with numpy."""
    with np.errstate(over="ignore"):
        state = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed) * np.uint64(1 << 32)
        state = state * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))
