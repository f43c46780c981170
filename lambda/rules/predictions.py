"""Reading predictions back: the lines that a scoring container writes, as numbers.

A cell is a number, or a list of numbers in brackets, as `probabilities` and `labels` are written:
`"[0.1, 0.9]"`, `"['0', '1']"`. A list counts as that many columns.
"""

import csv
from collections.abc import Iterable, Iterator

_LONGEST_SHOWN = 60


class PredictionError(ValueError):
    """A line that holds no predictions; the message has the line, what it is, and the rule."""


def numbers(lines: Iterable[bytes], *, ids: int = 0) -> Iterator[list[float]]:
    """The predictions in each line.

    Args:
        lines: without their newlines; blank ones are no rows, as a prediction is never blank.
        ids: how many leading columns are the row's ids, and so left out.

    Raises:
        PredictionError: a cell is no number, or a line has no more than its ids.
    """
    for number, line in enumerate(lines, start=1):
        text = line.rstrip(b"\r")
        if not text:
            continue
        try:
            # Without quotes a line is cut at its commas; that is most lines, and much faster.
            plain = not ids and b'"' not in text
            yield [float(cell) for cell in text.split(b",")] if plain else _careful(text, ids)
        except (ValueError, csv.Error) as error:
            shown = repr(text[:_LONGEST_SHOWN].decode("utf-8", errors="replace"))
            raise PredictionError(
                f"line {number} is {shown}, which is not {'ids and ' if ids else ''}numbers "
                f"separated by commas ({error})"
            ) from error


def _careful(line: bytes, ids: int) -> list[float]:
    cells = next(csv.reader([line.decode()], strict=True), [])[ids:]
    if not cells:
        raise ValueError("no column is left")
    return [float(item) for cell in cells for item in _items(cell)]


def _items(cell: str) -> list[str]:
    """The members of a list as Python writes it, or the cell itself."""
    if not (cell.startswith("[") and cell.endswith("]")):
        return [cell]
    return [item.strip(" '\"") for item in cell[1:-1].split(",")]
