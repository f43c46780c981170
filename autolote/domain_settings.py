"""The SageMaker domain: who works in it, in which spaces, and what may be switched on."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import botocore.session

from autolote.checks import Checked, Rule, checked, each, number, optional, text

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateStudioLifecycleConfig.html:
# at most 16,384 characters, in base64.
SCRIPT_BYTES = 16_384 // 4 * 3
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IdleSettings.html
SHORTEST_IDLE_MINUTES, LONGEST_IDLE_MINUTES = 60, 525_600

_FLAG = Rule(lambda v: isinstance(v, bool), "true or false")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateUserProfile.html
_NAME = text(
    r"(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*", "1-63 letters, digits and -, no - at either end"
)
_PROJECT = text(r"(?=.{1,32}$)[a-z0-9](-?[a-z0-9])*", "a project id: a-z, 0-9, single -")


@functools.cache
def app_types() -> tuple[str, ...]:
    """Every instance type of an app, from the service model that comes with boto3."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    return tuple(model.shape_for("AppInstanceType").enum)


_APP_TYPE = Rule(lambda v: v in app_types(), "an instance type of Studio, as ml.t3.medium")


def _one_of(*values: str) -> Rule:
    return Rule(lambda v: v in values, " or ".join(f'"{value}"' for value in values))


@dataclass(frozen=True, kw_only=True)
class User(Checked):
    """Somebody who works in the domain.

    Attributes:
        name: of the user profile, and what CloudTrail calls whoever works under it.
        project: whose prefix of the data bucket the user reaches, and no other.
        sso_user: the user's name in IAM Identity Center, when auth_mode is "SSO".
    """

    name: str = checked(_NAME)
    project: str = checked(_PROJECT)
    sso_user: str | None = checked(
        optional(text(r"\S{1,256}", "a user name of IAM Identity Center")), default=None
    )


@dataclass(frozen=True, kw_only=True)
class Space(Checked):
    """A machine and a volume that notebooks run on.

    Attributes:
        owner: a user of the project; nobody else can open a private space.
        ebs_gb: size of its volume, in GB.
    """

    name: str = checked(_NAME)
    project: str = checked(_PROJECT)
    sharing: Literal["private", "shared"] = checked(_one_of("private", "shared"), default="private")
    owner: str = checked(_NAME)
    app: Literal["JupyterLab", "CodeEditor"] = checked(
        _one_of("JupyterLab", "CodeEditor"), default="JupyterLab"
    )
    ebs_gb: int = checked(number(5, 16_384), default=5)


@dataclass(frozen=True, kw_only=True)
class Domain(Checked):
    """The domain.

    Attributes:
        network: "VpcOnly": what runs in the domain reaches what the VPC reaches, and nothing else.
            "PublicInternetOnly": through a VPC of AWS's that has the internet.
        idle_minutes: after which an app is stopped; users may choose less, and not more.
        max_space_gb: the largest volume that users may give a space of their own.
        instance_types: what users may start their apps on.
        canvas: offer SageMaker Canvas.
        docker: let notebooks build and run containers.
        keep_home_efs: `autolote teardown` leaves the file system with the home folders.
        lifecycle_script: what runs when an app starts; the settings file names its path.
    """

    enabled: bool = checked(_FLAG, default=False)
    auth_mode: Literal["IAM", "SSO"] = checked(_one_of("IAM", "SSO"), default="IAM")
    network: Literal["VpcOnly", "PublicInternetOnly"] = checked(
        _one_of("VpcOnly", "PublicInternetOnly"), default="VpcOnly"
    )
    idle_minutes: int = checked(
        number(SHORTEST_IDLE_MINUTES, LONGEST_IDLE_MINUTES), default=SHORTEST_IDLE_MINUTES
    )
    max_space_gb: int = checked(number(5, 16_384), default=100)
    instance_types: tuple[str, ...] = checked(
        each(_APP_TYPE), default=("ml.t3.medium", "ml.t3.large", "ml.m5.large", "ml.m5.xlarge")
    )
    canvas: bool = checked(_FLAG, default=False)
    docker: bool = checked(_FLAG, default=False)
    keep_home_efs: bool = checked(_FLAG, default=True)
    lifecycle_script: str | None = checked(
        optional(
            Rule(
                lambda v: isinstance(v, str) and "\n" in v and len(v.encode()) <= SCRIPT_BYTES,
                f"the path of a script of at most {SCRIPT_BYTES:,} bytes",
            )
        ),
        default=None,
    )
    users: tuple[User, ...] = ()
    spaces: tuple[Space, ...] = ()

    @property
    def projects(self) -> list[str]:
        """The projects that somebody in the domain works for, sorted."""
        return sorted({user.project for user in self.users})

    @property
    def shared_project(self) -> str | None:
        """The project of the shared spaces, which all run under one role."""
        return next((space.project for space in self.spaces if space.sharing == "shared"), None)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        problems = [
            *_only_once("users", (user.name for user in self.users)),
            *_only_once("spaces", (space.name for space in self.spaces)),
        ]
        if "auth_mode" not in wrong:
            for n, user in enumerate(self.users):
                problems += [f"users[{n}].{text}" for text in self._wrong_with(user)]
        for n, space in enumerate(self.spaces):
            told = self._wrong_owner(space)
            told += self._wrong_shared(space) if space.sharing == "shared" else []
            if "max_space_gb" not in wrong and space.ebs_gb > self.max_space_gb:
                told.append(
                    f"ebs_gb = {space.ebs_gb}; allowed: at most max_space_gb = {self.max_space_gb}"
                )
            problems += [f"spaces[{n}].{text}" for text in told]
        return problems

    def _wrong_with(self, user: User) -> list[str]:
        if (user.sso_user is not None) is (self.auth_mode == "SSO"):
            return []
        words = "given" if self.auth_mode == "SSO" else "left out"
        return [
            f'sso_user = {user.sso_user!r}; allowed: {words} when auth_mode is "{self.auth_mode}"'
        ]

    def _wrong_owner(self, space: Space) -> list[str]:
        projects = {user.name: user.project for user in self.users}
        if space.owner not in projects:
            return [f"owner = {space.owner!r}; allowed: one of the users {sorted(projects)}"]
        if projects[space.owner] != space.project:
            return [
                f"project = {space.project!r}; allowed: {projects[space.owner]!r}, the project of "
                f"its owner {space.owner}"
            ]
        return []

    def _wrong_shared(self, space: Space) -> list[str]:
        """Every user of a domain can open every shared space, and all of these run under one role:
        https://docs.aws.amazon.com/sagemaker/latest/dg/execution-roles-and-spaces.html"""
        told = []
        if self.projects and self.projects != [space.project]:
            told.append(
                f'sharing = "shared"; allowed: "private", because users of {self.projects} could '
                f"open it and would reach the data of {space.project!r}"
            )
        if space.app != "JupyterLab":
            told.append(
                f'app = {space.app!r}; allowed: "JupyterLab" when sharing is "shared": AWS stops '
                "no other app in a shared space when it is idle"
            )
        return told


def _only_once(field: str, names: Iterable[str]) -> list[str]:
    return [
        f"{field}.name = {name!r}; allowed: a name only once"
        for name, times in sorted(Counter(names).items())
        if times > 1
    ]
