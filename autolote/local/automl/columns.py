"""What each column of the training data is: decided once, written down, obeyed when serving."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autolote.local.automl.cells import (
    BOOLEANS,
    DATE_ORDERS,
    MISSING,
    are_numbers,
    date_parts,
    have_codes,
    number,
)

MAX_LEVELS = 255
"""Levels of a categorical column that are kept, the most frequent; the rest count as unseen."""

MAX_TERMS = 50
"""Frequent words of a text column that become a feature each."""

MAX_STRAYS = 20
STRAY_SHARE = 0.05
"""A column stays numeric (or a date) when at most this share of its values, in at most
`MAX_STRAYS` spellings such as `-` or `unknown`, is something else; these count as missing."""

_ID_NAME = re.compile(r"(?:.*[_\s-])?(?:id|index|row|rownum|uuid|guid)|Unnamed: \d+|", re.I)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Column:
    """The encoding of one input column. `type` is one of numeric, categorical, datetime, boolean,
    text and drop; the other fields belong to one type each and are empty elsewhere."""

    name: str
    type: str
    levels: tuple[str, ...] = ()  # categorical: position = code; boolean: (true, false)
    terms: tuple[str, ...] = ()  # text
    missing: tuple[str, ...] = ()  # numeric, datetime: further spellings of "no value"
    order: str = ""  # datetime: one of DATE_ORDERS
    reason: str = ""  # drop: why

    def to_json(self) -> dict[str, Any]:
        """A JSON object without the empty fields."""
        return {key: value for key, value in asdict(self).items() if value or key == "name"}

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> "Column":
        """The column that `to_json` described."""
        lists = {key: tuple(spec.get(key, ())) for key in ("levels", "terms", "missing")}
        order, reason = spec.get("order", ""), spec.get("reason", "")
        return cls(name=spec["name"], type=spec["type"], order=order, reason=reason, **lists)


def words(cell: str) -> list[str]:
    """The words of a text cell, in lower case."""
    return _WORD.findall(cell.lower())


def fit_column(name: str, cells: Sequence[str]) -> Column:
    """Decide what the column is, from all of its training cells (strings as written)."""
    if not _ID_NAME.fullmatch(name.strip()) and _plainly_numeric(cells):
        return Column(name=name, type="numeric")
    counts = Counter(map(str.strip, cells))
    for token in MISSING:
        counts.pop(token, None)
    present = counts.total()
    if not counts or (len(counts) == 1 and present == len(cells)):
        return Column(name=name, type="drop", reason="constant")
    if _is_row_number(name, counts, present):
        return Column(name=name, type="drop", reason="identifier")
    for fits in (_numeric, _boolean, _datetime):
        column = fits(name, counts)
        if column is not None:
            return column
    return _of_strings(name, counts, present)


def _plainly_numeric(cells: Sequence[str]) -> bool:
    """Whether the column holds different numbers and missing values only: the usual case, decided
    without counting values."""
    present = [cell for cell in cells if cell not in MISSING]
    varies = any(cell.strip() != present[0].strip() for cell in present)
    return varies and are_numbers(present) and not have_codes(present)


def _is_row_number(name: str, counts: Counter[str], present: int) -> bool:
    """Whether every value is another whole number and the name says identifier.

    The name is asked too because a measured value may well be distinct in every row.
    """
    return (
        _ID_NAME.fullmatch(name.strip()) is not None
        and len(counts) == present > 50
        and all(cell.isdigit() for cell in counts)
    )


def _strays(counts: Counter[str], fits: Iterator[bool]) -> tuple[str, ...] | None:
    """The values that do not fit, or None when they are too many for this type."""
    strays = tuple(value for value, fit in zip(counts, fits, strict=True) if not fit)
    share = sum(counts[value] for value in strays) / counts.total()
    return strays if len(strays) <= MAX_STRAYS and share <= STRAY_SHARE else None


def _numeric(name: str, counts: Counter[str]) -> Column | None:
    if have_codes(counts):
        return None
    strays = _strays(counts, (number(value) is not None for value in counts))
    return None if strays is None else Column(name=name, type="numeric", missing=strays)


def _boolean(name: str, counts: Counter[str]) -> Column | None:
    for pair in BOOLEANS:
        if all(value.lower() in pair for value in counts):
            return Column(name=name, type="boolean", levels=pair)
    return None


def _datetime(name: str, counts: Counter[str]) -> Column | None:
    for order in DATE_ORDERS:
        strays = _strays(counts, (date_parts(value, order) is not None for value in counts))
        if strays is not None:
            return Column(name=name, type="datetime", order=order, missing=strays)
    return None


def _of_strings(name: str, counts: Counter[str], present: int) -> Column:
    """Text, an identifier or a categorical column."""
    if len(counts) > MAX_LEVELS:
        sample = list(counts)[:2000]
        if sum(len(words(value)) for value in sample) >= 3 * len(sample):
            return Column(name=name, type="text", terms=_terms(counts))
    if len(counts) > 0.95 * present and present > 50:
        return Column(name=name, type="drop", reason="identifier")
    levels = sorted(counts, key=lambda value: (-counts[value], value))[:MAX_LEVELS]
    return Column(name=name, type="categorical", levels=tuple(levels))


def _terms(counts: Counter[str]) -> tuple[str, ...]:
    """Words that some but not nearly all cells hold, the most frequent first."""
    sample = list(counts)[:20000]
    found = Counter(word for value in sample for word in sorted(set(words(value))))
    low, high = max(3, 0.005 * len(sample)), 0.9 * len(sample)
    kept = [word for word, count in found.items() if low <= count < high]
    return tuple(sorted(kept, key=lambda word: (-found[word], word))[:MAX_TERMS])
