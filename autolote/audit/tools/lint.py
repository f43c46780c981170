"""cfn-lint: errors and warnings, on the templates as they are deployed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autolote import tools
from autolote.audit.findings import Finding, Severity
from autolote.audit.model import Environment, short
from autolote.audit.tools import process, templates
from autolote.audit.tools.literals import Literals

NAME = "cfn-lint"
# The first letter of a rule's id; informational rules (I) are not asked for.
_SEVERITIES: dict[str, Severity] = {"E": "error", "W": "warning"}


def findings(environment: Environment, home: Path) -> tuple[list[Finding], str]:
    """What cfn-lint finds for the environment's Region, and its version.

    Args:
        home: an empty folder to work in.

    Raises:
        ToolError: cfn-lint failed, or answered what is not understood.
    """
    paths = templates.write(templates.stripped(environment), home / "templates")
    # It reads settings from files in its folder and at home: there are none.
    ended = process.run(
        [
            sys.executable,
            "-P",
            "-m",
            "autolote.audit.tools.lint_process",
            Literals(environment).region,
            *paths,
        ],
        tool=NAME,
        home=home,
        extra={"PYTHONPATH": str(tools.ROOT)},
    )
    answer = process.parsed(ended, tool=NAME)
    try:
        return sorted({_finding(row) for row in answer["matches"]}), str(answer["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise process.not_understood(NAME, error) from error


def _finding(row: dict[str, Any]) -> Finding:
    path = [str(part) for part in row["path"]]
    in_resource = path[:1] == ["Resources"] and len(path) > 1
    return Finding(
        source=NAME,
        rule=row["rule"],
        stack=row["stack"],
        resource=short(path[1]) if in_resource else "",
        detail="/".join(path[2:] if in_resource else path),
        message=row["message"],
        severity=_SEVERITIES[row["rule"][0]],
    )
