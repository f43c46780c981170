"""The domain: private, encrypted, cheap when idle, and as the settings say."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.template.assembly import Assembly
from tests.template.conftest import FULL

WITH_DOMAIN = ("prod", FULL)


def domain(assembly: Assembly, environment: str) -> dict[str, Any]:
    return assembly.resource(environment, "AWS::SageMaker::Domain").properties


@pytest.mark.parametrize("environment", ["dev", "local"])
def test_there_is_no_domain_unless_the_settings_ask_for_one(
    assembly: Assembly, environment: str
) -> None:
    """Batch users need none."""
    assert "domain" not in assembly.stacks(environment)


@pytest.mark.parametrize("environment", WITH_DOMAIN)
def test_the_domain_is_in_the_vpc_and_under_our_key(assembly: Assembly, environment: str) -> None:
    """VpcOnly, in private subnets, home folders and volumes on the environment's key."""
    told = domain(assembly, environment)
    assert told["AppNetworkAccessType"] == "VpcOnly"
    assert "ExportsOutputFnGetAttKey" in json.dumps(told["KmsKeyId"])
    assert len(told["SubnetIds"]) == 2
    assert told["TagPropagation"] == "ENABLED"
    for settings in ("DefaultUserSettings", "DefaultSpaceSettings"):
        assert told[settings]["SecurityGroups"]


@pytest.mark.parametrize(("environment", "minutes"), [("prod", 60), (FULL, 120)])
def test_what_nobody_uses_is_stopped(assembly: Assembly, environment: str, minutes: int) -> None:
    """Every kind of app, in private and in shared spaces; users may choose less, and not more."""
    told = domain(assembly, environment)
    user, space = told["DefaultUserSettings"], told["DefaultSpaceSettings"]
    apps = [user["JupyterLabAppSettings"], user["CodeEditorAppSettings"]]
    for app in (*apps, space["JupyterLabAppSettings"]):
        assert app["AppLifecycleManagement"]["IdleSettings"] == {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": minutes,
        }


def test_canvas_and_docker_are_off_unless_asked_for(assembly: Assembly) -> None:
    """Off in prod; on where the settings say so, and then images come from this account only."""
    hidden = {
        environment: domain(assembly, environment)["DefaultUserSettings"][
            "StudioWebPortalSettings"
        ]["HiddenAppTypes"]
        for environment in WITH_DOMAIN
    }
    assert "Canvas" in hidden["prod"]
    assert "Canvas" not in hidden[FULL]
    docker = {e: domain(assembly, e)["DomainSettings"]["DockerSettings"] for e in WITH_DOMAIN}
    assert docker["prod"] == {"EnableDockerAccess": "DISABLED"}
    assert docker[FULL] == {
        "EnableDockerAccess": "ENABLED",
        "VpcOnlyTrustedAccounts": ["210987654321"],
    }


