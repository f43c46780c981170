"""An audit as a person reads it on a terminal: counts, then what is open, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autolote.audit.findings import Finding
from autolote.audit.result import AuditResult

_COLOURS = {"error": "red", "warning": "yellow"}


def show(console: Console, audit: AuditResult) -> None:
    """Print the whole summary; the same audit prints the same text."""
    environment = audit.environment
    console.print(
        f"{environment.name}: {len(environment.templates)} stacks, "
        f"{len(environment.resources)} resources; waivers judged on {audit.today}",
        style="bold",
    )
    console.print(_counts(audit))
    for part in _open(audit.judged.open):
        console.print(part)
    console.print(_verdict(audit))


def _counts(audit: AuditResult) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("source", "version"):
        table.add_column(heading)
    for heading in ("open", "waived", "explained"):
        table.add_column(heading, justify="right")
    for source, counts in audit.counts().items():
        style = "red" if counts["open"] else ""
        cells = (str(counts[kind]) for kind in ("open", "waived", "explained"))
        table.add_row(source, audit.versions.get(source, ""), *cells, style=style)
    return table


def _open(findings: Iterable[Finding]) -> Iterator[RenderableType]:
    """What is open: each rule once, with its remedy, and below it where it is broken."""
    for (source, rule), group in groupby(findings, key=lambda one: (one.source, one.rule)):
        broken = list(group)
        first = broken[0]
        colour = _COLOURS[first.severity]
        head = Text.assemble(("\n" + first.severity, f"bold {colour}"), f"  {source}: {rule}")
        lines = [Text.assemble((one.where or "-", "bold"), f"  {one.message}") for one in broken]
        if first.remedy:
            lines.append(Text(f"What to do: {first.remedy}", "dim"))
        yield Group(head, *(Padding(line, (0, 0, 0, 2), expand=False) for line in lines))


def _verdict(audit: AuditResult) -> Text:
    judged = audit.judged
    if audit.passed:
        said = f"No finding is left; {len(judged.waived)} waived, {len(judged.explained)} explained"
        return Text(f"\n{said}", "bold green")
    count = len(judged.open)
    findings = "1 finding is" if count == 1 else f"{count} findings are"
    return Text(f"\n{findings} left without a valid waiver", "bold red")
