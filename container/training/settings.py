"""The hyperparameters of a training: typed, checked all at once.

SageMaker hands every value over as text
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from container.training.errors import TrainingError
from container.training.parameters import (
    OBJECTIVES,
    PARAMETERS,
    TEXT,
    Kind,
    Value,
    choice,
    conflicts,
    metrics_of,
    number,
    unknown,
    whole,
)

OWN: Mapping[str, tuple[Kind, str | None, str]] = {
    # name: what is allowed, the default (None: it must be given), what it says
    "target": (TEXT, None, "the column to predict"),
    "objective": (choice(*OBJECTIVES), None, "what is learned: " + ", ".join(OBJECTIVES)),
    "metric": (TEXT, "", "comma-separated; the first decides early stopping (the objective's own)"),
    "max_rounds": (whole(1, 100_000), "500", "most trees (per class)"),
    "early_stopping_rounds": (
        whole(0, 100_000),
        "50",
        "end after so many rounds without a better validation metric; 0: never",
    ),
    "validation_fraction": (
        number(0, 0.9, "a number from 0 to 0.9"),
        "0.2",
        "share of the rows held out when no validation data is given",
    ),
    "seed": (whole(0, 2**31 - 1), "0", "of the split and of every draw"),
    "checkpoint_every": (whole(1, 100_000), "25", "rounds between two checkpoints"),
    "report_every": (whole(1, 100_000), "10", "rounds between two lines with metrics"),
}


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What to train, checked. `parameters` are LightGBM's own, by LightGBM's names."""

    target: str
    objective: str
    metrics: tuple[str, ...]
    max_rounds: int
    early_stopping_rounds: int
    validation_fraction: float
    seed: int
    checkpoint_every: int
    report_every: int
    parameters: Mapping[str, Value] = field(default_factory=dict)

    @property
    def decides(self) -> dict[str, Any]:
        """All that decides which model comes out."""
        return {name: value for name, value in asdict(self).items() if name != "report_every"}

    @property
    def categorical(self) -> tuple[str, ...]:
        """The columns whose numbers are the names of categories."""
        text = str(self.parameters.get("categorical_feature", ""))
        return tuple(name.strip() for name in text.split(",")) if text else ()

    @classmethod
    def load(cls, given: Mapping[str, str]) -> "TrainingSettings":
        """Read and check hyperparameters; raises TrainingError with every problem at once."""
        reader = _Reader(given)
        own = {name: reader.own(name) for name in OWN}
        parameters = {
            name: reader.value(name, text, PARAMETERS[name])
            for name, text in given.items()
            if name in PARAMETERS
        }
        for name in given:
            if name not in OWN and name not in PARAMETERS:
                reader.problems.append(unknown(name, own=tuple(OWN)))
        if not reader.problems:
            reader.problems += conflicts(str(own["objective"]), parameters)
        metrics = reader.metrics(str(own.pop("metric")), str(own["objective"]))
        if reader.problems:
            raise TrainingError(*reader.problems)
        checked: dict[str, Any] = own | {"metrics": metrics, "parameters": parameters}
        return cls(**checked)


class _Reader:
    """Reads single hyperparameters and collects what is wrong with them."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.problems: list[str] = []

    def own(self, name: str) -> Value:
        kind, default, meaning = OWN[name]
        text = self._given.get(name, default)
        if text is None:
            self.problems.append(f"{name}: it must be given ({meaning}).")
            return ""
        return text if text == default == "" else self.value(name, text, kind)

    def value(self, name: str, text: str, kind: Kind) -> Value:
        try:
            value = kind.read(text.strip())
            if kind.allowed(value):
                return value
        except (ValueError, KeyError):
            pass
        self.problems.append(f"{name} = {text!r}: it must be {kind.rule}.")
        return ""

    def metrics(self, text: str, objective: str) -> tuple[str, ...]:
        if objective not in OBJECTIVES:
            return ()  # told already
        allowed = metrics_of(objective)
        names = tuple(name.strip() for name in text.split(",")) if text else ()
        if any(name not in allowed for name in names) or len(set(names)) < len(names):
            self.problems.append(
                f"metric = {text!r}: for objective {objective} it must name some of "
                f"{', '.join(allowed)}, each once."
            )
        return names or (OBJECTIVES[objective],)
