"""cfn-guard: AWS Control Tower's proactive controls, on templates with every reference put in.

Program and rules come with the npm package @cdklabs/cdk-validator-cfnguard. Control Tower runs
the same rules as CloudFormation hooks, on properties that are resolved:
https://docs.aws.amazon.com/controltower/latest/controlreference/proactive-controls.html
"""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote import tools
from autolote.audit.findings import Finding
from autolote.audit.model import Environment, short
from autolote.audit.tools import process, templates

NAME = "cfn-guard"
PACKAGE = tools.ROOT / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
_SYSTEMS = {"Linux": "ubuntu", "Darwin": "macos"}
_MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_PASSED, _FAILED = 0, 19
_RESOURCE = re.compile(r"^/Resources/([^/]+)")
_RULE = re.compile(r"^rule (\w+) when", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control: its id as CT.S3.PR.9, what it demands, and what to do."""

    id: str
    title: str
    remedy: str


def findings(environment: Environment, home: Path) -> tuple[list[Finding], str]:
    """What the controls find, one finding for a control and a resource; and cfn-guard's version.

    Args:
        home: an empty folder to work in.

    Raises:
        ToolError: it is not installed, failed, or answered what is not understood.
    """
    guard = program(home)
    folder = home / "templates"
    templates.write(templates.resolved(environment), folder)
    ended = process.run(
        [
            *(guard, "validate", "--rules", PACKAGE / "rules" / "control-tower" / "cfn-guard"),
            *("--data", folder, "--structured", "--output-format", "json"),
            *("--show-summary", "none"),
        ],
        tool=NAME,
        home=home,
        codes=(_PASSED, _FAILED),
    )
    version = process.run([guard, "--version"], tool=NAME, home=home).out.split()[-1]
    answer = process.parsed(ended, tool=NAME)
    try:
        return sorted(_findings(answer, environment, controls())), version
    except (KeyError, TypeError, ValueError) as error:
        raise process.not_understood(NAME, error) from error


def program(home: Path) -> Path:
    """cfn-guard, copied into `home`: in the npm package it may not be executed.

    Raises:
        ToolError: the package is not installed, or has no program for this machine.
    """
    system = _SYSTEMS.get(platform.system(), platform.system())
    machine = _MACHINES.get(platform.machine(), platform.machine())
    source = PACKAGE / "bin" / system / machine / NAME
    if not PACKAGE.exists():
        raise tools.ToolError("cfn-guard is not installed here: run `make setup` once")
    if not source.exists():
        raise tools.ToolError(
            f"cfn-guard comes for Linux and macOS on x86_64 and aarch64, not for {system}/{machine}"
        )
    copy = home / NAME
    shutil.copyfile(source, copy)
    copy.chmod(0o755)
    return copy


def controls() -> dict[str, Control]:
    """Rule name, as cfn-guard prints it -> the control behind it."""
    rules = PACKAGE / "rules" / "control-tower"
    found = {}
    for path in sorted((rules / "cfn-guard").rglob("*.guard")):
        described = rules / "metadata" / path.parent.name / f"{path.stem}.metadata.json"
        about = json.loads(described.read_text(encoding="utf-8"))
        control = Control(
            id=about["Id"], title=about["DisplayName"], remedy=about["RemediationMessage"]
        )
        found.update(dict.fromkeys(_RULE.findall(path.read_text(encoding="utf-8")), control))
    return found


def _findings(
    answer: list[Mapping[str, Any]], environment: Environment, known: Mapping[str, Control]
) -> Iterator[Finding]:
    judged = {Path(report["name"]).stem: report for report in answer}
    missing = sorted({*environment.templates} - {*judged})
    if missing:
        raise tools.ToolError(f"cfn-guard said nothing at all about {', '.join(missing)}")
    for stack, report in judged.items():
        for entry in report["not_compliant"]:
            rule = entry["Rule"]
            control = known[rule["name"]]
            resources = {match[1] for path in _paths(rule) if (match := _RESOURCE.match(path))}
            if not resources:
                raise process.not_understood(NAME, f"{control.id} names no resource")
            for logical_id in resources:
                yield Finding(
                    source=NAME,
                    rule=control.id,
                    stack=stack,
                    resource=short(logical_id),
                    message=control.title,
                    remedy=control.remedy,
                )


def _paths(value: Any) -> Iterator[str]:
    """Every path within the template that a failed clause speaks of."""
    match value:
        case dict():
            if isinstance(value.get("path"), str):  # beside it stands the value found there
                yield value["path"]
                return
            for part in value.values():
                yield from _paths(part)
        case list():
            for part in value:
                yield from _paths(part)
