"""The generated parts of docs/audit.md: our own rules, forced reaches, and the planted defects that
tests hold the rules to (`autolote docs`)."""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autolote.audit.checks import CHECKS, SUBJECTS, iam_scope
from autolote.generated_parts import fill


def render(root: Path) -> str:
    """The document of the repository at `root` as it should be.

    Raises:
        ValueError: the document lacks the markers of a part.
    """
    defects = _defects(root)
    parts = {
        "rules": _rules(),
        "forced": _forced(),
        "defects": _table(("what somebody did", "rule that names it"), map(_defect, defects)),
        "counts": f"{len(CHECKS)} rules, {len(defects)} defects.",
    }
    return fill(root / "docs" / "audit.md", parts)


def write(root: Path) -> Path:
    """Bring docs/audit.md of the repository at `root` up to date; returns its path."""
    path = root / "docs" / "audit.md"
    path.write_text(render(root), encoding="utf-8")
    return path


def _rules() -> str:
    parts = []
    for subject in SUBJECTS:
        rows = [
            (f"[`{check.id}`]({check.aws})", check.title, check.severity)
            for check in subject.checks
        ]
        parts.append(f"### {subject.name}\n\n{_table(('rule', 'promises', 'severity'), rows)}")
    return "\n\n".join(parts)


def _forced() -> str:
    reached = [(f"`{one.arn}`", one.reason) for one in iam_scope.EXCEPTIONS]
    by_reason: dict[str, list[str]] = {}
    for action, reason in iam_scope.ON_EVERYTHING.items():
        by_reason.setdefault(reason, []).append(f"`{action}`")
    everywhere = [(" ".join(sorted(actions)), reason) for reason, actions in by_reason.items()]
    return _table(("reach", "reason"), [*reached, *everywhere])


def _defects(root: Path) -> tuple[Any, ...]:
    """The defects, which are part of the tests and so not installed."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    found: tuple[Any, ...] = importlib.import_module("tests.audit.defects").DEFECTS
    return found


def _defect(defect: Any) -> tuple[str, str]:
    return defect.name, f"`{defect.rule}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
