"""The head of a LightGBM model in text form: what it expects and what it predicts."""

from dataclasses import dataclass

_END = b"\nfeature_infos="
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
        classes: number of classes; 1 unless multiclass.
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
    if problem == "Regression" and classes > 1:
        raise ModelTextError(
            f"it has {classes} outputs and the objective {objective or 'none'}, so what they mean "
            "is not told; train it with objective multiclass"
        )
    return ModelText(
        features=features,
        named=features != tuple(f"Column_{index}" for index in range(len(features))),
        objective=objective,
        problem_type=problem,
        classes=classes,
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
