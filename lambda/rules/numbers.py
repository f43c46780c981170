"""Cells that the training script takes: numbers, and the spellings of "no value".

The script in container/ reads every row and has the last word; a test holds the two together.
"""

import math
from collections.abc import Sequence

MISSING_TOKENS = ("NA", "N/A", "NaN", "nan", "NULL", "null", "None")
MISSING = frozenset(MISSING_TOKENS) | {""}
# LightGBM refuses these in a feature's name (its model file is text):
# https://lightgbm.readthedocs.io/en/stable/FAQ.html
NOT_IN_NAMES = '",:[]{}'


def first_text(row: Sequence[str]) -> int | None:
    """The position of the first cell that is neither a number nor no value; None if all are."""
    return next((at for at, cell in enumerate(row) if _value(cell) is None), None)


def _value(cell: str) -> float | None:
    text = cell.strip()
    if text in MISSING:
        return math.nan
    try:
        # float() also takes 1_000 and digits of other scripts.
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
