"""cdk-nag: its five packs, on plain templates.

The packs judge constructs, not templates. aws_cdk.cloudformation_include.CfnInclude makes
constructs of a template again; it runs in a process of its own (nag_process.py), because each
process has one Node behind it.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from autolote import tools
from autolote.audit.findings import Finding, Severity
from autolote.audit.model import Environment, Reference, short
from autolote.audit.tools import process, templates, wildcards

NAME = "cdk-nag"
# The one finding that names a value of the template, and not only a resource.
WILDCARD = re.compile(r"AwsSolutions-IAM5\[Resource::(.+)\]")
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning"}


def findings(environment: Environment, home: Path) -> tuple[list[Finding], str]:
    """What the packs find, and cdk-nag's version.

    Args:
        home: an empty folder to work in.

    Raises:
        ToolError: Node or a pack failed, or answered what is not understood.
    """
    copies = templates.imported(environment)
    paths = templates.write(copies, home / "templates")
    ended = process.run(
        [sys.executable, "-P", "-m", "autolote.audit.tools.nag_process", *paths],
        tool=NAME,
        home=home,
        extra=_settings(),
    )
    answer = process.parsed(ended, tool=NAME)
    try:
        found = [_finding(row, environment, copies) for row in answer["violations"]]
        return sorted(found), str(answer["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise process.not_understood(NAME, error) from error


def _settings() -> dict[str, str]:
    """Our Node, our code, and the cache in which jsii keeps the CDK unpacked."""
    names = ("JSII_NODE", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION")
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return {
        **{name: tools.environment()[name] for name in names},
        "PYTHONPATH": str(tools.ROOT),
        "XDG_CACHE_HOME": cache,
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": f"{cache}/aws/jsii/package-cache",
    }


def _finding(
    row: Mapping[str, str], environment: Environment, copies: Mapping[str, templates.Template]
) -> Finding:
    stack, logical_id = row["stack"], row["logical_id"]
    finding = Finding(
        source=NAME,
        rule=row["rule"],
        stack=stack,
        resource=short(logical_id),
        message=row["description"],
        severity=_SEVERITIES[row["severity"]],
    )
    wildcard = WILDCARD.fullmatch(finding.rule)
    holder = environment.find(Reference(stack, logical_id))
    if wildcard is None or holder is None:
        return finding
    written = wildcards.written(holder, copies[stack]["Resources"][logical_id]["Properties"])
    meant = written.get(wildcard[1], "")
    return dataclasses.replace(finding, detail=meant)
