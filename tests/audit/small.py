"""A small environment, written by hand: what a test of the audit plants its defects in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autolote.audit.model import Environment

# Stacks of one environment are told by what their names begin with: "kit-prod".
STORAGE, IDENTITY = "kit-prod-storage", "kit-prod-identity"
BUCKET_ARN = {"Fn::ImportValue": "kit-prod-data-arn"}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": kind, "Properties": properties}


def allow(actions: str | list[str], resources: Any) -> dict[str, Any]:
    """A statement of a policy."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A managed policy."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return resource("AWS::IAM::ManagedPolicy", PolicyDocument=document)


def environment(
    folder: Path,
    stacks: Mapping[str, Mapping[str, Any]],
    *,
    metadata: Mapping[str, Any] | None = None,
) -> Environment:
    """The environment of these stacks: name -> resources. The storage stack's Data is exported.

    Args:
        metadata: what every template says of itself.
    """
    for name, resources in stacks.items():
        template: dict[str, Any] = {"Resources": resources}
        if metadata:
            template["Metadata"] = metadata
        if "Data" in resources:
            value = {"Fn::GetAtt": ["Data", "Arn"]}
            template["Outputs"] = {
                "DataArn": {"Value": value, "Export": {"Name": BUCKET_ARN["Fn::ImportValue"]}}
            }
        path = folder / f"{name}.template.json"
        path.write_text(json.dumps(template), encoding="utf-8")
    return Environment(folder, folder.resolve().name)
