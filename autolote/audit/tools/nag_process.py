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
    """Print every violation: rule, description, severity, and stack/Template/LogicalId."""
    app = cdk.App(analytics_reporting=False, outdir="cdk.out")
    for path in paths:
        # The template brings its own bootstrap rule: this synthesizer adds no second one.
        stack = cdk.Stack(app, Path(path).stem, synthesizer=cdk.LegacyStackSynthesizer())
        cloudformation_include.CfnInclude(stack, "Template", template_file=path)
    violations = [
        {
            "rule": violation.rule_name,
            "description": violation.description,
            "severity": violation.severity,
            "path": resource.construct_path,
        }
        for pack in PACKS
        for violation in pack(app).validate_scope(app).violations
        for resource in violation.violating_resources
    ]
    sys.stdout.write(json.dumps({"version": version("cdk-nag"), "violations": violations}))


if __name__ == "__main__":
    main(sys.argv[1:])
