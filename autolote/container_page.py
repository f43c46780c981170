"""The generated parts of docs/container.md: the variables, from the docstring that lists them, and
every answer and failure, from the cases that the tests run (`autolote docs`)."""

import ast
import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from autolote.generated_parts import fill


def render(root: Path) -> str:
    """The document of the repository at `root` as it should be.

    Raises:
        ValueError: the document lacks the markers of a part.
    """
    cases = _cases(root)
    asked = (*cases.ASKED, *cases.NOT_READY)
    parts = {
        "variables": _variables(root / "container" / "settings.py"),
        "read": _table(["sent", "variables", "lines"], map(_read, cases.READ)),
        "refused": _table(["sent", "variables", "status", "message"], map(_refused, cases.REFUSED)),
        "framed": _table(["sent", "status", "message"], map(_asked, cases.FRAMED)),
        "asked": _table(["sent", "status", "message"], map(_asked, asked)),
        "unloadable": _table(["what", "last line of the log"], map(_failed, cases.UNLOADABLE)),
    }
    return fill(root / "docs" / "container.md", parts)


def write(root: Path) -> Path:
    """Bring docs/container.md of the repository at `root` up to date; returns its path."""
    path = root / "docs" / "container.md"
    path.write_text(render(root), encoding="utf-8")
    return path


def _cases(root: Path) -> ModuleType:
    """The cases, which are part of the tests and so not installed."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module("tests.container.cases")


def _variables(settings: Path) -> str:
    """Lines of `NAME[, NAME]  text`, where a text goes on in the same column."""
    listed = ast.get_docstring(ast.parse(settings.read_text(encoding="utf-8"))) or ""
    rows: list[list[str]] = []
    for line in listed.splitlines():
        if found := re.fullmatch(r"([A-Z0-9_]+(?:, [A-Z0-9_]+)*)  +(.*)", line):
            names = " ".join(f"`{name}`" for name in found[1].split(", "))
            rows.append([names, found[2]])
        elif line.startswith("  ") and rows:
            rows[-1][1] += f" {line.strip()}"
    return _table(["variable", "meaning"], [[name, _cell(text)] for name, text in rows])


def _read(case: Any) -> list[str]:
    return [_cell(case.what), _variables_of(case), str(case.rows)]


def _refused(case: Any) -> list[str]:
    return [_cell(case.what), _variables_of(case), str(case.status), _message(case.message)]


def _asked(case: Any) -> list[str]:
    return [_cell(case.what), str(case.status), _message(case.message)]


def _failed(case: Any) -> list[str]:
    return [_cell(case.what), _message(case.message)]


def _variables_of(case: Any) -> str:
    return "<br>".join(f"`{name}={value}`" for name, value in case.variables.items())


def _message(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines: Iterator[list[str]] = iter([head, ["---"] * len(head), *rows])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
