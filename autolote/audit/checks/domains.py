"""The SageMaker domain: private, encrypted, cheap when idle, and each project within its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from autolote.audit import arns, policies, shapes
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource

DOMAINS = Subject("SageMaker domain")
_DG = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_DAY_MINUTES = 24 * 60
_IDLING_APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings")
_PROJECT_TAGS = ("project_id", "autolote:project", "ml_project", "project")


def _domains(environment: Environment) -> list[Resource]:
    return environment.of_type("AWS::SageMaker::Domain")


@DOMAINS.check(
    "domain-public",
    title="What runs in a domain reaches what its VPC reaches, and nothing else",
    remedy="Set AppNetworkAccessType to VpcOnly; it cannot be changed later",
    aws=_DG + "studio-updated-and-internet-access.html",
)
def public(environment: Environment) -> Iterator[Hit]:
    for domain in _domains(environment):
        if domain.get("AppNetworkAccessType") != "VpcOnly":
            found = domain.get("AppNetworkAccessType") or "not set"
            yield Hit(at=domain, message=f"reaches the internet (AppNetworkAccessType is {found})")


@DOMAINS.check(
    "domain-idle",
    title="What nobody uses in a domain is stopped within a day",
    remedy="Set AppLifecycleManagement.IdleSettings: LifecycleManagement ENABLED, and "
    "IdleTimeoutInMinutes and MaxIdleTimeoutInMinutes of 1440 at most",
    aws=_DG + "studio-updated-idle-shutdown.html",
)
def idle(environment: Environment) -> Iterator[Hit]:
    for domain in _domains(environment):
        for app in _IDLING_APPS:
            path = f"DefaultUserSettings.{app}.AppLifecycleManagement.IdleSettings"
            fault = _never_idle(shapes.mapping(domain.get(path)))
            if fault:
                yield Hit(at=domain, detail=app, message=f"{app}: {fault}")


@DOMAINS.check(
    "domain-docker",
    title="Notebooks run no containers of their own",
    remedy="Set DomainSettings.DockerSettings.EnableDockerAccess to DISABLED",
    aws=_DG + "studio-updated-local.html",
)
def docker(environment: Environment) -> Iterator[Hit]:
    for domain in _domains(environment):
        if domain.get("DomainSettings.DockerSettings.EnableDockerAccess") == "ENABLED":
            yield Hit(at=domain, message="lets notebooks build and run containers")


@DOMAINS.check(
    "domain-canvas",
    title="Canvas, which is billed while somebody is logged in, is off",
    remedy="Hide Canvas in StudioWebPortalSettings.HiddenAppTypes, and leave CanvasAppSettings out",
    aws=_DG + "canvas-manage-apps.html",
    severity="warning",
)
def canvas(environment: Environment) -> Iterator[Hit]:
    for domain in _domains(environment):
        hidden = domain.get("DefaultUserSettings.StudioWebPortalSettings.HiddenAppTypes")
        used = domain.get("DefaultUserSettings.CanvasAppSettings")
        if used or "Canvas" not in shapes.items(hidden):
            yield Hit(at=domain, message="offers Canvas")


@DOMAINS.check(
    "domain-tags",
    title="What a domain starts carries its tags, so that its cost can be told apart",
    remedy="Set TagPropagation to ENABLED",
    aws=_API + "API_CreateDomain.html",
    severity="warning",
)
def tags(environment: Environment) -> Iterator[Hit]:
    for domain in _domains(environment):
        if domain.get("TagPropagation") != "ENABLED":
            yield Hit(at=domain, message="passes its tags on to nothing")


@DOMAINS.check(
    "profile-role",
    title="Every user profile has its project's role, and not the domain's default",
    remedy="Set UserSettings.ExecutionRole to the role of the profile's project",
    aws=_DG + "execution-roles-and-spaces.html",
)
def profile_role(environment: Environment) -> Iterator[Hit]:
    shared: dict[str, set[str]] = defaultdict(set)
    defaults = {d.text("DefaultUserSettings.ExecutionRole") for d in _domains(environment)}
    for profile in environment.of_type("AWS::SageMaker::UserProfile"):
        role = profile.text("UserSettings.ExecutionRole")
        shared[role].add(project_of(profile))
        if not role or role in defaults:
            yield Hit(at=profile, message="works under the domain's default role")
        elif len(shared[role]) > 1:
            yield Hit(
                at=profile,
                detail="shared",
                message=f"shares its role with projects {', '.join(sorted(shared[role]))}",
            )


@DOMAINS.check(
    "profile-reach",
    title="A project's users reach what lies below their own project's prefix, and nothing else",
    remedy="Begin the keys in the role's policy with the project's id",
    aws=_DG + "security_iam_id-based-policy-examples.html",
)
def profile_reach(environment: Environment) -> Iterator[Hit]:
    seen: set[tuple[str, str]] = set()
    for profile in environment.of_type("AWS::SageMaker::UserProfile"):
        project = project_of(profile)
        for role in profile.refers_to("UserSettings.ExecutionRole", "AWS::IAM::Role"):
            for key in _keys_reached(role):
                inside = key.startswith(f"{project}/")
                if project and not inside and (role.name, key) not in seen:
                    seen.add((role.name, key))
                    yield Hit(
                        at=role, detail=key, message=f"of project {project} reaches objects {key}"
                    )


def project_of(profile: Resource) -> str:
    """The project that a user profile is tagged with; "" for none."""
    for name in _PROJECT_TAGS:
        for tag in profile.objects("Tags"):
            if tag.get("Key") == name:
                return str(tag.get("Value"))
    return ""


def _keys_reached(role: Resource) -> Iterator[str]:
    """The keys of objects that a role may read or write in buckets of ours."""
    for statement in policies.of_role(role):
        objects = any(re.match(r"s3:(Get|Put|Delete)Object", one) for one in statement.actions)
        for resource in statement.resources if statement.allows and objects else ():
            owned = arns.owner(role.environment, resource)
            if owned and owned[0].type == "AWS::S3::Bucket":
                yield owned[1].removeprefix("/")


def _never_idle(settings: Mapping[str, Any]) -> str:
    if settings.get("LifecycleManagement") != "ENABLED":
        return "nothing is stopped when it is idle"
    for name in ("IdleTimeoutInMinutes", "MaxIdleTimeoutInMinutes"):
        minutes = shapes.number(settings.get(name))
        if name == "IdleTimeoutInMinutes" and minutes is None:
            return f"{name} is not set"
        if minutes is not None and minutes > _DAY_MINUTES:
            return f"{name} is {minutes:g}, more than a day"
    return ""
