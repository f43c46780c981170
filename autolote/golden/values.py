"""The values of both sides as they pass by, kept for the picture: 16 bytes a pair."""

from array import array
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Values:
    """Doubles row by row; all output columns of a row one after the other."""

    expected: "array[float]" = field(default_factory=lambda: array("d"))
    found: "array[float]" = field(default_factory=lambda: array("d"))
