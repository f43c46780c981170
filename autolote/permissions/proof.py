"""The proof of least privilege: two lists that must be empty, and a table that must be right."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from autolote.permissions.grants import Grant, granted
from autolote.permissions.record import Decisions, Denial, decisions
from autolote.permissions.table import Row, rows


@dataclass(frozen=True, kw_only=True)
class WrongRow:
    """A row's action that is used here after all, or that no role is granted."""

    role: str
    action: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What is wrong with the permissions of an environment; nothing, when all three are empty.

    Attributes:
        denied: calls that were refused.
        unused: what is granted, was not used, and is not used by AWS's services alone.
        wrong_rows: what the table of those says and is not so.
        grants: how many grants there are.
        used_by_aws: how many of them only AWS's own services use.
    """

    denied: tuple[Denial, ...]
    unused: tuple[Grant, ...]
    wrong_rows: tuple[WrongRow, ...]
    grants: int
    used_by_aws: int

    @property
    def holds(self) -> bool:
        """Whether nothing is missing and nothing is too much."""
        return not (self.denied or self.unused or self.wrong_rows)

    def as_json(self) -> dict[str, Any]:
        """All of it, for another program."""
        return {"holds": self.holds, **asdict(self)}


def proved(grants: Sequence[Grant], decided: Decisions, table: Sequence[Row]) -> Proof:
    """Compare what is granted with what was used."""
    idle = [grant for grant in grants if not _is_used(grant, decided)]
    unused = [grant for grant in idle if not any(row.covers(grant) for row in table)]
    return Proof(
        denied=decided.denied,
        unused=tuple(unused),
        wrong_rows=tuple(_wrong(grants, idle, table)),
        grants=len(grants),
        used_by_aws=len(idle) - len(unused),
    )


def prove(account: Any, home: Path, *, environment: str) -> Proof:
    """The proof for an environment that is deployed in a local account and has been used.

    Args:
        account: gives boto3 clients of it.
        home: its folder.
        environment: the environment's name.

    Raises:
        LookupError: the environment is not deployed there.
        TableError: the table of what AWS's services use is malformed.
    """
    return proved(granted(account, environment), decisions(home, environment=environment), rows())


def _is_used(grant: Grant, decided: Decisions) -> bool:
    return (grant.role_arn, grant.policy, grant.index, grant.action) in decided.used


def _wrong(grants: Sequence[Grant], idle: Sequence[Grant], table: Sequence[Row]) -> list[WrongRow]:
    found = []
    for row in table:
        for action in row.actions:
            one = replace(row, actions=(action,))
            if any(one.covers(grant) for grant in idle):
                continue
            problem = "is used" if any(map(one.covers, grants)) else "is granted to no such role"
            found.append(WrongRow(role=row.role, action=action, problem=problem))
    return found
