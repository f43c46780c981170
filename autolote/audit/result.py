"""What one audit of one environment came to: what the command prints and every report is made of.

How the parts of `autolote/audit/` fit together:

- `checks.findings(environment)`: our own rules, over the graph.
- `tools.findings(environment, only=None)`: the other programs' rules, over the same templates.
- `waivers.load(path)`, `waivers.apply(findings, waivers, today=..., environment=...)`: a `Judged`.
- `report.render_html(audit)`, `render_markdown`, `render_json`, `render_sarif`: an `AuditResult`
  as text. The same result is the same text, byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from autolote.audit.findings import Finding
from autolote.audit.model import Environment


@dataclass(frozen=True, order=True, kw_only=True)
class Waived:
    """A finding that a row of waivers.toml accepts.

    Attributes:
        reason: why, from the row.
        owner: who answers for it, from the row.
        expires: the last day on which the row holds.
    """

    finding: Finding
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, order=True, kw_only=True)
class Explained:
    """A finding that another check looks into more exactly, and that this check finds nothing in.

    Attributes:
        by: id of our own check that stands in its place, as "scoped-resource".
        because: what that check verified about this very resource, in a sentence.
    """

    finding: Finding
    by: str
    because: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Findings, told apart. Each tuple is sorted.

    Attributes:
        open: nobody accepted them: the audit fails.
        waived: accepted, until a day that has not come yet.
        explained: answered by a stricter check.
        stale: findings about waivers.toml itself: rows that have expired or accept nothing. They
            are in `open` too.
    """

    open: tuple[Finding, ...] = ()
    waived: tuple[Waived, ...] = ()
    explained: tuple[Explained, ...] = ()
    stale: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditResult:
    """The audit of one environment.

    Attributes:
        environment: the templates as a graph: what reports draw their inventory from.
        judged: all findings, told apart.
        today: the day that waivers were judged on; the only date in a report.
        versions: of every program that was run, by its source name ("cdk-nag"...); a source that
            is not in here was not run.
    """

    environment: Environment
    judged: Judged
    today: date
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """No finding is left without a valid waiver."""
        return not self.judged.open

    def all_findings(self) -> list[Finding]:
        """Every finding, however it was judged, sorted."""
        judged = self.judged
        return sorted(
            [
                *judged.open,
                *(one.finding for one in judged.waived),
                *(one.finding for one in judged.explained),
            ]
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Source -> how many findings of it are open, waived and explained."""
        sources = sorted({*self.versions, *(f.source for f in self.all_findings())})
        judged = self.judged
        told = {
            "open": Counter(f.source for f in judged.open),
            "waived": Counter(one.finding.source for one in judged.waived),
            "explained": Counter(one.finding.source for one in judged.explained),
        }
        return {
            source: {kind: counter[source] for kind, counter in told.items()} for source in sources
        }

    def as_json(self) -> dict[str, Any]:
        """The verdict as a JSON object, without the inventory."""
        judged = self.judged
        return {
            "environment": self.environment.name,
            "today": self.today.isoformat(),
            "passed": self.passed,
            "versions": dict(sorted(self.versions.items())),
            "counts": self.counts(),
            "open": [finding.as_json() for finding in judged.open],
            "waived": [
                {
                    **one.finding.as_json(),
                    "waiver": {
                        "reason": one.reason,
                        "owner": one.owner,
                        "expires": one.expires.isoformat(),
                    },
                }
                for one in judged.waived
            ],
            "explained": [
                {**one.finding.as_json(), "explained": {"by": one.by, "because": one.because}}
                for one in judged.explained
            ],
        }
