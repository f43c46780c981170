"""Comparing the columns of two tables."""

from collections.abc import Sequence


def first_difference(*, expected: Sequence[str], found: Sequence[str]) -> str | None:
    """The first way in which two lists of names differ, in words; None if they are the same."""
    for position, (wanted, name) in enumerate(zip(expected, found, strict=False), start=1):
        if wanted != name:
            hint = _hint(wanted, name, expected, found)
            return f"column {position} is {name!r}, expected {wanted!r}{hint}"
    if len(found) < len(expected):
        return f"column {len(found) + 1}, {expected[len(found)]!r}, is missing"
    if len(found) > len(expected):
        return f"column {len(expected) + 1}, {found[len(expected)]!r}, is one too many"
    return None


def _hint(wanted: str, name: str, expected: Sequence[str], found: Sequence[str]) -> str:
    if wanted.strip().casefold() == name.strip().casefold():
        return " (they differ in case or in spaces)"
    if sorted(expected) == sorted(found):
        return " (the same columns in another order)"
    if wanted not in found:
        return f" ({wanted!r} is missing)"
    return f" ({name!r} is one too many)" if name not in expected else ""
