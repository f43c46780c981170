"""One audit, from the templates to the verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date

from autolote.audit import checks, tools, waivers
from autolote.audit.checks.registry import SOURCE
from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.result import AuditResult
from autolote.audit.waivers import Waiver

Said = Callable[[str, int], None]


def audit(
    environment: Environment,
    *,
    accepted: Collection[Waiver],
    today: date,
    with_tools: bool = True,
    said: Said = lambda source, count: None,
) -> AuditResult:
    """Judge the templates of one environment.

    Args:
        accepted: the rows of waivers.toml; what they say about programs that are not run is left
            aside.
        today: the day on which the rows have to hold.
        with_tools: run the other programs too, side by side.
        said: told of each source that is done, with the number of its findings.

    Raises:
        ToolError: a program is not installed, failed, or answered what is not understood.
    """
    found = checks.findings(environment)
    said(SOURCE, len(found))
    versions = {SOURCE: f"{len(checks.CHECKS)} rules"}
    if with_tools:
        more, theirs = _of_tools(environment, said)
        found += more
        versions |= theirs
    rows = [kept for row in accepted if (kept := _about(row, versions))]
    judged = waivers.apply(found, rows, today=today, environment=environment)
    return AuditResult(environment=environment, judged=judged, today=today, versions=versions)


def _of_tools(environment: Environment, said: Said) -> tuple[list[Finding], dict[str, str]]:
    found: list[Finding] = []
    versions: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=len(tools.TOOLS)) as pool:
        running = {pool.submit(tools.findings, environment, [name]): name for name in tools.TOOLS}
        for done in as_completed(running):
            one = done.result()
            found += one.findings
            versions |= one.versions
            said(running[done], len(one.findings))
    return found, versions


def _about(row: Waiver, sources: Collection[str]) -> Waiver | None:
    """A row without the rules of programs that were not run; None when no rule is left."""
    rules = tuple(rule for rule in row.rules if rule.partition(":")[0] in sources)
    return dataclasses.replace(row, rules=rules) if rules else None
