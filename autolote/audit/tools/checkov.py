"""checkov: its CloudFormation checks, from a Python environment of its own.

checkov pins boto3 and much else to versions that the kit cannot use, so `make setup` installs it
into .audit/venv, from the lock in checkov.txt. The variable AUTOLOTE_CHECKOV names another
installation's program.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autolote import tools
from autolote.audit.findings import Finding
from autolote.audit.model import Environment, short
from autolote.audit.tools import process, templates

NAME = "checkov"
SETTING = "AUTOLOTE_CHECKOV"
PROGRAM = tools.ROOT / ".audit" / "venv" / "bin" / "checkov"
_FRAMEWORKS = ("cloudformation", "secrets")
_FOUND = 1


def program() -> Path:
    """Where checkov is: what AUTOLOTE_CHECKOV names, .audit/venv, or what PATH finds.

    Raises:
        ToolError: it is in none of these places.
    """
    named = os.environ.get(SETTING)
    if named:
        return Path(named)
    if PROGRAM.exists():
        return PROGRAM
    found = shutil.which(NAME)
    if found is None:
        raise tools.ToolError(
            f"checkov is not installed here, and an audit without it would say too little: "
            f"run `make setup` once, or name its program in {SETTING}"
        )
    return Path(found)


def findings(environment: Environment, home: Path) -> tuple[list[Finding], str]:
    """What checkov finds, and its version.

    Args:
        home: an empty folder to work in.

    Raises:
        ToolError: it is not installed, failed, or answered what is not understood.
    """
    folder = home / "templates"
    templates.write(templates.imported(environment), folder)
    ended = process.run(
        [
            *(program(), "--directory", folder, "--framework", *_FRAMEWORKS),
            *("--output", "json", "--compact", "--skip-download"),
        ],
        tool=NAME,
        home=home,
        codes=(0, _FOUND),
        extra={"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"},
    )
    try:
        reports = list(_reports(process.parsed(ended, tool=NAME)))
        _all_read(environment, reports)
        found = {_finding(row, folder) for report in reports for row in _failed(report)}
        return sorted(found), str(reports[0]["summary"]["checkov_version"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise process.not_understood(NAME, error) from error


def _reports(answer: Any) -> Iterator[dict[str, Any]]:
    """One report for each framework that had something to look at."""
    yield from (answer if isinstance(answer, list) else [answer])


def _all_read(environment: Environment, reports: list[dict[str, Any]]) -> None:
    """A template that checkov cannot read is left out by it, without a word."""
    broken = [path for report in reports for path in report["results"]["parsing_errors"]]
    if broken:
        raise tools.ToolError(f"checkov could not read {', '.join(broken)}")
    read = {row["file_path"] for report in reports for row in _judged(report)}
    missing = sorted({f"/{stack}.json" for stack in environment.templates} - read)
    if missing:
        raise tools.ToolError(f"checkov said nothing at all about {', '.join(missing)}")


def _judged(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [*report["results"]["passed_checks"], *_failed(report)]


def _failed(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The failed checks; one that something told checkov to skip counts as failed."""
    return [*report["results"]["failed_checks"], *report["results"]["skipped_checks"]]


def _finding(row: dict[str, Any], folder: Path) -> Finding:
    path = Path(row["file_path"])
    _, dot, logical_id = row["resource"].rpartition(".")
    if not dot:  # the checks for secrets know a line, and no resource
        logical_id = _resource_at(folder / path.name, int(row["file_line_range"][0]))
    return Finding(
        source=NAME,
        rule=row["check_id"],
        stack=path.stem,
        resource=short(logical_id),
        message=row["check_name"],
        remedy=row.get("guideline") or "",
    )


def _resource_at(path: Path, line: int) -> str:
    """Logical id of the resource that a line of a template belongs to; "" for none."""
    before = path.read_text(encoding="utf-8").splitlines()[:line]
    sections = [text for text in before if re.match(r' "', text)]
    entries = [text for text in before if re.match(r'  "', text)]
    if not entries or not sections or '"Resources"' not in sections[-1]:
        return ""
    return entries[-1].split('"')[1]
