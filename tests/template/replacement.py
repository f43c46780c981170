"""What an update of one template to another would do to data: CloudFormation's own rules of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.schemas import create_only

# Types that hold what cannot be made again.
HOLDS_DATA = frozenset(
    {
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::UserProfile",
        "AWS::SQS::Queue",
    }
)


def losses(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Why data would be lost or left behind, a sentence for each resource.

    Args:
        before: the template that is deployed.
        after: the one that is to be.
    """
    for logical_id, old in before["Resources"].items():
        if old["Type"] not in HOLDS_DATA:
            continue
        new = after["Resources"].get(logical_id)
        if new is None or new["Type"] != old["Type"]:
            yield f"{logical_id} ({old['Type']}) is gone"
            continue
        for path in create_only(old["Type"]):
            if _at(old, path) != _at(new, path):
                yield f"{logical_id} ({old['Type']}) is replaced: {'.'.join(path)} changes"


def _at(resource: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = resource.get("Properties", {})
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
