"""The categories of a model that was trained on a pandas frame: where CSV cannot show them.

LightGBM's Python package replaces a pandas category by its position before the trees see it, and
keeps the lists of categories in the last line of the model's text, `pandas_categorical:`.
"""

import json
import os
from pathlib import Path

from container.native import ModelError

_LINE = b"\npandas_categorical:"
_TREES_END = b"\nend of trees"
_TAIL_BYTES = 1 << 16
_SHOWN = 3


def check(path: Path) -> None:
    """Raises ModelError when a category of the model is not the number of its position: the
    trees would take the number in a CSV cell for the position."""
    lists = _read(path)
    for categories in lists:
        # True == 1, but a CSV has the word.
        words = any(isinstance(category, bool) for category in categories)
        if not words and categories == list(range(len(categories))):
            continue
        shown = ", ".join(json.dumps(category)[:40] for category in categories[:_SHOWN])
        more = ", ..." if len(categories) > _SHOWN else ""
        raise ModelError(
            f"{path}: the model was trained on pandas categories ({shown}{more}), which LightGBM "
            "replaces by their positions and CSV cannot show; train on the positions "
            "(frame[column].cat.codes), or, where the rows hold positions already, write "
            "pandas_categorical:null in the last line of the file"
        )


def _read(path: Path) -> list[list[object]]:
    """The lists of categories, one for each column that had some; raises ModelError."""
    _, found, text = _tail(path).rpartition(_LINE)
    try:
        lists = json.loads(text.partition(b"\n")[0]) if found else None
    except ValueError:
        lists = False
    if lists is None:
        return []
    if not isinstance(lists, list) or not all(isinstance(item, list) for item in lists):
        raise ModelError(f"{path}: the line pandas_categorical: of the text model is damaged")
    return lists


def _tail(path: Path) -> bytes:
    """The end of the file: back to the categories, or to the trees where it has none."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        size = _TAIL_BYTES
        while True:
            file.seek(max(end - size, 0))
            text = file.read()
            if size >= end or _LINE in text or _TREES_END in text:
                return text
            size *= 4
