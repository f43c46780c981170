"""The input channels of a job, read, checked and encoded."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autolote.local.automl import encoder, folds, problem
from autolote.local.automl.cells import is_missing, number
from autolote.local.automl.columns import Column
from autolote.local.automl.job import JobRequest
from autolote.local.automl.metrics import Floats
from autolote.local.automl.problem import Problem, TrainingError
from autolote.local.automl.table import Table, TableError, read_files

log = logging.getLogger(__name__)

MIN_ROWS = 500
"""https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-quotas.html"""

SEED = 20


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Everything that the search needs to know of the data. `rows` counts the training channel."""

    columns: tuple[Column, ...]
    matrix: Floats
    target: Floats
    weights: Floats
    problem: Problem
    splits: Sequence[folds.Split]
    rows: int

    @property
    def features(self) -> tuple[encoder.Feature, ...]:
        """The columns of the matrix."""
        return encoder.features(self.columns)


def load(workdir: Path, request: JobRequest) -> TrainingData:
    """Read `input/training` and, if present, `input/validation` of the job's folder.

    Rows without a target, or without a valid weight where a weight column is named, are left out,
    as Autopilot does. Raises TrainingError when the job cannot succeed.
    """
    training = _read(workdir / "input" / "training")
    if request.target not in training.names:
        raise TrainingError(
            f"Target attribute name {request.target} does not exist in header of input dataset."
        )
    if training.rows < MIN_ROWS:
        raise TrainingError(
            f"Insufficient number of rows in the training dataset: {training.rows}. "
            f"At least {MIN_ROWS} rows are required."
        )
    names = _feature_names(training, request)
    training, weights = _usable(training, request)
    validation = _validation(workdir / "input" / "validation", training.names)
    if validation is not None:
        validation, more_weights = _usable(validation, request)
        weights = np.concatenate([weights, more_weights])
    return _encode(training, validation, weights, names, request)


def _encode(
    training: Table,
    validation: Table | None,
    weights: Floats,
    names: Sequence[str],
    request: JobRequest,
) -> TrainingData:
    """Decide the encoding from the training channel, apply it to both; the rows of the validation
    channel follow the others."""
    posed = problem.resolve(
        training.column(request.target),
        name=request.target,
        problem_type=request.problem_type,
        objective=request.objective,
    )
    columns = _columns(training, names)
    matrix, target = _numbers(training, columns, posed, request.target)
    if posed.type == "Regression" and (target == target[0]).all():
        raise TrainingError(f"Target attribute {request.target} has a single value.")
    if validation is None:
        splits = _split(target, posed, request.validation_fraction)
    else:
        more, more_target = _numbers(validation, columns, posed, request.target)
        matrix, target = np.vstack([matrix, more]), np.concatenate([target, more_target])
        splits = folds.validation_channel(
            training_rows=training.rows, validation_rows=validation.rows
        )
    return TrainingData(
        columns=columns,
        matrix=matrix,
        target=target,
        weights=weights,
        problem=posed,
        splits=splits,
        rows=training.rows,
    )


def _columns(training: Table, names: Sequence[str]) -> tuple[Column, ...]:
    """The encoding of the input columns."""
    columns = encoder.fit(names, training.select(names).columns)
    log.info("columns: %s", {column.name: column.type for column in columns})
    if all(column.type == "drop" for column in columns):
        reasons = ", ".join(f"{column.name} ({column.reason})" for column in columns)
        raise TrainingError(f"No column of the input dataset can be learned from: {reasons}.")
    return columns


def _numbers(
    table: Table, columns: Sequence[Column], posed: Problem, target: str
) -> tuple[Floats, Floats]:
    """The encoded input columns and target of a channel."""
    cells = table.select([column.name for column in columns]).columns
    try:
        matrix = encoder.transform(columns, cells)
    except encoder.CellError as error:  # training data fit the encoding made from them
        raise TrainingError(
            f"The validation channel does not fit the training data: {error}."
        ) from (error)
    return matrix, problem.encode(posed, table.column(target), name=target)


def _split(target: Floats, posed: Problem, fraction: float) -> list[folds.Split]:
    classes: NDArray[np.int64] | None = target.astype(np.int64) if posed.classes else None
    return folds.split(classes=classes, rows=len(target), fraction=fraction, seed=SEED)


def _read(folder: Path) -> Table:
    try:
        return read_files(sorted(folder.rglob("*.csv")))
    except TableError as error:
        raise TrainingError(f"The input dataset cannot be read: {error}") from error


def _validation(folder: Path, names: Sequence[str]) -> Table | None:
    if not folder.is_dir():
        return None
    table = _read(folder)
    if set(table.names) != set(names):
        raise TrainingError(
            "The header of the validation channel differs from that of the training channel."
        )
    return table.select(names)


def _feature_names(table: Table, request: JobRequest) -> list[str]:
    """The input columns of the model, in the order of the training data."""
    reserved = {request.target, request.sample_weight_column}
    wanted = request.feature_names
    unknown = [name for name in wanted or () if name not in table.names or name in reserved]
    if unknown:
        raise TrainingError(
            f"FeatureAttributeNames {unknown} are not input columns of the dataset "
            "(the target and the sample weights are not)."
        )
    if request.sample_weight_column is not None and request.sample_weight_column not in table.names:
        raise TrainingError(
            f"Sample weight attribute name {request.sample_weight_column} does not exist in "
            "header of input dataset."
        )
    kept = [name for name in table.names if name not in reserved]
    names = [name for name in kept if wanted is None or name in wanted]
    if not names:
        raise TrainingError("The input dataset has no column besides the target.")
    return names


def _usable(table: Table, request: JobRequest) -> tuple[Table, Floats]:
    """The rows that have a target and a valid weight, and their weights."""
    keep = [not is_missing(cell) for cell in table.column(request.target)]
    weights = np.ones(table.rows)
    if request.sample_weight_column is not None:
        cells = table.column(request.sample_weight_column)
        parsed = [number(cell) for cell in cells]
        weights = np.array([np.nan if value is None else value for value in parsed])
        valid = np.isfinite(weights) & (weights >= 0)
        keep = [kept and bool(ok) for kept, ok in zip(keep, valid, strict=True)]
    dropped = len(keep) - sum(keep)
    if dropped:
        log.info("%d rows without a target or a valid weight were left out", dropped)
    weights = weights[np.array(keep, dtype=bool)]
    if not weights.sum():
        raise TrainingError(
            f"No row of the input dataset has a value in target attribute {request.target}"
            " and a positive sample weight."
        )
    return table.keep(keep), weights
