"""A LightGBM model in text form: what it expects, what it predicts, and pandas' categories."""

import json
from dataclasses import dataclass

_END = b"\nfeature_infos="
_CATEGORIES = b"\npandas_categorical:"
_BINARY = frozenset(("binary",))
_MULTICLASS = frozenset(("multiclass", "multiclassova", "softmax", "ova"))


class ModelTextError(ValueError):
    """The object is not a LightGBM model in text form; the message says why."""


@dataclass(frozen=True, kw_only=True)
class ModelText:
    """What the first lines of a `model.txt` say.

    Attributes:
        features: names of the input columns, in order.
        named: whether the names mean something; a model trained without names has Column_0,
            Column_1 and so on, with which no header can be compared.
        objective: as in the file; empty for a custom objective.
        problem_type: in SageMaker's words.
        classes: outputs of a row; 1 unless multiclass, or a custom objective with several.
    """

    features: tuple[str, ...]
    named: bool
    objective: str
    problem_type: str
    classes: int


def is_whole(head: bytes) -> bool:
    """Whether `head` reaches beyond the lines that `read` needs."""
    return _END in head or b"\n\n" in head


def read(head: bytes) -> ModelText:
    """Read the head of a model.

    Args:
        head: the first bytes of the file, as many as `is_whole` asks for.

    Raises:
        ModelTextError: it is not such a file, or a needed line is missing.
    """
    lines = head.decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "tree":
        raise ModelTextError("the first line of a LightGBM model.txt is `tree`")
    told: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition("=")
        told.setdefault(name, value)
    missing = [
        name for name in ("max_feature_idx", "feature_names", "num_class") if name not in told
    ]
    if missing:
        raise ModelTextError(f"the lines {', '.join(missing)} are missing")
    # LightGBM puts an underscore for each space in a name, so names are separated by one space.
    features = tuple(told["feature_names"].split(" "))
    if len(features) != _number(told, "max_feature_idx") + 1:
        raise ModelTextError(
            f"max_feature_idx={told['max_feature_idx']} does not fit {len(features)} feature_names"
        )
    objective, classes = told.get("objective", ""), _number(told, "num_class")
    problem = _problem_type(objective)
    if problem == "Regression" and objective and classes > 1:
        raise ModelTextError(f"the objective {objective} has one output, and num_class={classes}")
    return ModelText(
        features=features,
        named=features != tuple(f"Column_{index}" for index in range(len(features))),
        objective=objective,
        problem_type=problem,
        classes=classes,
    )


def replaced_categories(tail: bytes, *, whole: bool) -> str | None:
    """Categories that rows of a CSV would be scored wrongly with, as far as they can be shown.

    Trained on a data frame, LightGBM replaces the values of a categorical column by their
    positions in the list that its Python package writes as the file's last line. Nothing replaces
    them in a CSV, so each value must be its position.

    Args:
        tail: the last bytes of the file, long enough for any list that can be right.
        whole: whether they are the whole file.

    Returns:
        The lists; None when there are none, or when every value is its position.
    """
    text = tail.rstrip()
    start = text.rfind(_CATEGORIES)
    if start < 0:
        begins = whole or b"\n" in text
        return None if begins else "a list too long to be shown"
    line = text[start + len(_CATEGORIES) :].split(b"\n", maxsplit=1)[0]
    shown = line.decode("utf-8", errors="replace").strip()
    try:
        lists = json.loads(shown) or []
    except ValueError:
        return shown
    return None if isinstance(lists, list) and all(map(_are_positions, lists)) else shown


def _are_positions(values: object) -> bool:
    # True == 1, but a CSV has the word.
    return isinstance(values, list) and all(
        value == position and not isinstance(value, bool) for position, value in enumerate(values)
    )


def _number(told: dict[str, str], name: str) -> int:
    try:
        return int(told[name])
    except ValueError as error:
        raise ModelTextError(f"{name}={told[name]} is not a number") from error


def _problem_type(objective: str) -> str:
    kind = objective.split(" ", maxsplit=1)[0]
    if kind in _BINARY:
        return "BinaryClassification"
    return "MulticlassClassification" if kind in _MULTICLASS else "Regression"
