"""Run cdk-nag's packs on the templates named on the command line; prints JSON. See nag.py."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
from aws_cdk import cloudformation_include

PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.PCIDSS321Checks,
    cdk_nag.ServerlessChecks,
)


def main(paths: list[str]) -> None:
    """Print every violation: rule, description, severity, stack and logical id."""
    app = cdk.App(analytics_reporting=False, outdir="cdk.out")
    names = {f"S{number}": Path(path).stem for number, path in enumerate(paths)}
    for name, path in zip(names, paths, strict=True):
        # The template brings its own bootstrap rule: this synthesizer adds no second one.
        stack = cdk.Stack(app, name, synthesizer=cdk.LegacyStackSynthesizer())
        cloudformation_include.CfnInclude(stack, "Template", template_file=path)
    violations = [
        {
            "rule": violation.rule_name,
            "description": violation.description,
            "severity": violation.severity,
            **_place(str(resource.construct_path), names),
        }
        for pack in PACKS
        for violation in pack(app).validate_scope(app).violations
        for resource in violation.violating_resources
    ]
    sys.stdout.write(json.dumps({"version": version("cdk-nag"), "violations": violations}))


def _place(construct_path: str, names: dict[str, str]) -> dict[str, str]:
    stack, _, logical_id = construct_path.split("/")
    return {"stack": names[stack], "logical_id": logical_id}


if __name__ == "__main__":
    main(sys.argv[1:])
