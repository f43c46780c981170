"""CreateStudioLifecycleConfig, DescribeStudioLifecycleConfig, ListStudioLifecycleConfigs,
DeleteStudioLifecycleConfig."""

import base64
import binascii
import time

from .context import Context
from .errors import ResourceInUseError, ValidationError
from .listing import in_order, matching, page
from .operations import Params, operation
from .store import NameTakenError
from .studio import DOMAIN, LIFECYCLE_CONFIG, PROFILE, existing, records, refuse_while_used
from .studio_rules import lifecycle_configs
from .tags import as_mapping

_MEMBERS = (
    "StudioLifecycleConfigArn",
    "StudioLifecycleConfigName",
    "CreationTime",
    "LastModifiedTime",
    "StudioLifecycleConfigAppType",
)


@operation("CreateStudioLifecycleConfig")
def create_lifecycle_config(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    try:
        base64.b64decode(params["StudioLifecycleConfigContent"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValidationError(
            f"StudioLifecycleConfigContent: it must be base64 of a script ({error})."
        ) from error
    name, now = params["StudioLifecycleConfigName"], round(time.time(), 3)
    arn = context.arn(LIFECYCLE_CONFIG, name)
    description = {
        **params,
        "StudioLifecycleConfigArn": arn,
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    try:
        context.store(LIFECYCLE_CONFIG).create(name, {"description": description, "tags": tags})
    except NameTakenError as error:
        raise ResourceInUseError(f"Studio Lifecycle Config [{arn}] already exists.") from error
    return {"StudioLifecycleConfigArn": arn}


@operation("DescribeStudioLifecycleConfig")
def describe_lifecycle_config(context: Context, params: Params) -> Params:
    found: Params = existing(context, LIFECYCLE_CONFIG, params["StudioLifecycleConfigName"])
    description: Params = found["description"]
    return description


@operation("ListStudioLifecycleConfigs")
def list_lifecycle_configs(context: Context, params: Params) -> Params:
    wanted = params.get("AppTypeEquals")
    found = [
        {member: record["description"][member] for member in _MEMBERS}
        for record in records(context, LIFECYCLE_CONFIG)
        if wanted in (None, record["description"]["StudioLifecycleConfigAppType"])
    ]
    modified = {
        f"LastModifiedTime{end}": params[f"ModifiedTime{end}"]
        for end in ("Before", "After")
        if f"ModifiedTime{end}" in params
    }
    kept = matching(found, {**params, **modified}, name="StudioLifecycleConfigName")
    key = {"Name": "StudioLifecycleConfigName"}.get(params.get("SortBy", ""), "CreationTime")
    descending = params.get("SortOrder") == "Descending"
    return page(
        in_order(kept, key=key, descending=descending), params, member="StudioLifecycleConfigs"
    )


@operation("DeleteStudioLifecycleConfig")
def delete_lifecycle_config(context: Context, params: Params) -> None:
    name = params["StudioLifecycleConfigName"]
    arn = existing(context, LIFECYCLE_CONFIG, name)["description"]["StudioLifecycleConfigArn"]
    users = {
        kind: [
            record["description"][member]
            for record in records(context, kind)
            if arn in lifecycle_configs(record["description"])
        ]
        for kind, member in ((DOMAIN, "DomainId"), (PROFILE, "UserProfileName"))
    }
    refuse_while_used(context, LIFECYCLE_CONFIG, name, users)
    context.store(LIFECYCLE_CONFIG).delete(name)
