"""Which permissions a call needs: the actions, the resources and the condition keys.

`operations.toml` says it for most operations; S3, PutEvents and SageMaker's jobs have modules of
their own; passing.py, tags.py and keys.py add what a call needs besides.
"""

from collections.abc import Mapping
from typing import Any

from autolote.local.iam.mapping.context import operation_keys, put_events_accesses
from autolote.local.iam.mapping.keys import implied_keys
from autolote.local.iam.mapping.passing import passed_roles
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.mapping.s3 import s3_accesses
from autolote.local.iam.mapping.sagemaker import job_grants, sagemaker_keys
from autolote.local.iam.mapping.table import plain_accesses
from autolote.local.iam.mapping.tags import tag_keys, tagging_accesses
from autolote.local.iam.model import Access, Principal

__all__ = ["accesses_of"]


def accesses_of(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    region: str,
    account_id: str,
    principal: Principal,
) -> list[Access]:
    """Everything a call needs.

    Args:
        service: the service's name in its signature (`s3`, `states`, `monitoring`).
        operation: the API operation.
        parameters: its parameters as botocore names them.
        region: of the call.
        account_id: of the resources.
        principal: who calls.

    Raises:
        UnmappedOperationError: nobody has said what the operation needs.
    """
    request = Request(
        service=service,
        operation=operation,
        parameters=parameters,
        region=region,
        account_id=account_id,
        principal=principal,
    )
    if service == "s3":
        return s3_accesses(request)
    if (service, operation) == ("events", "PutEvents"):
        return put_events_accesses(request)
    plain = plain_accesses(request)
    keys = {**tag_keys(parameters), **operation_keys(request)}
    if service == "sagemaker":
        keys |= sagemaker_keys(request)
    own = [_with(access, keys) for access in [*plain, *tagging_accesses(request, plain)]]
    grants = job_grants(request) if service == "sagemaker" else []
    return [*own, *passed_roles(request, plain), *grants, *implied_keys(request, plain)]


def _with(access: Access, keys: Mapping[str, Any]) -> Access:
    if not keys:
        return access
    return Access(
        action=access.action, resource=access.resource, context={**keys, **access.context}
    )
