"""The report as Markdown: for a pull request, a wiki, or a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autolote.audit.facts.everything import gather
from autolote.audit.report.locations import Locations
from autolote.audit.report.sections import sections
from autolote.audit.report.tables import Cell, Table
from autolote.audit.report.verdict import judged_tables, sources, verdict, waivers_table
from autolote.audit.result import AuditResult


def render(audit: AuditResult) -> str:
    """The whole report; the same audit is the same text."""
    facts = gather(audit.environment)
    parts = [
        f"# Audit of {audit.environment.name}: {escape(verdict(audit))}",
        f"From the templates alone, {audit.today.isoformat()}.",
        "## Findings",
        *_findings(audit),
        table(sources(audit)),
    ]
    for section in sections(audit.environment, facts):
        parts += [f"## {section.title}", escape(section.lead)]
        parts += [table(one) for one in section.tables]
    parts.append("## Waivers")
    parts += [table(one) for one in (waivers_table(audit), *judged_tables(audit))]
    return "\n\n".join(parts) + "\n"


def _findings(audit: AuditResult) -> Iterator[str]:
    locations = Locations(audit.environment)
    if not audit.judged.open:
        yield "No finding is left without a valid waiver."
    for one in audit.judged.open:
        place = locations.of(one.stack, one.resource)
        rest = [one.remedy, f"({place})" if place else ""]
        detail = f" ({code(one.detail)})" if one.detail else ""
        said = " ".join(escape(text) for text in rest if text)
        yield (
            f"- {code(one.where)} **{escape(one.message)}**{detail}, {one.severity} of "
            f"{one.source} {code(one.rule)}. {said}".rstrip()
        )


def table(one: Table) -> str:
    """A table below its heading."""
    if not one.rows:
        return f"### {escape(one.title)}\n\n{escape(one.empty)}"
    lines = [one.columns, ["---"] * len(one.columns)]
    head = [_line([escape(column) for column in lines[0]]), _line(lines[1])]
    rows = [_line([_cell(cell) for cell in row.cells]) for row in one.rows]
    return "\n".join([f"### {escape(one.title)}", "", *head, *rows])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    said = [code(one) if cell.code else escape(one) for one in cell.lines]
    return " ".join(filter(None, (escape(cell.mark), "<br>".join(said))))


def escape(text: str) -> str:
    """A text that Markdown and HTML within it take for nothing but text, in a table too."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, _ENTITIES.get(character, f"\\{character}"))
    return text.replace("\n", " ")


def code(text: str) -> str:
    """A name in code style; within it only the bar that parts cells must be escaped."""
    if "`" in text or "\n" in text:
        return escape(text)
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`" if text.strip() else ""


_ENTITIES = {"<": "&lt;", ">": "&gt;"}
