"""A domain and what is in it: how they come and go, and what holds them."""

import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .account import ROLE, Account
from .studio import JUPYTER, PRIVATE, Studio


@pytest.fixture(scope="module")
def domain(studio: Studio) -> str:
    """One domain for the tests that leave it as it is."""
    return studio.ready()


def refused(call: Any, code: str, words: str, **arguments: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def test_a_domain_brings_its_file_system_mount_targets_and_groups(studio: Studio) -> None:
    made = studio.domain(Tags=[{"Key": "team", "Value": "a"}])
    told = studio.api.describe_domain(DomainId=made)
    assert told["Status"] == "Pending"
    systems, groups = studio.leftovers(made)
    assert systems == [told["HomeEfsFileSystemId"]]
    assert groups == [
        f"security-group-for-inbound-nfs-{made}",
        f"security-group-for-outbound-nfs-{made}",
    ]
    targets = studio.efs.describe_mount_targets(FileSystemId=systems[0])["MountTargets"]
    assert sorted(target["SubnetId"] for target in targets) == sorted(studio.subnets)
    studio.status(studio.api.describe_domain, "InService", DomainId=made)
    tags = studio.api.list_tags(ResourceArn=told["DomainArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]


@pytest.mark.parametrize("keep", ["Retain", "Delete"])
def test_the_file_system_stays_unless_its_deletion_is_asked_for(studio: Studio, keep: str) -> None:
    made = studio.ready()
    policy = {} if keep == "Retain" else {"RetentionPolicy": {"HomeEfsFileSystem": keep}}
    studio.api.delete_domain(DomainId=made, **policy)
    assert studio.api.describe_domain(DomainId=made)["Status"] == "Deleting"
    refused(studio.api.delete_domain, "ResourceInUse", "in status Deleting", DomainId=made)
    studio.gone(studio.api.describe_domain, DomainId=made)
    systems, groups = studio.leftovers(made)
    assert (len(systems), len(groups)) == ((1, 2) if keep == "Retain" else (0, 0))


def test_a_domain_can_do_without_a_file_system(studio: Studio) -> None:
    made = studio.domain(HomeEfsFileSystemCreation="Disabled")
    assert studio.leftovers(made) == ([], [])
    assert "HomeEfsFileSystemId" not in studio.api.describe_domain(DomainId=made)


def test_everything_in_a_domain_holds_what_it_is_in(studio: Studio) -> None:
    """App, space, profile, domain: each has to be gone before the next can go."""
    api, made = studio.api, studio.ready()
    where, ana = {"DomainId": made}, {"DomainId": made, "UserProfileName": "ana"}
    studio.profile(made)
    studio.space(made, "s", **PRIVATE)
    app = {**where, "SpaceName": "s", **JUPYTER}
    api.create_app(**app)
    refused(api.delete_domain, "ResourceInUse", "App(s) are associated", **where)
    refused(api.delete_space, "ResourceInUse", "App(s) are associated", **where, SpaceName="s")
    refused(api.delete_user_profile, "ResourceInUse", "Space(s) are associated", **ana)
    api.delete_app(**app)
    refused(api.delete_app, "ResourceInUse", "is being deleted", **app)
    studio.status(api.describe_app, "Deleted", **app)
    refused(api.delete_app, "ValidationException", "has already been deleted", **app)
    refused(api.delete_domain, "ResourceInUse", "associated with it: s.", **where)
    api.delete_space(**where, SpaceName="s")
    studio.gone(api.describe_space, **where, SpaceName="s")
    refused(api.delete_domain, "ResourceInUse", "associated with it: ana.", **where)
    api.delete_user_profile(**ana)
    studio.gone(api.describe_user_profile, **ana)
    api.delete_domain(**where)
    studio.gone(api.describe_domain, **where)
    assert api.list_apps(DomainIdEquals=made)["Apps"] == []


def test_an_app_of_a_deleted_name_can_be_made_again(studio: Studio, domain: str) -> None:
    studio.space(domain, "again")
    app = {"DomainId": domain, "SpaceName": "again", **JUPYTER}
    studio.api.create_app(**app)
    refused(studio.api.create_app, "ResourceInUse", "already exists", **app)
    studio.status(studio.api.describe_app, "InService", **app)
    studio.api.delete_app(**app)
    studio.status(studio.api.describe_app, "Deleted", **app)
    studio.api.create_app(**app)
    listed = studio.api.list_apps(DomainIdEquals=domain, SpaceNameEquals="again")["Apps"]
    assert [one["Status"] for one in listed] == ["Pending"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"VpcId": "vpc-0123456789abcdef0"}, "is in VPC vpc-"),
        ({"SubnetIds": ["subnet-0123456789abcdef0"]}, "subnet-0123456789abcdef0"),
        ({"DefaultUserSettings": {"ExecutionRole": ROLE}}, "needs at least one security group"),
        ({"DefaultUserSettings": {"ExecutionRole": f"{ROLE}/nobody"}}, "Could not assume role"),
        ({"DefaultUserSettings": {"SecurityGroups": []}}, "ExecutionRole: a domain needs one"),
        ({"KmsKeyId": "no-such-key"}, "KmsKeyId"),
        ({"AuthMode": "PASSWORD"}, "Member must satisfy enum value set: [SSO, IAM]"),
    ],
)
def test_a_domain_that_could_not_work_is_refused(
    studio: Studio, changes: dict[str, Any], words: str
) -> None:
    request = studio.request(**changes)
    refused(studio.api.create_domain, "ValidationException", words, **request)


