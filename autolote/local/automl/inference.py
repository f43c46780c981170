"""From LightGBM's output to the CSV that Autopilot's inference containers answer with.

The keys and their meaning (ENSEMBLING mode: `probability` belongs to the predicted label):
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-container-output.html
"""

import csv
import io
from collections.abc import Callable, Sequence

from autolote.local.automl.metrics import Floats, by_class

KEYS = ("predicted_label", "probability", "probabilities", "labels")


def parse_keys(text: str, *, problem_type: str) -> tuple[str, ...]:
    """The response keys of SAGEMAKER_INFERENCE_OUTPUT, spaces around the commas allowed.

    Raises ValueError for an unknown key, one given twice, and for a key that regression lacks.
    """
    keys = tuple(key.strip() for key in text.split(","))
    wrong = [key for key in keys if key not in KEYS]
    if wrong or len(set(keys)) < len(keys):
        raise ValueError(
            f"SAGEMAKER_INFERENCE_OUTPUT is {text!r}; use each of {', '.join(KEYS)} at most once, "
            "separated by commas"
        )
    if problem_type == "Regression" and keys != ("predicted_label",):
        raise ValueError(
            f"SAGEMAKER_INFERENCE_OUTPUT is {text!r}, but this is a regression model: "
            "it has predicted_label (the number) and no probabilities; leave the variable out"
        )
    return keys


def to_csv(predicted: Floats, *, classes: Sequence[str], keys: Sequence[str]) -> str:
    """One line per row: the number of a regression (no `classes`), or the keys in their order.

    `probabilities` and `labels` are lists in one quoted cell, as in AWS's example
    `1,0.9,"[0.1, 0.9]","['0', '1']"`. Labels come back as the training data writes them.
    """
    if not classes:
        return "".join(f"{value!r}\n" for value in predicted.tolist())
    rows = by_class(predicted)
    best = rows.argmax(axis=1).tolist()
    probabilities = rows.tolist()
    names = str(list(classes))
    cell: dict[str, Callable[[int], str]] = {
        "predicted_label": lambda row: classes[best[row]],
        "probability": lambda row: repr(probabilities[row][best[row]]),
        "probabilities": lambda row: str(probabilities[row]),
        "labels": lambda row: names,
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([cell[key](row) for key in keys] for row in range(len(rows)))
    return out.getvalue()
