"""The picture of a golden check: found against expected, and how far apart they are."""

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rules.golden import Comparison
from rules.tolerance import Tolerance

from autolote.golden.values import Values

STYLES = {
    "equal": ("#2166ac", "equal"),
    "within": ("#f4a582", "within the tolerance"),
    "outside": ("#b2182b", "outside it"),
}
_POINTS = 20_000
"""Points of a kind that are drawn; the picture of a million rows says no more than of some."""

Floats = NDArray[np.float64]
Kinds = dict[str, NDArray[np.bool_]]


def draw(path: Path, values: Values, comparison: Comparison, *, title: str) -> None:
    """Write the picture to a file; its ending, .svg or .png, says which kind."""
    size = min(len(values.expected), len(values.found))  # a row may have been lost
    expected = np.frombuffer(values.expected, dtype=np.float64)[:size]
    found = np.frombuffer(values.found, dtype=np.float64)[:size]
    kinds = _kinds(expected, found, comparison.tolerance)
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    verdict = "passed" if comparison.passed else f"FAILED: {comparison.misses[0]}"
    figure.suptitle(f"{title}\n{verdict}", color="black" if comparison.passed else "#b2182b")
    _against(left, expected, found, kinds)
    _histogram(right, expected, found, kinds)
    right.set_title(f"Deviation, tolerance {comparison.tolerance.formula}")
    figure.savefig(path, dpi=150)


def _kinds(expected: Floats, found: Floats, tolerance: Tolerance) -> Kinds:
    """Which values are equal, which differ within the tolerance, which are outside it."""
    with np.errstate(invalid="ignore", over="ignore"):
        deviation = np.abs(found - expected)
        allowed = tolerance.absolute + tolerance.relative * np.abs(expected)
        near = np.isfinite(deviation) & (deviation <= allowed)
    equal = (expected == found) | (np.isnan(expected) & np.isnan(found))
    return {"equal": equal, "within": near & ~equal, "outside": ~near & ~equal}


def _against(axes: Axes, expected: Floats, found: Floats, kinds: Kinds) -> None:
    """A point a value, and the diagonal where they agree."""
    axes.set(title="Found against expected", xlabel="expected", ylabel="found")
    finite = np.isfinite(expected) & np.isfinite(found)
    if not finite.any():
        axes.text(0.5, 0.5, "no finite pair of values", ha="center", transform=axes.transAxes)
        return
    both = np.concatenate([expected[finite], found[finite]])
    ends = [float(both.min()), float(both.max())]
    axes.plot(ends, ends, color="#888888", linewidth=1, zorder=1)
    for kind, (colour, name) in STYLES.items():
        chosen = kinds[kind] & finite
        count = int(chosen.sum())
        if count:
            step = math.ceil(count / _POINTS)
            axes.plot(
                expected[chosen][::step],
                found[chosen][::step],
                ".",
                color=colour,
                markersize=4,
                rasterized=True,
                label=f"{count:,} {name}" + (f", one in {step} drawn" if step > 1 else ""),
            )
    axes.legend(loc="upper left")


def _histogram(axes: Axes, expected: Floats, found: Floats, kinds: Kinds) -> None:
    """How many values deviate by which power of ten; none at all and infinitely have own bars."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        power = np.floor(np.log10(np.abs(found - expected)))
    lowest, highest = _ends(power[np.isfinite(power)])
    place = power - lowest + 1
    place[~np.isfinite(power)] = highest - lowest + 2
    place[kinds["equal"]] = 0
    labels = ["0", *(f"1e{exponent}" for exponent in range(lowest, highest + 1))]
    if (place == len(labels)).any():
        labels.append("inf or NaN")
    floor = np.zeros(len(labels))
    for kind, (colour, _) in STYLES.items():
        counts = np.bincount(place[kinds[kind]].astype(int), minlength=len(labels))
        axes.bar(range(len(labels)), counts, bottom=floor, color=colour)
        floor = floor + counts
    for at, count in enumerate(floor):
        if count:
            axes.annotate(f"{int(count):,}", (at, count), ha="center", va="bottom")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlim(-0.8, max(len(labels), 5) - 0.4)
    axes.set_ylim(0, float(floor.max()) * 3 + 1)
    axes.set(ylabel="values", xlabel="|found - expected|, from this power of ten to the next")
    axes.set_xticks(range(len(labels)), labels, rotation=45 if len(labels) > 8 else 0)


def _ends(powers: Floats) -> tuple[int, int]:
    """The lowest and the highest power of ten; an empty range when there is none."""
    return (int(powers.min()), int(powers.max())) if len(powers) else (1, 0)
