"""What the local account decided: `authorizations.jsonl`, read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote.local.iam.record import FILE

Use = tuple[str, str, int, str]
"""Role ARN, policy, index of the statement, entry of Action."""


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A call that was not allowed, and how often."""

    principal: str
    action: str
    resource: str
    operation: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """All that was decided in an account.

    Attributes:
        used: what allowed something.
        denied: what was refused, in the order it was first met.
    """

    used: frozenset[Use]
    denied: tuple[Denial, ...]


def decisions(home: Path, *, environment: str) -> Decisions:
    """The decisions about everybody but the roles of other environments.

    Args:
        home: the folder of the local account.
        environment: whose roles are looked at.
    """
    used: set[Use] = set()
    denied: dict[tuple[str, str, str, str, str], int] = {}
    path = home / FILE
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for line in lines:
        told: Mapping[str, Any] = json.loads(line)
        if told["allowed"]:
            used |= {
                (told["principal"], one["policy"], one["index"], one["element"])
                for one in told["statements"]
            }
        elif not _is_of_another(told["principal"], environment):
            key = tuple(told[name] for name in _KEY)
            denied[key] = denied.get(key, 0) + told["count"]
    found = [Denial(**dict(zip(_KEY, key, strict=True)), count=n) for key, n in denied.items()]
    return Decisions(used=frozenset(used), denied=tuple(found))


_KEY = ("principal", "action", "resource", "operation", "reason")


def _is_of_another(principal: str, environment: str) -> bool:
    role = principal.rpartition("/")[2]
    ours = role.startswith("autolote-") and ":role/" in principal
    return ours and not role.startswith(f"autolote-{environment}-")
