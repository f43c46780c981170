"""The model artifact: `model.json`, `model.txt`, `model_1.txt`, ... in a tar.gz; no pickle."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from autolote.local.automl import encoder
from autolote.local.automl.columns import Column
from autolote.local.automl.files import pack, write_atomically
from autolote.local.automl.metrics import Floats

FORMAT = "autolote-automl/1"


class ArtifactError(ValueError):
    """The folder does not hold a model that this code can serve."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """All of `model.json` but the members: what surrounds the LightGBM models."""

    problem_type: str
    target: str
    classes: tuple[str, ...]
    columns: tuple[Column, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "format": FORMAT,
            "problem_type": self.problem_type,
            "target": self.target,
            "classes": list(self.classes),
            "columns": [column.to_json() for column in self.columns],
        }


def save(
    path: Path, description: Description, members: Sequence[tuple[Path, float]], *, scratch: Path
) -> None:
    """Write the tar.gz of a model: the weighted sum of its members' outputs (weights sum to 1).

    `scratch` is a file name for the model.json on its way into the archive.
    """
    names = [f"model_{at}.txt" if at else "model.txt" for at in range(len(members))]
    weighted = [
        {"file": name, "weight": weight} for name, (_, weight) in zip(names, members, strict=True)
    ]
    write_atomically(scratch, json.dumps({**description.to_json(), "members": weighted}, indent=1))
    files = [(name, file) for name, (file, _) in zip(names, members, strict=True)]
    pack(path, [("model.json", scratch), *files])
    scratch.unlink()


class Predictor:
    """A model loaded from an unpacked artifact. Safe to use from several threads."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        """Load the folder; raises ArtifactError naming what is missing or wrong."""
        spec = _read(folder / "model.json")
        self.description = Description(
            problem_type=spec["problem_type"],
            target=spec["target"],
            classes=tuple(spec["classes"]),
            columns=tuple(Column.from_json(column) for column in spec["columns"]),
        )
        self.names = tuple(column.name for column in self.description.columns)
        self._threads = threads
        self._members = [_member(folder, member) for member in spec["members"]]

    def predict(self, cells: Sequence[Sequence[str]]) -> Floats:
        """LightGBM's output for rows given column by column: one number per row, or one
        probability per class. Raises CellError for a cell that its column cannot hold."""
        matrix = encoder.transform(self.description.columns, cells)
        parts = [
            weight * np.asarray(booster.predict(matrix, num_threads=self._threads))
            for booster, weight in self._members
        ]
        total: Floats = parts[0]
        for part in parts[1:]:
            total = total + part
        return total


def _read(path: Path) -> Mapping[str, Any]:
    try:
        spec: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} does not exist") from error
    except ValueError as error:
        raise ArtifactError(f"{path} is not JSON: {error}") from error
    if spec.get("format") != FORMAT:
        raise ArtifactError(f"{path}: format is {spec.get('format')!r}, expected {FORMAT!r}")
    return spec


def _member(folder: Path, member: Mapping[str, Any]) -> tuple[lgb.Booster, float]:
    if not re.fullmatch(r"model(_\d+)?\.txt", member["file"]):
        raise ArtifactError(f"model.json names a member {member['file']!r}")
    file = folder / member["file"]
    if not file.is_file():
        raise ArtifactError(f"{file} does not exist")
    return lgb.Booster(model_file=str(file)), float(member["weight"])
