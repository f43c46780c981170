"""Condition keys of particular operations, beside those of tags, S3 and SageMaker."""

from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, Value


def _encryption_context(request: Request) -> dict[str, Value]:
    given: Mapping[str, str] = request.given("EncryptionContext") or {}
    found: dict[str, Value] = {f"kms:EncryptionContext:{key}": text for key, text in given.items()}
    if given:
        found["kms:EncryptionContextKeys"] = tuple(given)
    return {**found, "kms:CallerAccount": request.account_id}


def _grant(request: Request) -> dict[str, Value]:
    """A grant that a caller makes directly is for no AWS resource."""
    return {
        "kms:CallerAccount": request.account_id,
        "kms:GrantIsForAWSResource": "false",
        "kms:GrantOperations": tuple(request.given("Operations") or ()),
        "kms:GranteePrincipal": str(request.given("GranteePrincipal") or ""),
    }


def _parameter(name: str, key: str) -> Callable[[Request], dict[str, Value]]:
    def read(request: Request) -> dict[str, Value]:
        value: Any = request.given(name)
        if value is None:
            return {}
        return {key: str(value).lower() if isinstance(value, bool) else str(value)}

    return read


def _subscription(request: Request) -> dict[str, Value]:
    return {
        **_parameter("Protocol", "sns:Protocol")(request),
        **_parameter("Endpoint", "sns:Endpoint")(request),
    }


_kms_caller: Callable[[Request], dict[str, Value]] = lambda request: {  # noqa: E731
    "kms:CallerAccount": request.account_id
}

READ: Mapping[tuple[str, str], Callable[[Request], dict[str, Value]]] = {
    ("iam", "AttachRolePolicy"): _parameter("PolicyArn", "iam:PolicyARN"),
    ("iam", "CreateRole"): _parameter("PermissionsBoundary", "iam:PermissionsBoundary"),
    ("iam", "CreateServiceLinkedRole"): _parameter("AWSServiceName", "iam:AWSServiceName"),
    ("iam", "DetachRolePolicy"): _parameter("PolicyArn", "iam:PolicyARN"),
    ("iam", "PutRolePermissionsBoundary"): _parameter(
        "PermissionsBoundary", "iam:PermissionsBoundary"
    ),
    ("kms", "CreateGrant"): _grant,
    ("kms", "Decrypt"): _encryption_context,
    ("kms", "Encrypt"): _encryption_context,
    ("kms", "GenerateDataKey"): _encryption_context,
    ("kms", "GenerateDataKeyWithoutPlaintext"): _encryption_context,
    ("lambda", "AddPermission"): _parameter("Principal", "lambda:Principal"),
    ("monitoring", "PutMetricData"): _parameter("Namespace", "cloudwatch:namespace"),
    ("sns", "Subscribe"): _subscription,
    ("ssm", "PutParameter"): _parameter("Overwrite", "ssm:Overwrite"),
    ("sts", "AssumeRole"): lambda request: {
        **_parameter("ExternalId", "sts:ExternalId")(request),
        **_parameter("RoleSessionName", "sts:RoleSessionName")(request),
    },
}


def operation_keys(request: Request) -> dict[str, Value]:
    """What an operation's parameters say in condition keys."""
    read = READ.get((request.service, request.operation))
    if read is not None:
        return read(request)
    return _kms_caller(request) if request.service == "kms" else {}


def put_events_accesses(request: Request) -> list[Access]:
    """PutEvents: each entry is asked about by itself, with what it says it is.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    found = []
    for entry in request.given("Entries") or ():
        bus = str(entry.get("EventBusName") or "default")
        arn = bus if bus.startswith("arn:") else request.arn("events", f"event-bus/{bus}")
        keys = {"events:source": "Source", "events:detail-type": "DetailType"}
        context = {key: str(entry[name]) for key, name in keys.items() if name in entry}
        found.append(Access(action="events:PutEvents", resource=arn, context=context))
    return list({(one.resource, str(one.context)): one for one in found}.values())
