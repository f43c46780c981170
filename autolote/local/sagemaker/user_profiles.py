"""CreateUserProfile, DescribeUserProfile, ListUserProfiles, UpdateUserProfile and
DeleteUserProfile."""

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
from .studio_rules import check_settings, merged
from .tags import as_mapping

SECONDS = 10.0  # account seconds
FIRST_UID = 200_001  # the user id of a domain's first home directory
_MEMBERS = ("DomainId", "UserProfileName", "Status", "CreationTime", "LastModifiedTime")


@operation("CreateUserProfile")
def create_user_profile(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    domain = in_service(context, DOMAIN, params["DomainId"])["description"]
    if domain["AuthMode"] == "IAM" and "SingleSignOnUserValue" in params:
        raise ValidationError(
            "SingleSignOnUserValue: the domain's AuthMode is IAM; it is for AuthMode SSO."
        )
    if domain["AuthMode"] == "SSO" and "SingleSignOnUserValue" not in params:
        raise ValidationError("SingleSignOnUserValue: the domain's AuthMode is SSO; give the user.")
    check_settings(context, domain, params.get("UserSettings", {}), name="UserSettings")
    name, now = _name(params), round(time.time(), 3)
    arn = context.arn(PROFILE, name)
    taken = [one["description"] for one in records(context, PROFILE, domain=params["DomainId"])]
    uid = max((int(one["HomeEfsFileSystemUid"]) for one in taken), default=FIRST_UID - 1) + 1
    description = {
        **params,
        "UserProfileArn": arn,
        "HomeEfsFileSystemUid": str(uid),
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    record = {"description": description, "tags": tags}
    enter(context, record, "Pending", then="InService", after=SECONDS)
    try:
        context.store(PROFILE).create(name, record)
    except NameTakenError as error:
        raise ResourceInUseError(f"UserProfile [{arn}] already exists.") from error
    return {"UserProfileArn": arn}


@operation("DescribeUserProfile")
def describe_user_profile(context: Context, params: Params) -> Params:
    found: Params = existing(context, PROFILE, _name(params))["description"]
    return found


@operation("ListUserProfiles")
def list_user_profiles(context: Context, params: Params) -> Params:
    found = [
        {member: profile[member] for member in _MEMBERS}
        for record in records(context, PROFILE, domain=params.get("DomainIdEquals"))
        if params.get("UserProfileNameContains", "")
        in (profile := record["description"])["UserProfileName"]
    ]
    ordered = in_order(
        found,
        key=params.get("SortBy", "CreationTime"),
        descending=params.get("SortOrder") == "Descending",
    )
    return page(ordered, params, member="UserProfiles")


@operation("UpdateUserProfile")
def update_user_profile(context: Context, params: Params) -> Params:
    name = _name(params)
    domain = existing(context, DOMAIN, params["DomainId"])["description"]
    settings = params.get("UserSettings", {})
    check_settings(context, domain, settings, name="UserSettings")
    with changing(context, PROFILE, name, verb="update") as record:
        merged(record, "UserSettings", settings)
        enter(context, record, "Updating", then="InService", after=SECONDS)
    return {"UserProfileArn": context.arn(PROFILE, name)}


@operation("DeleteUserProfile")
def delete_user_profile(context: Context, params: Params) -> None:
    name, domain, profile = _name(params), params["DomainId"], params["UserProfileName"]
    existing(context, PROFILE, name)
    spaces = [
        space["SpaceName"]
        for record in records(context, SPACE, domain=domain)
        if (space := record["description"]).get("OwnershipSettings", {}).get("OwnerUserProfileName")
        == profile
    ]
    apps = apps_of(context, domain, UserProfileName=profile)
    refuse_while_used(context, PROFILE, name, {APP: apps, SPACE: spaces})
    with changing(context, PROFILE, name, verb="delete") as record:
        enter(context, record, "Deleting", then=None, after=SECONDS)


def _name(params: Params) -> str:
    return f"{params['DomainId']}/{params['UserProfileName']}"
