"""The ways to predict: our kernel on each instruction path, and lightgbm itself, one interface.

What each gives is compared as text, so that every bit counts: the sign of a zero, NaN, the digits.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from container.native import Model, ModelError

Floats = NDArray[np.float64]

KERNEL = ("avx512", "avx2", "portable")
WAYS = (*KERNEL, "lightgbm")


def open_model(path: Path, way: str) -> Model:
    """The model, scored that way and no other; skips the test where the processor cannot."""
    if way == "lightgbm":
        return Model.open(path, engine="lightgbm")
    try:
        return Model.open(path, engine="kernel", instructions=way)
    except ModelError as error:
        if "not there on this processor" in str(error):
            pytest.skip(str(error))
        raise


def cells(rows: Floats) -> bytes:
    """The rows as CSV, every number exact, an empty cell where one is missing."""
    lines = ("".join(f"{cell!r}," for cell in row)[:-1] for row in rows.tolist())
    return "".join(f"{line}\n" for line in lines).replace("nan", "").encode()


def text(predicted: Floats) -> str:
    """Predictions as the container must write them: the shortest text that gives each back."""
    rows = predicted.reshape(len(predicted), -1).tolist()
    return "".join(",".join(map(repr, row)) + "\n" for row in rows)


def assert_exact(model: Model, body: bytes, wanted: str) -> None:
    """Every character of the answer to the rows is what lightgbm's predictions give."""
    found = model.predict_csv(body).decode()
    if found == wanted:
        return
    rows, came, due = body.decode().split("\n"), found.split("\n"), wanted.split("\n")
    assert len(came) == len(due), f"{len(rows) - 1} rows, but {len(came) - 1} answers"
    wrong = [at for at, (one, other) in enumerate(zip(came, due, strict=True)) if one != other]
    at = wrong[0]
    raise AssertionError(
        f"{len(wrong)} of {len(rows) - 1} rows differ; the first is row {at}, {rows[at]}: found "
        f"{came[at]}, expected {due[at]}"
    )
