"""model.txt and metadata.json: put together, written whole, read back and compared."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from container.training.data import Floats, Table
from container.training.errors import TrainingError

MODEL = "model.txt"
METADATA = "metadata.json"
_TREE = re.compile(r"^Tree=\d+\n", re.MULTILINE)
_END = "end of trees\n"


def joined(texts: Sequence[str]) -> str:
    """One LightGBM text model with the trees of several, in order.

    Head and parameters are the first one's. The trees are numbered through; `tree_sizes`, the bytes
    of each, lets LightGBM read them in parallel.
    """
    first = texts[0]
    head = first[: _start(first)]
    trees = []
    for text in texts:
        trees += _TREE.split(text[_start(text) : text.index(_END)])[1:]
    numbered = [f"Tree={number}\n{tree}" for number, tree in enumerate(trees)]
    sizes = " ".join(str(len(tree.encode())) for tree in numbered)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return head + "".join(numbered) + first[first.index(_END) :]


def _start(text: str) -> int:
    found = _TREE.search(text)
    if found is None:
        raise TrainingError("LightGBM wrote a model without trees. Check the parameters.")
    return found.start()


def write_model(
    folder: Path, texts: Sequence[str], *, rounds: int, features: Sequence[str], sample: Floats
) -> str:
    """Write model.txt with the first `rounds` rounds of the segments; its text.

    Raises TrainingError if the file, read back, is not the model that was trained: another number
    or order of features, of trees, or other predictions of the sample rows.
    """
    trained = lightgbm.Booster(model_str=joined(texts))
    text = trained.model_to_string(num_iteration=rounds)
    path = folder / MODEL
    _write(path, text)
    loaded = lightgbm.Booster(model_file=str(path))
    _same("features", loaded.num_feature(), len(features))
    _same("feature names", loaded.feature_name(), [name.replace(" ", "_") for name in features])
    _same("rounds", loaded.current_iteration(), rounds)
    _same(
        "predictions",
        np.asarray(loaded.predict(sample, num_threads=1)).tobytes(),
        np.asarray(trained.predict(sample, num_iteration=rounds, num_threads=1)).tobytes(),
    )
    return text


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise TrainingError(
            f"model.txt, read back, has other {what} than the trained model "
            f"({str(found)[:200]} instead of {str(expected)[:200]}). It must not be used."
        )


def remove_model(folder: Path) -> None:
    """Remove what an earlier training left, so that one that fails or is stopped has no model."""
    for name in (MODEL, METADATA):
        (folder / name).unlink(missing_ok=True)


def write_metadata(folder: Path, metadata: Mapping[str, Any]) -> None:
    """Write metadata.json, the last file of a training; without times, so that it repeats too."""
    _write(folder / METADATA, json.dumps(metadata, indent=1) + "\n")


def versions() -> dict[str, str]:
    """What trained: LightGBM, numpy and Python."""
    return {
        "lightgbm": lightgbm.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def data_digest(tables: Sequence[Table]) -> str:
    """SHA-256 of the numbers of some tables."""
    digest = hashlib.sha256()
    for table in tables:
        digest.update(repr(table.matrix.shape).encode())
        digest.update(np.ascontiguousarray(table.matrix).data)
        digest.update(table.target.data)
    return digest.hexdigest()


def _write(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
