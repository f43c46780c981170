"""What the audit came to, in words and tables: verdict, programs, waivers, explanations."""

from __future__ import annotations

from collections import defaultdict

from autolote.audit.findings import Finding
from autolote.audit.report.tables import Table, code, lines, number, row
from autolote.audit.result import AuditResult, Waived


def verdict(audit: AuditResult) -> str:
    """In one line: "passed", or how much is open."""
    if audit.passed:
        return "Passed: no finding is left without a valid waiver"
    count = len(audit.judged.open)
    return f"{count} open {plural(count, 'finding')}"


def plural(count: int, noun: str) -> str:
    """The noun for so many of it."""
    return noun if count == 1 else f"{noun}s"


def sources(audit: AuditResult) -> Table:
    """Every program that was run, and what became of its findings."""
    return Table(
        id="sources",
        title="Who looked",
        columns=("Program", "Version", "Open", "Waived", "Explained"),
        rows=tuple(
            row(
                source,
                audit.versions.get(source, "not run"),
                *(number(counts[kind]) for kind in ("open", "waived", "explained")),
            )
            for source, counts in audit.counts().items()
        ),
        empty="No program was run.",
    )


def waivers_table(audit: AuditResult) -> Table:
    """The waivers that accept something, a row for each reason, owner and day."""
    groups: dict[tuple[str, str, str], list[Waived]] = defaultdict(list)
    for one in audit.judged.waived:
        groups[one.reason, one.owner, one.expires.isoformat()].append(one)
    return Table(
        id="waivers-in-force",
        title="Waivers in force",
        columns=("Reason", "Owner", "Expires", "Days left", "Rules", "Findings"),
        rows=tuple(
            row(
                reason,
                owner,
                expires,
                number((members[0].expires - audit.today).days),
                code(*sorted({one.finding.rule for one in members})),
                number(len(members)),
                about=[one.finding.where for one in members],
            )
            for (reason, owner, expires), members in sorted(groups.items())
        ),
        empty="Nothing is waived.",
    )


def judged_tables(audit: AuditResult) -> tuple[Table, ...]:
    """Every waived and every explained finding."""
    return (
        Table(
            id="waived",
            title="Waived findings",
            columns=("Rule", "Resource", "What", "Until"),
            rows=tuple(
                row(
                    code(one.finding.rule, mark=one.finding.source),
                    code(one.finding.where),
                    lines(_what(one.finding)),
                    f"{one.expires.isoformat()}, {one.owner}",
                    about=[one.finding.where],
                )
                for one in audit.judged.waived
            ),
            empty="No finding is waived.",
        ),
        Table(
            id="explained",
            title="Findings that a stricter check stands in for",
            columns=("Rule", "Resource", "What", "Check", "Because"),
            rows=tuple(
                row(
                    code(one.finding.rule, mark=one.finding.source),
                    code(one.finding.where),
                    lines(_what(one.finding)),
                    code(one.by),
                    one.because,
                    about=[one.finding.where],
                )
                for one in audit.judged.explained
            ),
            empty="No finding is explained by another check.",
        ),
    )


def _what(finding: Finding) -> tuple[str, ...]:
    return tuple(filter(None, (finding.message, finding.detail)))