@pytest.mark.parametrize("environment", WITH_DOMAIN)
def test_cloudtrail_names_the_profile_that_a_call_was_made_under(
    assembly: Assembly, environment: str
) -> None:
    """Sessions carry the profile's name, and every role of the domain lets them."""
    settings = domain(assembly, environment)["DomainSettings"]
    assert settings["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    roles = [r for r in assembly.resources(environment, "AWS::IAM::Role") if r.stack == "domain"]
    assert roles
    for role in roles:
        [trust] = role.properties["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
        assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}


@pytest.mark.parametrize("environment", WITH_DOMAIN)
def test_a_profile_works_under_its_projects_role_in_a_group_of_its_own(
    assembly: Assembly, environment: str
) -> None:
    """And is there only once the role may do what it should."""
    groups = set()
    for profile in assembly.resources(environment, "AWS::SageMaker::UserProfile"):
        tags = {tag["Key"]: tag["Value"] for tag in profile.properties["Tags"]}
        settings = profile.properties["UserSettings"]
        assert f"Project{tags['project_id']}Role" in json.dumps(settings["ExecutionRole"])
        groups.add(json.dumps(settings["SecurityGroups"][-1]))
        assert f"Project{tags['project_id']}Policy" in json.dumps(profile.body["DependsOn"])
    assert len(groups) == 2


@pytest.mark.parametrize("environment", WITH_DOMAIN)
def test_a_profile_without_a_project_may_nothing(assembly: Assembly, environment: str) -> None:
    """The domain's default role has no policy at all."""
    default = domain(assembly, environment)["DefaultUserSettings"]["ExecutionRole"]
    assert "NoProjectRole" in json.dumps(default)
    policies = [r.body for r in assembly.resources(environment, "AWS::IAM::ManagedPolicy")]
    assert "NoProject" not in json.dumps(policies)
    role = assembly.resource(environment, "AWS::IAM::Role", "NoProject").properties
    assert not {"Policies", "ManagedPolicyArns"} & role.keys()


def test_shared_spaces_run_under_their_projects_role_or_under_none(assembly: Assembly) -> None:
    """prod has a shared space, of the only project there; full has none."""
    roles = {e: domain(assembly, e)["DefaultSpaceSettings"]["ExecutionRole"] for e in WITH_DOMAIN}
    assert "ProjectdigitsRole" in json.dumps(roles["prod"])
    assert "NoProjectRole" in json.dumps(roles[FULL])


def test_spaces_are_as_the_settings_say(assembly: Assembly) -> None:
    """Owner, sharing, app and size; made after their owner's profile."""
    spaces = {
        space.properties["SpaceName"]: space
        for environment in WITH_DOMAIN
        for space in assembly.resources(environment, "AWS::SageMaker::Space")
    }
    told = {
        name: (
            space.properties["OwnershipSettings"]["OwnerUserProfileName"],
            space.properties["SpaceSharingSettings"]["SharingType"],
            space.properties["SpaceSettings"]["AppType"],
            space.properties["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"],
        )
        for name, space in spaces.items()
    }
    assert told == {
        "ana-lab": ("ana", "Private", "JupyterLab", {"EbsVolumeSizeInGb": 50}),
        "caio-code": ("caio", "Private", "CodeEditor", {"EbsVolumeSizeInGb": 5}),
        "digits-together": ("ana", "Shared", "JupyterLab", {"EbsVolumeSizeInGb": 5}),
    }
    assert all("User" in json.dumps(space.body["DependsOn"]) for space in spaces.values())


@pytest.mark.parametrize("environment", WITH_DOMAIN)
def test_what_people_made_outlives_the_stack(assembly: Assembly, environment: str) -> None:
    """Domain and spaces hold home folders and volumes; `autolote teardown` alone takes them."""
    for kind in ("AWS::SageMaker::Domain", "AWS::SageMaker::Space"):
        for resource in assembly.resources(environment, kind):
            assert resource.body["DeletionPolicy"] == "RetainExceptOnCreate"
            assert resource.body["UpdateReplacePolicy"] == "Retain"
    kept = {e: assembly.template(e, "domain")["Outputs"]["HomeEfsRetention"] for e in WITH_DOMAIN}
    assert (kept["prod"]["Value"], kept[FULL]["Value"]) == ("Retain", "Delete")


def test_identity_center_names_its_users(assembly: Assembly) -> None:
    """With auth_mode SSO each profile says whose it is; with IAM none may."""
    assert domain(assembly, FULL)["AuthMode"] == "SSO"
    for profile in assembly.resources(FULL, "AWS::SageMaker::UserProfile"):
        assert profile.properties["SingleSignOnUserIdentifier"] == "UserName"
        assert "@example.com" in profile.properties["SingleSignOnUserValue"]
    for profile in assembly.resources("prod", "AWS::SageMaker::UserProfile"):
        assert "SingleSignOnUserValue" not in profile.properties


def test_the_script_runs_when_an_app_starts_and_another_script_is_another_resource(
    assembly: Assembly,
) -> None:
    """It cannot be changed in place, so its name says what is in it."""
    scripts = assembly.resources(FULL, "AWS::SageMaker::StudioLifecycleConfig")
    assert {s.properties["StudioLifecycleConfigAppType"] for s in scripts} == {
        "JupyterLab",
        "CodeEditor",
    }
    for script in scripts:
        content = base64.b64decode(script.properties["StudioLifecycleConfigContent"])
        assert content == b"#!/bin/bash\nset -eu\n"
        name = script.properties["StudioLifecycleConfigName"]
        assert re.fullmatch(r"autolote-full-(jupyterlab|codeeditor)-[0-9a-f]{12}", name)
    user = domain(assembly, FULL)["DefaultUserSettings"]
    for app in ("JupyterLab", "CodeEditor"):
        [arn] = user[f"{app}AppSettings"]["LifecycleConfigArns"]
        assert user[f"{app}AppSettings"]["DefaultResourceSpec"] == {"LifecycleConfigArn": arn}
    assert not assembly.resources("prod", "AWS::SageMaker::StudioLifecycleConfig")
