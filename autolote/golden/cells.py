"""The cells of a CSV as numbers: what docs/request.md allows, read by Python's own float()."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autolote.golden import GoldenError
from autolote.golden.source import Source

_SHOWN = 80


class Cells:
    """How the cells of a file are read.

    Args:
        source: the file.
        positions: where the features are in its rows, counted from 0.
    """

    def __init__(self, source: Source, positions: Sequence[int]) -> None:
        self._source, self._positions = source, positions
        self._missing = frozenset({"", *source.missing})

    def numbers(self, rows: Sequence[Sequence[object]], *, done: int) -> NDArray[np.float64]:
        """The features of some rows, (rows, features); NaN is a missing value.

        Args:
            rows: the text of each cell; anything but text is a cell that is not there.
            done: how many rows of the file come before.

        Raises:
            GoldenError: at the first cell that is not a number.
        """
        try:
            values = [[self._number(cell) for cell in row] for row in rows]
        except ValueError:
            raise self._first_wrong(rows, done) from None
        return np.array(values, dtype=np.float64).reshape(len(rows), len(self._positions))

    def _number(self, cell: object) -> float:
        if not isinstance(cell, str):
            return math.nan
        text = cell.strip(" \t")
        if text in self._missing:
            return math.nan
        if self._source.decimal_comma:
            if "." in text:
                raise ValueError(text)
            text = text.replace(",", ".")
        if "_" in text or not text.isascii():  # float() takes 1_000 and digits of every script
            raise ValueError(text)
        return float(text)

    def _first_wrong(self, rows: Sequence[Sequence[object]], done: int) -> GoldenError:
        for number, row in enumerate(rows, start=done + 1):
            for position, cell in zip(self._positions, row, strict=True):
                try:
                    self._number(cell)
                except ValueError:
                    text = str(cell)
                    shown = repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
                    return GoldenError(
                        f"{self._source.path}: row {number:,}, column {position + 1}: {shown} is "
                        "not a number; see --separator, --decimal-comma, --missing and "
                        "--id-columns"
                    )
        raise AssertionError("every cell is a number")
