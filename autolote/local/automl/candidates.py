"""Finished candidates on disk: what an interrupted job finds again, and what ensembles are made of.

`candidates/NNN/` holds one model file per split, the held-out predictions and `candidate.json`; the
folder appears under this name when it is complete.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autolote.local.automl.boosting import Model
from autolote.local.automl.metrics import Floats
from autolote.local.automl.portfolio import Trial


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One finished trial. `metrics` are those of the held-out rows, `gain` is LightGBM's total gain
    per input column, `seconds` is wall time."""

    index: int
    label: str
    params: Mapping[str, Any]
    rounds: tuple[int, ...]
    loss: float
    metrics: Mapping[str, float]
    gain: Mapping[str, float]
    seconds: float
    cut: bool

    @property
    def name(self) -> str:
        """The candidate's name, unique in its job (at most 20 characters)."""
        return f"{self.label}-t{self.index + 1}"

    @property
    def trial(self) -> Trial:
        """What later choices of configurations depend on."""
        return Trial(label=self.label, params=self.params, loss=self.loss)


class CandidateStore:
    """The folder `candidates` of a job."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> list[Candidate]:
        """The finished candidates in the order of their numbers."""
        files = sorted(self._folder.glob("[0-9][0-9][0-9]/candidate.json"))
        return [_from_json(json.loads(file.read_text())) for file in files]

    def add(self, candidate: Candidate, models: Sequence[Model]) -> None:
        """Save a candidate with the models of its splits."""
        partial = self._folder / f".{candidate.index:03d}.part"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for at, model in enumerate(models):
            (partial / f"split_{at}.txt").write_text(model.text, encoding="utf-8")
        np.save(partial / "held_out.npy", np.concatenate([model.predicted for model in models]))
        (partial / "candidate.json").write_text(json.dumps(asdict(candidate)), encoding="utf-8")
        partial.rename(self._folder / f"{candidate.index:03d}")

    def models(self, candidate: Candidate) -> list[Path]:
        """The model files of a candidate, one per split."""
        folder = self._folder / f"{candidate.index:03d}"
        return [folder / f"split_{at}.txt" for at in range(len(candidate.rounds))]

    def held_out(self, candidate: Candidate) -> Floats:
        """The predictions for the held-out rows of all splits, split after split."""
        predicted: Floats = np.load(self._folder / f"{candidate.index:03d}" / "held_out.npy")
        return predicted


def _from_json(fields: dict[str, Any]) -> Candidate:
    return Candidate(**{**fields, "rounds": tuple(fields["rounds"])})