def test_names_are_taken_once(studio: Studio, domain: str) -> None:
    name = studio.api.describe_domain(DomainId=domain)["DomainName"]
    again = studio.request(DomainName=name)
    refused(studio.api.create_domain, "ResourceInUse", "already exists", **again)
    studio.profile(domain, "twice")
    profile = {"DomainId": domain, "UserProfileName": "twice"}
    refused(studio.api.create_user_profile, "ResourceInUse", "already exists", **profile)


def test_what_a_domain_is_cannot_be_changed_under_its_apps(studio: Studio) -> None:
    api, made = studio.api, studio.ready()
    public = {"DomainId": made, "AppNetworkAccessType": "PublicInternetOnly"}
    refused(api.update_domain, "ValidationException", "VpcOnly cannot be changed", **public)
    studio.space(made, "s")
    api.create_app(DomainId=made, SpaceName="s", **JUPYTER)
    fewer = {"DomainId": made, "SubnetIds": studio.subnets[:1]}
    refused(api.update_domain, "ResourceInUse", "App(s) are running", **fewer)
    settings = {"StudioWebPortal": "ENABLED"}
    api.update_domain(DomainId=made, DefaultUserSettings=settings)
    told = studio.status(api.describe_domain, "InService", DomainId=made)["DefaultUserSettings"]
    assert told == {"ExecutionRole": ROLE, "SecurityGroups": [studio.group], **settings}


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"SpaceSharingSettings": {"SharingType": "Shared"}}, "ValidationException", "give both"),
        (PRIVATE, "ResourceNotFound", "does not exist"),
        (
            {**PRIVATE, "SpaceSettings": {}},
            "ValidationException",
            "a private space needs one",
        ),
        (
            {
                "SpaceSettings": {
                    "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 101}}
                }
            },
            "ValidationException",
            "the domain allows 100",
        ),
    ],
)
def test_a_space_that_could_not_work_is_refused(
    studio: Studio, domain: str, changes: dict[str, Any], code: str, words: str
) -> None:
    where = {"DomainId": domain, "SpaceName": "wrong"}
    refused(studio.api.create_space, code, words, **where, **changes)


def test_an_app_belongs_where_its_type_says(studio: Studio, domain: str) -> None:
    api, where = studio.api, {"DomainId": domain, **JUPYTER}
    studio.profile(domain, "bea")
    refused(
        api.create_app, "ValidationException", "needs a SpaceName", UserProfileName="bea", **where
    )
    refused(api.create_app, "ValidationException", "exactly one of them", **where)
    editor = {**PRIVATE, "SpaceSettings": {"AppType": "CodeEditor"}}
    editor["OwnershipSettings"] = {"OwnerUserProfileName": "bea"}
    studio.space(domain, "editor", **editor)
    refused(
        api.create_app,
        "ValidationException",
        "for apps of type CodeEditor",
        **where,
        SpaceName="editor",
    )


def test_lists_are_paged_and_filtered(studio: Studio, domain: str) -> None:
    for number in range(12):
        studio.api.create_user_profile(DomainId=domain, UserProfileName=f"many-{number}")
    pages = studio.api.get_paginator("list_user_profiles").paginate(
        DomainIdEquals=domain, UserProfileNameContains="many"
    )
    found = [len(page["UserProfiles"]) for page in pages]
    assert found == [10, 2]


def test_a_lifecycle_config_is_held_by_the_settings_that_name_it(studio: Studio) -> None:
    api, name = studio.api, f"idle-{uuid.uuid4().hex[:8]}"
    given = {"StudioLifecycleConfigName": name, "StudioLifecycleConfigAppType": "JupyterLab"}
    refused(
        api.create_studio_lifecycle_config,
        "ValidationException",
        "base64",
        **given,
        StudioLifecycleConfigContent="#!/bin/sh",
    )
    arn = api.create_studio_lifecycle_config(**given, StudioLifecycleConfigContent="IyEvYmluL3No")[
        "StudioLifecycleConfigArn"
    ]
    settings = studio.request()["DefaultUserSettings"]
    settings["JupyterLabAppSettings"] = {"LifecycleConfigArns": [arn]}
    made = studio.ready(DefaultUserSettings=settings)
    delete = api.delete_studio_lifecycle_config
    refused(delete, "ResourceInUse", made, StudioLifecycleConfigName=name)
    settings["JupyterLabAppSettings"] = {"LifecycleConfigArns": [f"{arn}x"]}
    wrong = studio.request(DefaultUserSettings=settings)
    refused(api.create_domain, "ValidationException", "there is no Studio lifecycle", **wrong)
    api.delete_domain(DomainId=made)
    studio.gone(api.describe_domain, DomainId=made)
    delete(StudioLifecycleConfigName=name)


def test_a_domain_goes_on_coming_and_going_after_a_restart(s3_url: str, tmp_path: Path) -> None:
    first = Account(tmp_path, s3_url, speed=100)
    studio = Studio(first)
    made = studio.ready()
    studio.api.delete_domain(DomainId=made)
    coming = studio.domain()
    first.close()
    second = Account(tmp_path, s3_url, speed=600)
    second.service.resume()
    started = time.monotonic()
    studio.api = second.sagemaker
    studio.status(studio.api.describe_domain, "InService", DomainId=coming)
    studio.gone(studio.api.describe_domain, DomainId=made)
    assert time.monotonic() - started < 5
    second.close()
