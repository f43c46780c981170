"""What AWS's own services use and this machine does not: `autolote/permissions.toml`, read."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from autolote.permissions.grants import Grant

PATH = Path(__file__).parents[1] / "permissions.toml"


class TableError(ValueError):
    """A row of the table says too little or too much."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """Actions of a role that only a service of AWS itself uses.

    Attributes:
        role: the role, or a pattern of roles (`*/...`).
        actions: each as the statement has it.
        reason: who uses them, and when.
        source: the page of AWS that says so.
        via: only grants of keys through this service; empty for any.
    """

    role: str
    actions: tuple[str, ...]
    reason: str
    source: str
    via: str = ""

    def covers(self, grant: Grant) -> bool:
        """Whether the row speaks of this grant."""
        named = fnmatchcase(grant.role, self.role) and grant.action in self.actions
        return named and (not self.via or grant.via == (self.via,))


def rows(path: Path = PATH) -> list[Row]:
    """The table.

    Raises:
        TableError: a row lacks something, or its source is no page of AWS's documentation.
    """
    found = tomllib.loads(path.read_text("utf-8")).get("used_by_aws", [])
    return [_row(place, one) for place, one in enumerate(found, 1)]


def _row(place: int, found: dict[str, object]) -> Row:
    wanted = {"role", "actions", "reason", "source"}
    if found.keys() - {"via"} != wanted:
        raise TableError(f"row {place} has {sorted(found)} and must have {sorted(wanted)}")
    actions = found["actions"]
    if not isinstance(actions, list) or not actions:
        raise TableError(f"row {place}: actions is {actions!r} and must be a list of them")
    source = str(found["source"])
    if not source.startswith("https://docs.aws.amazon.com/"):
        raise TableError(f"row {place}: source is {source!r} and must be a page of AWS's")
    return Row(
        role=str(found["role"]),
        actions=tuple(str(action) for action in actions),
        reason=str(found["reason"]),
        source=source,
        via=str(found.get("via", "")),
    )
