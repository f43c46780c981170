"""Which names an environment gives to what it makes: those that begin as its stacks' names do."""

from __future__ import annotations

import re
from functools import lru_cache

from autolote.audit.model import Environment


@lru_cache(maxsize=8)
def prefix(environment: Environment) -> str:
    """What the names of all the environment's stacks begin with, as "autolote-prod"; "" when they
    have nothing in common."""
    stacks = [name.split("-") for name in environment.stack_names.values()]
    common = []
    for words in zip(*stacks, strict=False):
        if len(set(words)) > 1:
            break
        common.append(words[0])
    return "-".join(common)


def is_ours(environment: Environment, start: str) -> bool:
    """Whether a name that goes on with anything after `start` can only be one that this
    environment gives.

    Args:
        start: the resource part of an ARN up to its first wildcard, as "model/autolote-prod-":
            one of its parts has to be the environment's prefix, or to begin with that and a dash;
            or a whole name is put in by reference.
    """
    ours = prefix(environment)
    *whole, last = re.split(r"[/:]", re.sub(r"\$\{[^}]*\}", _flat, start))
    named = any(part == ours or _REFERENCE.fullmatch(part) for part in whole)
    return bool(ours) and (named or any(p.startswith(f"{ours}-") for p in (*whole, last)))


_REFERENCE = re.compile(r"\$\{[^}]*\|[^}]*\}")  # to a resource, not to a pseudo parameter


def _flat(placeholder: re.Match[str]) -> str:
    """A placeholder as one part of a name: `${stack/Id}` as `${stack|Id}`."""
    return placeholder[0].replace("::", "").replace("/", "|")
