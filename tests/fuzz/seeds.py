"""What the fuzzers begin with: bodies of every dialect, and a small model of many kinds."""

import tempfile
from pathlib import Path

import lightgbm
import numpy as np

from tests.container import models

# The first byte holds the options, the second the size of the pieces: see csv_fuzz.cpp.
BODIES = {
    "plain": b"\x00\x091,2,3\n-0.5,,1e-35\nNA,nan,inf\n",
    "crlf-quotes": b'\x00\x02"1","2.5","3"\r\n" 1 ","",-1e400\r\n',
    "semicolons": b"\x05\x401,5;2;-3,25\n;;\n",
    "header": b"\x08\xff\xef\xbb\xbfa,b,c\n1,2,3\n",
    "tabs-placeholder": b"\x13\x201\t2\t3\nx\t2\t3\n1\t2\n\n4\t5\t6",
    "tokens-labels": b"\xe2\x10NA|missing|1\n0.1234567890123456789|17976931348623157e292|-0\n",
    "quoted-newline": b'\x20\x07"1\n",2,3\n',
    "many-rows": b"\x00\x40" + b"0.125,-3,4.5\n" * 140,
}
ROUNDS = 4
SMALL = {"num_leaves": 6, "min_data_in_leaf": 5}
MODELS = {
    "binary": {"objective": "binary"},
    "multiclass": {"objective": "multiclass", "num_class": 3},
    "multiclassova": {"objective": "multiclassova", "num_class": 3},
    "zero-as-missing": {"objective": "regression", "zero_as_missing": True},
    "sqrt": {"objective": "regression", "reg_sqrt": True},
    "linear": {"objective": "regression", "linear_tree": True},
    "poisson": {"objective": "poisson"},
    "forest": {
        "objective": "binary",
        "boosting": "rf",
        "bagging_freq": 1,
        "bagging_fraction": 0.6,
    },
    "many-leaves": {"objective": "regression", "num_leaves": 300, "min_data_in_leaf": 1},
}


def write(folder: Path) -> None:
    """Write the seeds to folder/csv and folder/model."""
    for target in ("csv", "model"):
        (folder / target).mkdir(parents=True, exist_ok=True)
    for name, body in BODIES.items():
        (folder / "csv" / name).write_bytes(body)
    for name, text in model_texts().items():
        (folder / "model" / name).write_text(text)


def model_texts() -> dict[str, str]:
    """Models of a few kB: LightGBM's text without the parameters at its end, which nobody reads."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, parameters in MODELS.items():
            booster = models.save(Path(folder) / name, {**SMALL, **parameters})
            rounds = 1 if name == "many-leaves" else ROUNDS
            found[name] = booster.model_to_string(num_iteration=rounds)
    found["categories"] = _categories()
    return {name: text.partition("\nfeature_importances")[0] for name, text in found.items()}


def _categories() -> str:
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.integers(0, 90, 500), rng.normal(size=500)])
    target = rng.normal(size=90)[rows[:, 0].astype(int)] + rows[:, 1]
    data = lightgbm.Dataset(rows, target, categorical_feature=[0])
    parameters = {"objective": "regression", "verbosity": -1, "num_threads": 1, **SMALL}
    return str(lightgbm.train(parameters, data, ROUNDS).model_to_string())
