"""From LightGBM's predictions to CSV: one line per row, shortest text that gives the double back.

Without SAGEMAKER_INFERENCE_OUTPUT a line holds what `Booster.predict` returns for the row: the
probability of class 1 (binary), one probability per class (multiclass), else the number. With
PREDICTION_THRESHOLD alone it holds `predicted_label`.

The keys of SAGEMAKER_INFERENCE_OUTPUT are those of Autopilot's containers, in the meaning they have
in its ENSEMBLING mode, so that the columns of a run do not depend on where its model came from
(https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-container-output.html):

predicted_label  multiclass: the number of the class with the highest probability (the first one of
                 equals). Binary: 1 when the probability of class 1 is at least the threshold (0.5
                 unless set), else 0. Other objectives: the predicted number itself.
probability      the probability of the predicted label. For a binary model this is the probability
                 of class 1 where the label is 1, and one minus it where the label is 0.
probabilities    the probabilities of all classes, as a list in one quoted cell.
labels           the numbers of all classes, as a list in one quoted cell.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLOCK_ROWS = 8192
"""Rows that are Python objects at a time: these take ten times the memory of the text."""

KEYS = ("predicted_label", "probability", "probabilities", "labels")


@dataclass(frozen=True, kw_only=True)
class Output:
    """How predictions become lines. `kind` is that of the model: binary, multiclass or number;
    no `keys` means LightGBM's own columns."""

    kind: str
    keys: tuple[str, ...]
    threshold: float

    def to_csv(self, predicted: Floats) -> bytes:
        """One line per row; `predicted` is what `Booster.predict` returned."""
        write = self._with_keys if self.keys and self.kind != "number" else _plain
        blocks = range(0, len(predicted), BLOCK_ROWS)
        return b"".join(write(predicted[at : at + BLOCK_ROWS]).encode() for at in blocks)

    def _with_keys(self, predicted: Floats) -> str:
        if self.kind == "binary":
            classes = np.column_stack([1 - predicted, predicted])
            label = (predicted >= self.threshold).astype(np.int64)
        else:
            classes = predicted
            label = classes.argmax(axis=1)
        probability = classes[np.arange(len(label)), label].tolist()
        labels, rows = label.tolist(), classes.tolist()
        names = str([str(number) for number in range(classes.shape[1])])
        cell: dict[str, Callable[[int], str]] = {
            "predicted_label": lambda row: str(labels[row]),
            "probability": lambda row: repr(probability[row]),
            "probabilities": lambda row: str(rows[row]),
            "labels": lambda row: names,
        }
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([cell[key](row) for key in self.keys] for row in range(len(labels)))
        return out.getvalue()


def _plain(predicted: Floats) -> str:
    if predicted.ndim == 1:
        return "".join(f"{value!r}\n" for value in predicted.tolist())
    return "".join(",".join(map(repr, row)) + "\n" for row in predicted.tolist())


def plan(*, kind: str, objective: str, keys: Sequence[str], threshold: float | None) -> Output:
    """The output for a model of this kind and objective.

    Raises ValueError when the model has no classes for a key or the threshold to refer to.
    """
    if threshold is not None and kind != "binary":
        raise ValueError(
            f"PREDICTION_THRESHOLD={threshold!r} needs a binary model, but the objective of this "
            f"one is {objective!r}; leave the variable out"
        )
    if kind == "number" and any(key != "predicted_label" for key in keys):
        raise ValueError(
            f"SAGEMAKER_INFERENCE_OUTPUT={','.join(keys)!r} needs a classification model, but the "
            f"objective of this one is {objective!r}; only predicted_label is possible"
        )
    if threshold is not None and not keys:
        keys = ("predicted_label",)
    return Output(kind=kind, keys=tuple(keys), threshold=0.5 if threshold is None else threshold)
