"""Other programs' rules over the same templates: cdk-nag, cfn-lint, checkov and cfn-guard.

Each module here adapts one of them: it writes the copies of the templates that the program needs
(templates.py), runs it apart from everything (process.py) and reads its answer. A program that is
missing, fails or answers in another form is an error: it never counts as "found nothing".
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.tools import checkov, guard, lint, nag

_Adapter = Callable[[Environment, Path], tuple[list[Finding], str]]

# The slowest first.
TOOLS: Mapping[str, _Adapter] = {
    checkov.NAME: checkov.findings,
    lint.NAME: lint.findings,
    nag.NAME: nag.findings,
    guard.NAME: guard.findings,
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the programs said.

    Attributes:
        findings: all of them, sorted.
        versions: of each program that was run, by its source name ("cdk-nag"...).
    """

    findings: tuple[Finding, ...]
    versions: Mapping[str, str]


def findings(environment: Environment, only: Collection[str] | None = None) -> Found:
    """Run the programs side by side on the templates of one environment.

    Args:
        only: source names of those to run; None runs all.

    Raises:
        ToolError: one of them is not installed, failed, or answered what is not understood.
    """
    chosen = {name: tool for name, tool in TOOLS.items() if only is None or name in only}
    with (
        tempfile.TemporaryDirectory(prefix="autolote-audit-") as folder,
        ThreadPoolExecutor(max_workers=len(TOOLS)) as pool,
    ):
        running = {
            name: pool.submit(tool, environment, _home(Path(folder), name))
            for name, tool in chosen.items()
        }
        answers = {name: future.result() for name, future in running.items()}
    return Found(
        findings=tuple(sorted(one for found, _ in answers.values() for one in found)),
        versions={name: version for name, (_, version) in sorted(answers.items())},
    )


def _home(folder: Path, name: str) -> Path:
    home = folder / name
    home.mkdir()
    return home
