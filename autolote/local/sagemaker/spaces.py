"""CreateSpace, DescribeSpace, ListSpaces, UpdateSpace, DeleteSpace."""

import time

from .context import Context
from .errors import ResourceInUseError, ValidationError
from .listing import in_order, page
from .operations import Params, operation
from .store import NameTakenError
from .studio import (
    APP,
    DOMAIN,
    PROFILE,
    SPACE,
    apps_of,
    changing,
    enter,
    existing,
    in_service,
    records,
    refuse_while_used,
)
from .studio_rules import check_settings, check_space, merged
from .tags import as_mapping

SECONDS = 10.0  # account seconds
_MEMBERS = ("DomainId", "SpaceName", "Status", "CreationTime", "LastModifiedTime")


@operation("CreateSpace")
def create_space(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    domain = in_service(context, DOMAIN, params["DomainId"])["description"]
    settings = params.get("SpaceSettings", {})
    check_space(context, domain, params)
    check_settings(context, domain, settings, name="SpaceSettings")
    owner = params.get("OwnershipSettings", {}).get("OwnerUserProfileName")
    if owner is not None:
        in_service(context, PROFILE, f"{params['DomainId']}/{owner}")
    name, now = _name(params), round(time.time(), 3)
    arn = context.arn(SPACE, name)
    description = {
        **params,
        "SpaceArn": arn,
        "Url": f"{domain['Url']}/{settings.get('AppType', 'JupyterServer').lower()}/default",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    record = {"description": description, "tags": tags}
    enter(context, record, "Pending", then="InService", after=SECONDS)
    try:
        context.store(SPACE).create(name, record)
    except NameTakenError as error:
        raise ResourceInUseError(f"Space [{arn}] already exists.") from error
    return {"SpaceArn": arn}


@operation("DescribeSpace")
def describe_space(context: Context, params: Params) -> Params:
    description: Params = existing(context, SPACE, _name(params))["description"]
    return description


@operation("ListSpaces")
def list_spaces(context: Context, params: Params) -> Params:
    found = [
        _summary(space)
        for record in records(context, SPACE, domain=params.get("DomainIdEquals"))
        if params.get("SpaceNameContains", "") in (space := record["description"])["SpaceName"]
    ]
    ordered = in_order(
        found,
        key=params.get("SortBy", "CreationTime"),
        descending=params.get("SortOrder") == "Descending",
    )
    return page(ordered, params, member="Spaces")


def _summary(space: Params) -> Params:
    summary: Params = {member: space[member] for member in _MEMBERS}
    settings = space.get("SpaceSettings", {})
    summary["SpaceSettingsSummary"] = {
        member: settings[member]
        for member in ("AppType", "RemoteAccess", "SpaceStorageSettings")
        if member in settings
    }
    for member in ("SpaceSharingSettings", "OwnershipSettings"):
        if member in space:
            summary[f"{member}Summary"] = space[member]
    if "SpaceDisplayName" in space:
        summary["SpaceDisplayName"] = space["SpaceDisplayName"]
    return summary


@operation("UpdateSpace")
def update_space(context: Context, params: Params) -> Params:
    name = _name(params)
    domain = existing(context, DOMAIN, params["DomainId"])["description"]
    with changing(context, SPACE, name, verb="update") as record:
        description = record["description"]
        before = description.get("SpaceSettings", {}).get("AppType")
        merged(record, "SpaceSettings", params.get("SpaceSettings"))
        if description.get("SpaceSettings", {}).get("AppType") != before:
            raise ValidationError("SpaceSettings.AppType: the app type of a space cannot change.")
        check_space(context, domain, description)
        if "SpaceDisplayName" in params:
            description["SpaceDisplayName"] = params["SpaceDisplayName"]
        enter(context, record, "Updating", then="InService", after=SECONDS)
    return {"SpaceArn": context.arn(SPACE, name)}


@operation("DeleteSpace")
def delete_space(context: Context, params: Params) -> None:
    name = _name(params)
    existing(context, SPACE, name)
    apps = apps_of(context, params["DomainId"], SpaceName=params["SpaceName"])
    refuse_while_used(context, SPACE, name, {APP: apps})
    with changing(context, SPACE, name, verb="delete") as record:
        enter(context, record, "Deleting", then=None, after=SECONDS)


def _name(params: Params) -> str:
    return f"{params['DomainId']}/{params['SpaceName']}"
