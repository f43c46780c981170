"""A LightGBM text model: what its header says, whether it is whole, and its predictions."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINDS = {"binary": "binary", "multiclass": "multiclass", "multiclassova": "multiclass"}


class ModelError(ValueError):
    """The file is not a model that can be served; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """The part of a text model before its trees. `outputs` is the number of values per row."""

    version: str
    objective: str
    kind: str  # binary, multiclass or number
    outputs: int
    feature_names: tuple[str, ...]
    trees: int


def read_header(path: Path) -> Header:
    """Read the header and check that the trees it announces are all there; raises ModelError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    head, found, _ = content.partition(b"\nTree=0\n")
    lines = head.decode("utf-8", errors="replace").splitlines()
    if not lines or lines[0] != "tree" or not found:
        raise ModelError(f"{path} is not a LightGBM text model (Booster.save_model writes one)")
    fields = dict(line.partition("=")[::2] for line in lines if "=" in line)
    try:
        sizes = [int(size) for size in fields["tree_sizes"].split()]
        if len(content) < len(head) + 1 + sum(sizes):
            raise ModelError(f"{path} is cut off: {len(sizes)} trees are announced")
        objective = fields.get("objective", "")
        return Header(
            version=fields["version"],
            objective=objective or "none (raw score)",
            kind=KINDS.get(objective.partition(" ")[0], "number"),
            outputs=int(fields["num_tree_per_iteration"]),
            feature_names=tuple(fields["feature_names"].split(" ")),
            trees=len(sizes),
        )
    except (KeyError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: the header of the text model is damaged ({error})") from error


class Model:
    """A model in memory. Safe to use from several threads."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load the file; each prediction uses `threads` threads. Raises ModelError."""
        import lightgbm  # noqa: PLC0415 (takes a second; the port is open before)

        self.header = read_header(path)
        try:
            self._booster = lightgbm.Booster(model_file=str(path))
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"{path} is refused by LightGBM: {error}") from error
        self._threads = threads

    def predict(self, matrix: Floats) -> Floats:
        """What `Booster.predict` returns for the rows."""
        predicted: Floats = np.asarray(self._booster.predict(matrix, num_threads=self._threads))
        return predicted
