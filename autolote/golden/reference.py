"""What should come out: lightgbm's own predictions for rows that pandas read, or stored ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rules import verification
from rules.predictions import PredictionError, numbers

from autolote.golden import GoldenError
from autolote.golden.cells import Cells
from autolote.golden.source import Source

_ROWS = 4096
_PIECE = 1 << 20

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Output:
    """The columns that are asked of the container; raises GoldenError if the model has no such.

    Attributes:
        problem_type: the model's, in SageMaker's words.
        keys: as SAGEMAKER_INFERENCE_OUTPUT has them; none means what Booster.predict returns.
        threshold: probability from which a binary model's label is 1; None means 0.5.
    """

    problem_type: str
    keys: tuple[str, ...] = ()
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.threshold is not None and self.problem_type != "BinaryClassification":
            raise GoldenError(f"--threshold needs a binary model; this one is {self.problem_type}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise GoldenError(f"--threshold is {self.threshold:g}; it must be from 0 to 1")
        beyond = [key for key in self.keys if key != "predicted_label"]
        if self.problem_type == "Regression" and beyond:
            raise GoldenError(
                f"--output {beyond[0]} needs a classification model; a regression only has "
                "predicted_label"
            )

    def columns(self, predicted: Floats) -> Floats:
        """The rows that should come out; a list in a cell counts as that many columns."""
        keys = self.keys or (("predicted_label",) if self.threshold is not None else ())
        rows = predicted.reshape(len(predicted), -1)
        if not keys or self.problem_type == "Regression":
            return rows
        if self.problem_type == "BinaryClassification":
            classes = np.column_stack([1 - predicted, predicted])
            label = (predicted >= (0.5 if self.threshold is None else self.threshold)).astype(int)
        else:
            classes, label = rows, rows.argmax(axis=1)
        parts = {
            "predicted_label": label[:, None],
            "probability": np.take_along_axis(classes, label[:, None], axis=1),
            "probabilities": classes,
            "labels": np.tile(np.arange(classes.shape[1]), (len(classes), 1)),
        }
        return np.column_stack([parts[key] for key in keys]).astype(np.float64)


def predicted(
    model: Path, source: Source, *, positions: Sequence[int], output: Output
) -> Iterator[list[float]]:
    """lightgbm's predictions for each row of the file, a few thousand rows at a time.

    Raises:
        GoldenError: lightgbm cannot read the model, or pandas the file.
    """
    booster = load(model)
    for chunk in _chunks(source, positions):
        yield from output.columns(np.asarray(booster.predict(chunk))).tolist()


def load(model: Path) -> lightgbm.Booster:
    """The model in lightgbm; GoldenError when it is refused."""
    try:
        return lightgbm.Booster(model_file=str(model))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError) as error:
        raise GoldenError(f"{model} is refused by lightgbm: {error}") from error


def _chunks(source: Source, positions: Sequence[int]) -> Iterator[Floats]:
    """The features: pandas finds the cells, Python reads the numbers, correctly rounded."""
    done, cells = 0, Cells(source, positions)
    options: dict[str, Any] = {
        "sep": source.delimiter,
        "header": None,
        "skiprows": 1 if source.has_header else 0,
        "usecols": list(positions),
        "dtype": object,
        "keep_default_na": False,
        "skip_blank_lines": False,
        "chunksize": _ROWS,
    }
    try:
        for chunk in pd.read_csv(source.path, **options):
            yield cells.numbers(chunk.to_numpy().tolist(), done=done)
            done += len(chunk)
    except pd.errors.EmptyDataError as error:
        raise GoldenError(f"{source.path} has no rows below its header; add rows") from error
    except GoldenError:
        raise
    except (ValueError, OSError, EOFError) as error:
        raise GoldenError(
            f"{source.path}: pandas cannot read rows {done + 1:,} to {done + _ROWS:,}: "
            f"{str(error).strip()}; see --separator"
        ) from error


def stored(path: Path, *, id_columns: Sequence[str]) -> Iterator[list[float]]:
    """Predictions in a file: a line a row, the output columns only.

    A header line may come first; then its leading columns that are id columns are left out.

    Raises:
        GoldenError: a line is no predictions.
    """
    with path.open("rb") as content:
        first = content.readline().decode(errors="replace").strip().split(",")
        ids, has_header = 0, not _numeric(first[-1])
        if has_header:
            ids = sum(name.strip('" ') in id_columns for name in first)
        else:
            content.seek(0)
        lines = verification.lines(iter(lambda: content.read(_PIECE), b""))
        where = f"--predictions {path}" + (" below its header" if has_header else "")
        try:
            yield from numbers(_no_blank(lines, where), ids=ids)
        except PredictionError as error:
            raise GoldenError(f"{where}: {error}") from error


def _no_blank(lines: Iterable[bytes], where: str) -> Iterator[bytes]:
    """The lines; GoldenError at a blank one, after which rows and predictions would not pair."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise GoldenError(
                f"{where}: line {number} is empty; give the row's prediction (nan if it has none), "
                "or remove the line if it is no row"
            )
        yield line


def _numeric(cell: str) -> bool:
    """Whether a cell is predictions: a number, or the end of a list."""
    try:
        float(cell)
    except ValueError:
        return cell.endswith(']"')
    return True
