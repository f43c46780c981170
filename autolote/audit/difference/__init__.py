"""What a change does, from the templates before and after it: for a pull request."""

from __future__ import annotations

from dataclasses import dataclass

from autolote.audit.difference.changes import Change, Weight, ordered
from autolote.audit.difference.data import data
from autolote.audit.difference.permissions import permissions
from autolote.audit.difference.surroundings import encryption, exposure, network
from autolote.audit.facts.cost import Line
from autolote.audit.facts.everything import Facts, gather
from autolote.audit.findings import Finding
from autolote.audit.result import AuditResult

__all__ = ["Area", "Change", "Difference", "compare"]


@dataclass(frozen=True, kw_only=True)
class Area:
    """All changes of one kind, the weighty first."""

    id: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a change does.

    Attributes:
        environment: the name of the later one.
        areas: in the order in which a reviewer asks; those without a change are there, empty.
        cost: US dollars a month while nothing runs, before and after.
    """

    environment: str
    areas: tuple[Area, ...]
    cost: tuple[float, float]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of all areas."""
        return tuple(change for area in self.areas for change in area.changes)

    @property
    def blocks(self) -> bool:
        """Whether it opens a finding, or replaces or loses a place of data."""
        return any(change.weight == "blocks" for change in self.changes)


def compare(before: AuditResult, after: AuditResult) -> Difference:
    """What the step from one audited environment to another does; deterministic."""
    old, new = gather(before.environment), gather(after.environment)
    return Difference(
        environment=after.environment.name,
        areas=(
            Area(id="findings", title="Findings", changes=_findings(before, after)),
            Area(
                id="data",
                title="Data",
                changes=data(before.environment, after.environment),
            ),
            Area(
                id="permissions",
                title="Permissions",
                changes=permissions(before.environment, after.environment),
            ),
            Area(id="network", title="Network", changes=network(old, new)),
            Area(id="exposure", title="Public exposure", changes=exposure(old, new)),
            Area(id="encryption", title="Encryption", changes=encryption(old, new)),
            Area(id="cost", title="Cost while nothing runs", changes=_cost(old, new)),
        ),
        cost=(old.cost.total, new.cost.total),
    )


def _findings(before: AuditResult, after: AuditResult) -> tuple[Change, ...]:
    old, new = _keys(before.judged.open), _keys(after.judged.open)
    still = _keys(tuple(after.all_findings()))
    was = _keys(tuple(one.finding for one in before.judged.waived))
    waived = {_key(one.finding): one for one in after.judged.waived}
    return ordered(
        [
            *(_finding("blocks", new[key], "is open:") for key in new.keys() - old.keys()),
            *(_finding("better", old[key], "is gone:") for key in old.keys() - still.keys()),
            *(
                _finding("other", one.finding, f"is waived by {one.owner}:")
                for key, one in waived.items()
                if key not in was
            ),
        ]
    )


def _finding(weight: Weight, finding: Finding, what: str) -> Change:
    detail = f" ({finding.detail})" if finding.detail else ""
    says = f"{what} {finding.source} {finding.rule}, {finding.message}{detail}"
    return Change(weight=weight, who=finding.where, says=says)


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.source, finding.rule, finding.where, finding.detail)


def _keys(findings: tuple[Finding, ...]) -> dict[tuple[str, str, str, str], Finding]:
    return {_key(finding): finding for finding in findings}


def _cost(before: Facts, after: Facts) -> tuple[Change, ...]:
    old = {line.type: line for line in before.cost.lines}
    new = {line.type: line for line in after.cost.lines}
    return ordered(
        Change(
            weight="other",
            who=type_,
            says=f"{_money(new.get(type_))} instead of {_money(old.get(type_))}",
        )
        for type_ in old.keys() | new.keys()
        if _money(old.get(type_)) != _money(new.get(type_))
    )


def _money(line: Line | None) -> str:
    return f"{line.total:.2f} USD a month for {line.count}" if line else "nothing"
