"""CreateApp, DescribeApp, ListApps, DeleteApp. An app here is a record: nobody can open it.

A deleted app is listed with status Deleted for 24 hours, and its name is free again.
Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeApp.html
"""

import time

from .context import Context
from .errors import ResourceInUseError, ValidationError
from .listing import in_order, page
from .operations import Params, operation
from .studio import APP, DOMAIN, PROFILE, RUNNING, SPACE, enter, existing, in_service, records
from .tags import as_mapping

SECONDS = 60.0  # account seconds until an app runs, or is gone
_REMEMBERED = 24 * 3600.0
_IN_SPACES = ("JupyterLab", "CodeEditor")
_MEMBERS = ("AppType", "AppName", "DomainId", "UserProfileName", "SpaceName", "Status")


@operation("CreateApp")
def create_app(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    in_service(context, DOMAIN, params["DomainId"])
    name = _name(params)
    _check_owner(context, params)
    arn, store = context.arn(APP, name), context.store(APP)
    there = next((one for one in records(context, APP) if one["name"] == name), None)
    if there is not None and there["description"]["Status"] in RUNNING:
        raise ResourceInUseError(
            f"App [{arn}] already exists, in status {there['description']['Status']}."
        )
    description = {**params, "AppArn": arn, "CreationTime": round(time.time(), 3)}
    record = {"name": name, "description": description, "tags": tags}
    enter(context, record, "Pending", then="InService", after=SECONDS)
    if there is not None:
        store.delete(name)
    store.create(name, record)
    return {"AppArn": arn}


def _check_owner(context: Context, params: Params) -> None:
    kind = params["AppType"]
    if "SpaceName" not in params:
        if kind in _IN_SPACES:
            raise ValidationError(f"AppType = {kind}: an app of this type needs a SpaceName.")
        in_service(context, PROFILE, f"{params['DomainId']}/{params['UserProfileName']}")
        return
    space = in_service(context, SPACE, f"{params['DomainId']}/{params['SpaceName']}")
    wanted = space["description"].get("SpaceSettings", {}).get("AppType", kind)
    if wanted != kind:
        raise ValidationError(
            f"AppType = {kind}: space {params['SpaceName']} is for apps of type {wanted}."
        )


@operation("DescribeApp")
def describe_app(context: Context, params: Params) -> Params:
    description: Params = existing(context, APP, _name(params))["description"]
    return description


@operation("ListApps")
def list_apps(context: Context, params: Params) -> Params:
    wanted = {
        member: params[f"{member}Equals"]
        for member in ("UserProfileName", "SpaceName")
        if f"{member}Equals" in params
    }
    members = (*_MEMBERS, "CreationTime", "ResourceSpec")
    apps = (
        record["description"]
        for record in records(context, APP, domain=params.get("DomainIdEquals"))
    )
    found = [
        {member: app[member] for member in members if member in app}
        for app in apps
        if all(app.get(member) == value for member, value in wanted.items())
    ]
    descending = params.get("SortOrder") == "Descending"
    return page(in_order(found, key="CreationTime", descending=descending), params, member="Apps")


@operation("DeleteApp")
def delete_app(context: Context, params: Params) -> None:
    name = _name(params)
    status = existing(context, APP, name)["description"]["Status"]
    arn = context.arn(APP, name)
    if status == "Deleted":
        raise ValidationError(f"App [{arn}] has already been deleted.")
    if status == "Deleting":
        raise ResourceInUseError(f"App [{arn}] is being deleted.")
    with context.store(APP).change(name) as record:
        enter(context, record, "Deleting", then="Deleted", after=SECONDS)
        gone = {"status": None, "at": record["next"]["at"] + _REMEMBERED / context.speed}
        record["afterwards"] = {"next": gone}


def _name(params: Params) -> str:
    """`domain/owner/type/name`, as in an app's ARN."""
    if ("UserProfileName" in params) == ("SpaceName" in params):
        raise ValidationError("UserProfileName, SpaceName: give exactly one of them.")
    owner = params.get("SpaceName") or params["UserProfileName"]
    return f"{params['DomainId']}/{owner}/{params['AppType'].lower()}/{params['AppName']}"
