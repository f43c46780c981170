"""CreateDomain, DescribeDomain, ListDomains, UpdateDomain, DeleteDomain."""

import logging
import secrets
import time
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from .context import Context
from .domain_storage import add_mount_targets, delete_file_system, inbound_group, make_file_system
from .errors import ResourceInUseError, ValidationError
from .jobs import Interrupt
from .listing import page
from .operations import Params, operation, resumes
from .studio import (
    APP,
    DOMAIN,
    PROFILE,
    SPACE,
    apps_of,
    changing,
    enter,
    existing,
    records,
    refuse_while_used,
)
from .studio_rules import check_domain, merged
from .tags import as_mapping

_log = logging.getLogger(__name__)
SECONDS = 180.0  # account seconds until a domain is there, or gone
_MEMBERS = ("DomainArn", "DomainId", "DomainName", "Status", "CreationTime", "LastModifiedTime")


@operation("CreateDomain")
def create_domain(context: Context, params: Params) -> Params:
    tags = as_mapping(params.pop("Tags", []))
    for record in records(context, DOMAIN):
        if record["description"]["DomainName"] == params["DomainName"]:
            raise ResourceInUseError(f"Domain [{params['DomainName']}] already exists.")
    key = params.pop("HomeEfsFileSystemKmsKeyId", None)
    name, now = f"d-{secrets.token_hex(6)}", round(time.time(), 3)
    description = {
        **({"KmsKeyId": key} if key else {}),
        "AppNetworkAccessType": "PublicInternetOnly",
        "HomeEfsFileSystemCreation": "Enabled",
        "TagPropagation": "DISABLED",
        **params,
        "DomainId": name,
        "DomainArn": context.arn(DOMAIN, name),
        "Url": f"https://{name}.studio.{context.region}.sagemaker.aws",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    check_domain(context, description)
    record = {"description": description, "tags": tags}
    try:
        if description["HomeEfsFileSystemCreation"] == "Enabled":
            description["HomeEfsFileSystemId"] = make_file_system(context, description)
        enter(context, record, "Pending", then="InService", after=SECONDS)
    except ClientError as error:
        description |= {"Status": "Failed", "FailureReason": str(error)[:1024]}
    context.store(DOMAIN).create(name, record)
    return {member: description[member] for member in ("DomainArn", "DomainId", "Url")}


@operation("DescribeDomain")
def describe_domain(context: Context, params: Params) -> Params:
    description: Params = existing(context, DOMAIN, params["DomainId"])["description"]
    return description


@operation("ListDomains")
def list_domains(context: Context, params: Params) -> Params:
    members = (*_MEMBERS, "Url")
    found = [
        {member: record["description"][member] for member in members}
        for record in records(context, DOMAIN)
    ]
    return page(found, params, member="Domains")


@operation("UpdateDomain")
def update_domain(context: Context, params: Params) -> Params:
    name = params["DomainId"]
    with changing(context, DOMAIN, name, verb="update") as record:
        description = record["description"]
        before = dict(description)
        for member in ("DefaultUserSettings", "DefaultSpaceSettings"):
            merged(record, member, params.get(member))
        merged(record, "DomainSettings", params.get("DomainSettingsForUpdate"))
        for member in ("SubnetIds", "AppNetworkAccessType", "TagPropagation"):
            if member in params:
                description[member] = params[member]
        _check_change(context, before, params)
        check_domain(context, description)
        _grow_file_system(context, description, params)
        enter(context, record, "Updating", then="InService", after=10)
    return {"DomainArn": context.arn(DOMAIN, name)}


def _check_change(context: Context, before: Params, params: Params) -> None:
    """Raise ValidationError or ResourceInUseError for what cannot be changed, or not now."""
    access = params.get("AppNetworkAccessType", before["AppNetworkAccessType"])
    if before["AppNetworkAccessType"] == "VpcOnly" and access != "VpcOnly":
        raise ValidationError(
            f"AppNetworkAccessType = {access}: VpcOnly cannot be changed. Make a new domain."
        )
    if params.get("VpcId", before["VpcId"]) != before["VpcId"]:
        raise ValidationError("VpcId: the VPC of a domain cannot be changed. Make a new domain.")
    creation = params.get("HomeEfsFileSystemCreation", before["HomeEfsFileSystemCreation"])
    if before["HomeEfsFileSystemCreation"] == "Enabled" and creation == "Disabled":
        raise ValidationError("HomeEfsFileSystemCreation: Enabled cannot become Disabled.")
    role = params.get("DefaultUserSettings", {}).get("ExecutionRole")
    subnets = params.get("SubnetIds") or before["SubnetIds"]
    unsettling = (
        access != before["AppNetworkAccessType"]
        or any(subnet not in subnets for subnet in before["SubnetIds"])
        or role not in (None, before["DefaultUserSettings"]["ExecutionRole"])
    )
    apps = apps_of(context, before["DomainId"])
    if unsettling and apps:
        raise ResourceInUseError(
            f"Unable to update Domain [{before['DomainId']}] because App(s) are running: "
            f"{', '.join(apps)}."
        )


def _grow_file_system(context: Context, domain: Params, params: Params) -> None:
    if "HomeEfsFileSystemId" in domain:
        group = inbound_group(context, domain)
        add_mount_targets(context, domain["HomeEfsFileSystemId"], domain["SubnetIds"], group)
    elif params.get("HomeEfsFileSystemCreation") == "Enabled":
        domain["HomeEfsFileSystemCreation"] = "Enabled"
        domain["HomeEfsFileSystemId"] = make_file_system(context, domain)


@operation("DeleteDomain")
def delete_domain(context: Context, params: Params) -> None:
    name = params["DomainId"]
    users = {
        kind: [record["description"][member] for record in records(context, kind, domain=name)]
        for kind, member in ((SPACE, "SpaceName"), (PROFILE, "UserProfileName"))
    }
    existing(context, DOMAIN, name)
    refuse_while_used(context, DOMAIN, name, {APP: apps_of(context, name), **users})
    keep = params.get("RetentionPolicy", {}).get("HomeEfsFileSystem", "Retain")
    with changing(context, DOMAIN, name, verb="delete") as record:
        record["description"] |= {"Status": "Deleting", "LastModifiedTime": round(time.time(), 3)}
        record.update(keep=keep, deleted=time.time())
    _go_on_deleting(context, name)


@resumes
def resume_deletions(context: Context) -> None:
    for record in records(context, DOMAIN):
        if record["description"]["Status"] == "Deleting":
            _go_on_deleting(context, record["description"]["DomainId"])


def _go_on_deleting(context: Context, name: str) -> None:
    context.jobs.start(DOMAIN, name, partial(_delete, context, name))


def _delete(context: Context, name: str, interrupt: Interrupt) -> None:
    """Take a domain away, with its file system if that was asked."""
    record = existing(context, DOMAIN, name)
    description: dict[str, Any] = record["description"]
    interrupt.wait(record["deleted"] + SECONDS / context.speed - time.time())
    try:
        if record["keep"] == "Delete" and "HomeEfsFileSystemId" in description:
            delete_file_system(context, description, interrupt)
    except ClientError as error:
        _log.warning("domain %s could not be deleted: %s", name, error)
        with context.store(DOMAIN).change(name) as changed:
            changed["description"]["Status"] = "Delete_Failed"
            changed["description"]["FailureReason"] = str(error)[:1024]
        return
    for app in records(context, APP, domain=name):
        context.store(APP).delete(app["name"])
    context.store(DOMAIN).delete(name)
