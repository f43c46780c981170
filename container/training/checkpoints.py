"""Checkpoints: one file for each finished segment, written whole or not at all.

SageMaker copies the folder to S3 while the job runs and back when it starts again
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html), in no promised order. So a
file says all about its segment and never changes, and what is resumed is the unbroken beginning of
the row: a file that is missing or damaged only means that its segment is trained again, to the very
same trees.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from container.training.errors import TrainingError


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Trees of some rounds: LightGBM's text of them alone, and the metrics of each round.

    `history` has one entry a round: name -> value, `train:auc` only in reported rounds. `last`
    says why no segment follows, None if one does.
    """

    number: int
    trees: str
    history: tuple[Mapping[str, float], ...]
    last: str | None


class Checkpoints:
    """The checkpoints of one training in a folder; None keeps nothing.

    Args:
        folder: where they are; made if needed.
        training: what decides the model. A folder of another training is refused, since the two
            would spoil each other's.
    """

    def __init__(self, folder: Path | None, *, training: Mapping[str, Any]) -> None:
        self._folder = folder
        self._training = json.loads(json.dumps(training))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def threads(self) -> int | None:
        """How many threads the training was begun with; None if nothing is there to go on with."""
        saved = self._saved(0)
        return int(saved["threads"]) if saved else None

    def read(self, number: int) -> Segment | None:
        """A finished segment, None if it must be trained.

        Raises TrainingError if the folder holds the checkpoints of another training.
        """
        saved = self._saved(number)
        if saved is None:
            return None
        segment = saved["segment"]
        return Segment(**segment | {"history": tuple(segment["history"])})

    def write(self, segment: Segment, *, threads: int) -> None:
        """Keep a finished segment: the file is there as a whole, or not at all."""
        if self._folder is None:
            return
        content = json.dumps(
            {"training": self._training, "threads": threads, "segment": asdict(segment)}
        )
        path = self._path(self._folder, segment.number)
        draft = path.with_suffix(".draft")
        with draft.open("w", encoding="ascii") as file:
            file.write(f"{_digest(content)}\n{content}")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _saved(self, number: int) -> dict[str, Any] | None:
        if self._folder is None:
            return None
        path = self._path(self._folder, number)
        try:
            digest, _, content = path.read_text(encoding="ascii").partition("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        if digest != _digest(content):
            return None
        saved: dict[str, Any] = json.loads(content)
        self._check_same(saved["training"])
        return saved

    def _check_same(self, other: Mapping[str, Any]) -> None:
        differing = [
            f"{name} ({_shown(other.get(name))} there, {_shown(self._training.get(name))} here)"
            for name in sorted({*other, *self._training})
            if other.get(name) != self._training.get(name)
        ]
        if differing:
            raise TrainingError(
                f"The checkpoints in {self._folder} are of another training: it differs in "
                f"{'; '.join(differing)[:600]}. Give a checkpoint location of its own, or empty it."
            )

    def _path(self, folder: Path, number: int) -> Path:
        return folder / f"segment-{number:05d}.checkpoint"


def _shown(value: object) -> str:
    return str(value)[:40]


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("ascii")).hexdigest()
