"""How far predictions may be from what is expected. A value is within the tolerance when

|found - expected| <= absolute + relative * |expected|
"""

import math
from dataclasses import dataclass

_FINITE = "0 or more, and finite"


class ToleranceError(ValueError):
    """A tolerance makes no sense; the message has the field, the value, the rule, the way out."""


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far predictions may be off. The default is not at all: the scoring container gives the
    very doubles that LightGBM gives, so a difference is a fault however small it is.

    Attributes:
        absolute: in the unit of the prediction, 0 or more.
        relative: as a part of the expected value, 0 or more and below 1.
        share: of each column's values that must be within the tolerance; above 0, at most 1.
        max_deviation: that no value may exceed, in the unit of the prediction. Needed when `share`
            is below 1: the rest could be arbitrarily wrong otherwise.
    """

    absolute: float = 0.0
    relative: float = 0.0
    share: float = 1.0
    max_deviation: float | None = None

    def __post_init__(self) -> None:
        _require("absolute", self.absolute, 0 <= self.absolute < math.inf, _FINITE)
        _require("relative", self.relative, 0 <= self.relative < 1, "from 0 to below 1")
        _require("share", self.share, 0 < self.share <= 1, "above 0 and at most 1")
        if self.max_deviation is not None:
            fits = 0 <= self.max_deviation < math.inf
            _require("max_deviation", self.max_deviation, fits, _FINITE)
        elif self.share < 1:
            raise ToleranceError(
                f"share is {self.share:g}: below 1 it needs max_deviation, or the other values "
                "could be arbitrarily wrong; set the largest deviation any value may have"
            )

    def allows(self, deviation: float, expected: float) -> bool:
        """Whether a value that deviates so far from the expected one is within the tolerance."""
        if deviation == 0:
            return True
        return deviation < math.inf and deviation <= self.absolute + self.relative * abs(expected)

    @property
    def formula(self) -> str:
        """What a deviation must not exceed."""
        return f"{self.absolute:g} + {self.relative:g} * |expected|"

    def __str__(self) -> str:
        text = f"|found - expected| <= {self.formula} for {percent(self.share)} of each column"
        return text + (
            "" if self.max_deviation is None else f", never above {self.max_deviation:g}"
        )


def _require(field: str, value: float, fits: bool, rule: str) -> None:
    if not fits:
        raise ToleranceError(f"{field} is {value:g}; it must be {rule}")


def percent(share: float) -> str:
    """A share as people read it, cut after six decimals: never rounded up to 100 %."""
    return f"{math.floor(share * 1e8) / 1e6:.6f}".rstrip("0").rstrip(".") + " %"
