"""What a change does, as sentences that are weighed: the record that every comparison makes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

Weight = Literal["blocks", "worse", "better", "other"]
WEIGHTS: tuple[Weight, ...] = ("blocks", "worse", "better", "other")

_ASSET = re.compile(r"\b[0-9a-f]{64}\b")  # another one after each edit of the source
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that a change does.

    Attributes:
        weight: "blocks": it opens a finding, or loses data or a place of data; "worse": somebody
            may do more, something is open, unencrypted or kept less surely; "better": the
            opposite; "other": look at it.
        who: the resource or principal that it is about.
        says: what, in a sentence without its subject, as "gains s3:PutObject on ...".
    """

    weight: Weight
    who: str
    says: str

    @property
    def order(self) -> tuple[int, str, str]:
        """What blocks comes first."""
        return (WEIGHTS.index(self.weight), self.who, self.says)


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The same changes, the weighty first, each once."""
    return tuple(sorted(set(changes), key=lambda change: change.order))


def masked(text: str) -> str:
    """A text without the hashes of assets: another edit of the code is no other permission."""
    return _ASSET.sub("<asset>", text)


def paired(
    before: dict[Key, Value], after: dict[Key, Value]
) -> Iterator[tuple[Key, Value | None, Value | None]]:
    """Every key with what it was and what it is; those that stay the same are left out."""
    for key in sorted({*before, *after}, key=str):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)
