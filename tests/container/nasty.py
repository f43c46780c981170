"""Feature values that models go wrong on: on a threshold and one ulp beside it, extremes, zeros."""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What LightGBM takes for zero ends here: 1e-35 as a float.
ZERO = float(np.float32(1e-35))
EXTREMES = (
    *(0.0, -0.0, ZERO, -ZERO, math.nextafter(ZERO, 1), math.nextafter(ZERO, 0)),
    *(-math.nextafter(ZERO, 1), 1e-35, -1e-35, 5e-324, -5e-324, 2.2250738585072014e-308),
    *(math.inf, -math.inf, math.nan, 1.7976931348623157e308, -1.7976931348623157e308),
    *(0.1, 1 / 3, 9007199254740993.0, 123456789.12345679, 1e22, 1e23),
)
CATEGORIES = (
    *(-2147483649.0, -2147483648.0, -1.0, -0.9, -0.1, 0.9, 1.5, 31.0, 32.0, 63.0, 64.0, 255.0),
    *(256.0, 65535.0, 65536.0, 2147483646.0, 2147483647.0, 2147483648.0, 4294967296.0, 1e19),
)


def beside(value: float) -> list[float]:
    """The value and its neighbours."""
    return [math.nextafter(value, -math.inf), value, math.nextafter(value, math.inf)]


def thresholds(text: str) -> dict[int, list[float]]:
    """The thresholds of a model's text by feature; of a categorical split they are numbers of sets,
    which do no harm among values."""
    found: dict[int, list[float]] = {}
    pairs = re.findall(r"^split_feature=(.+)\n(?:.*\n)*?threshold=(.+)$", text, flags=re.MULTILINE)
    for features, values in pairs:
        for feature, value in zip(features.split(), values.split(), strict=True):
            found.setdefault(int(feature), []).append(float(value))
    return found


def rows(text: str, *, features: int, count: int, seed: int, categories: int) -> Floats:
    """Rows whose cells are taken at random from all that is nasty for the model; the sixth column
    may hold that many categories, and some more."""
    random = np.random.default_rng(seed)
    found = thresholds(text)
    found[5] = [*found.get(5, []), *range(categories + 70)]
    columns = [_column(found.get(at, []), count, random) for at in range(features)]
    return np.column_stack(columns)


def _column(found: Sequence[float], count: int, random: np.random.Generator) -> Floats:
    some = random.choice(found, size=min(len(found), count)).tolist() if found else []
    pool = [near for value in some for near in beside(value)]
    # as often a threshold as anything else, or large models would never see the rest
    pool += [*EXTREMES, *CATEGORIES] * max(1, len(pool) // (len(EXTREMES) + len(CATEGORIES)))
    return np.asarray(random.choice(pool, size=count), dtype=np.float64)
