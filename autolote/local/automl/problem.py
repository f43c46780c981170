"""What is to be predicted: problem type, classes and objective, from the target column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autolote.local.automl.cells import number
from autolote.local.automl.metrics import OBJECTIVES

MAX_CLASSES = 1000


class TrainingError(Exception):
    """The job cannot succeed; the message becomes its FailureReason."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem type of Autopilot. `classes` are the labels exactly as the training CSV writes
    them, in the order of the probabilities (the second of two is the positive class); empty for
    regression."""

    type: str
    classes: tuple[str, ...]
    objective: str


def infer_type(target: Sequence[str]) -> str:
    """The problem type of a target column without missing cells.

    Two distinct values are BinaryClassification; words, and whole numbers with at most 20 distinct
    values, are MulticlassClassification; other numbers are Regression. Autopilot does not publish
    its own rule, only that it may fail to decide:
    https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html
    """
    values = set(target)
    if len(values) == 2:
        return "BinaryClassification"
    numbers = [number(value) for value in values]
    if any(value is None for value in numbers):
        return "MulticlassClassification"
    whole = all(value is not None and float(value).is_integer() for value in numbers)
    return "MulticlassClassification" if whole and len(values) <= 20 else "Regression"


def resolve(
    target: Sequence[str], *, name: str, problem_type: str | None, objective: str | None
) -> Problem:
    """The problem that the target column (no missing cells) poses.

    Raises TrainingError when the column does not fit the problem type, or the objective is not one
    of the type's metrics.
    """
    kind = problem_type or infer_type(target)
    if kind not in OBJECTIVES:
        raise TrainingError(
            f"ProblemType {kind} is not supported; use one of {', '.join(OBJECTIVES)}."
        )
    metric = objective or OBJECTIVES[kind][0]
    if metric not in OBJECTIVES[kind]:
        raise TrainingError(
            f"Objective metric {metric} is not available for problem type {kind}; "
            f"use one of {', '.join(OBJECTIVES[kind])}."
        )
    classes = () if kind == "Regression" else _classes(target, name, kind)
    return Problem(type=kind, classes=classes, objective=metric)


def _classes(target: Sequence[str], name: str, kind: str) -> tuple[str, ...]:
    values = set(target)
    if kind == "BinaryClassification" and len(values) != 2:
        raise TrainingError(
            f"Target attribute {name} has {len(values)} distinct values; "
            "BinaryClassification needs exactly 2."
        )
    if len(values) < 2:
        raise TrainingError(
            f"Target attribute {name} has a single value; at least 2 classes are needed."
        )
    if len(values) > MAX_CLASSES:
        raise TrainingError(
            f"Target attribute {name} has {len(values)} distinct values; {kind} takes at most "
            f"{MAX_CLASSES} classes. Set ProblemType to Regression if the target is a number."
        )
    numbers = {value: number(value) for value in values}
    if any(value is None for value in numbers.values()):
        return tuple(sorted(values))
    return tuple(sorted(values, key=lambda value: (numbers[value] or 0.0, value)))


def encode(problem: Problem, target: Sequence[str], *, name: str) -> NDArray[np.float64]:
    """The target as numbers: the value itself, or the position of its class.

    Raises TrainingError for a value that is not a finite number (regression) or not a class of the
    training data (validation channel).
    """
    if problem.type == "Regression":
        values = [number(cell) for cell in target]
        for cell, value in zip(target, values, strict=True):
            if value is None or not np.isfinite(value):
                raise TrainingError(
                    f"Target attribute {name} holds {cell!r}, which is not a number; "
                    "Regression needs numbers only."
                )
        return np.array(values, dtype=np.float64)
    codes = {label: float(code) for code, label in enumerate(problem.classes)}
    unknown = sorted({cell for cell in target if cell not in codes})
    if unknown:
        raise TrainingError(
            f"Target attribute {name} holds {unknown[0]!r} in the validation channel, "
            "a label that the training channel does not have."
        )
    return np.array([codes[cell] for cell in target])
