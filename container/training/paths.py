"""Where a training finds its data and leaves its results: SageMaker's folders, or given ones.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from container.training.errors import TrainingError


@dataclass(frozen=True, kw_only=True)
class Paths:
    """All places of a training. `base` is SageMaker's /opt/ml, None if there is none."""

    base: Path | None
    train: Path | None
    validation: Path | None
    model: Path | None
    checkpoints: Path | None

    @classmethod
    def of(cls, environment: Mapping[str, str], given: argparse.Namespace) -> "Paths":
        """The command line decides, else the environment, else SageMaker's layout."""
        base: Path | None = Path(environment.get("SAGEMAKER_BASE_DIR") or "/opt/ml")
        if base is not None and not (base / "input" / "config").is_dir():
            base = None  # not started by SageMaker
        data = base / "input" / "data" if base else None

        def channel(name: str) -> Path | None:
            told = environment.get(f"SM_CHANNEL_{name.upper()}")
            if told:
                return Path(told)
            return data / name if data and (data / name).exists() else None

        model = environment.get("SM_MODEL_DIR")
        return cls(
            base=base,
            train=given.train or channel("train"),
            validation=given.validation or channel("validation"),
            model=given.model_dir or (Path(model) if model else base and base / "model"),
            checkpoints=given.checkpoint_dir or (base and base / "checkpoints"),
        )

    def check(self) -> None:
        """Raise TrainingError, with every problem, if something is not there or not writable."""
        problems = []
        if self.train is None:
            problems.append(
                "There is no training data: give the channel `train` (on a laptop: --train)."
            )
        for data in (self.train, self.validation):
            if data is not None and not data.exists():
                problems.append(f"{data}: there is no such file or folder.")
        if self.model is None:
            problems.append("There is no place for the model: give --model-dir.")
        for folder in (self.model, self.checkpoints):
            try:
                if folder is not None:
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / ".writable").touch()
                    (folder / ".writable").unlink()
            except OSError as error:
                problems.append(f"{folder} cannot be written: {error.strerror}.")
        if problems:
            raise TrainingError(*problems)

    def write_failure(self, text: str) -> None:
        """Tell SageMaker why training failed; nothing happens outside of SageMaker."""
        if self.base is not None:
            folder = self.base / "output"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "failure").write_text(text, encoding="utf-8")


def hyperparameters(paths: Paths) -> dict[str, str]:
    """What SageMaker was given as HyperParameters, name -> text; none outside of SageMaker."""
    file = paths.base and paths.base / "input" / "config" / "hyperparameters.json"
    if not file or not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainingError(f"{file} is not JSON: {error}.") from error
    return {str(name): str(value) for name, value in content.items()}
