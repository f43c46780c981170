"""CodeBuild's API: projects are kept whole, and builds are what they turn out to be.

moto keeps some of a project's members, knows no UpdateProject, and says of every build that it
succeeded. AWS: https://docs.aws.amazon.com/codebuild/latest/APIReference/Welcome.html
"""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.models import codebuild_backends
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from autolote.local.aws.account import Account, RoleNotAssumedError
from autolote.local.aws.acting import CODEBUILD, Service, Session
from autolote.local.aws.patches import original, put, replace

TAKEN = {"projectName", "idempotencyToken"}  # by StartBuild; overrides are refused, not skipped


def install(account: Account, start: Callable[[str], None]) -> None:
    """Put our operations in the place of moto's.

    Args:
        start: begins the build of an id; returns at once.
    """
    create = original(CodeBuildResponse, "create_project", signature="self")

    def create_project(self: Any) -> ActionResult:
        _check_trust(account, json.loads(self.body))
        create(self)
        return _keep(self, json.loads(self.body))

    def update_project(self: Any) -> ActionResult:
        _check_trust(account, json.loads(self.body))
        return _keep(self, json.loads(self.body))

    def start_build(self: Any) -> ActionResult:
        given = json.loads(self.body)
        if unknown := sorted(given.keys() - TAKEN):
            raise InvalidInputException(
                f"the local account's StartBuild takes {sorted(TAKEN)}, and not {unknown}"
            )
        project = _project(self, given["projectName"])
        history = self.codebuild_backend.build_metadata_history[given["projectName"]]
        token = given.get("idempotencyToken")
        for build in history:
            if token is not None and build["token"] == token:
                return ActionResult({"build": _shown(build)})
        made = _new(account, project, token=token)
        history.append(made)
        self.codebuild_backend.build_history[given["projectName"]].append(made["id"])
        start(made["id"])
        return ActionResult({"build": _shown(made)})

    def batch_get_builds(self: Any) -> ActionResult:
        wanted = json.loads(self.body)["ids"]
        found = [build for one in wanted if (build := find(account, one))]
        missing = [one for one in wanted if find(account, one) is None]
        return ActionResult({"builds": [_shown(one) for one in found], "buildsNotFound": missing})

    put(CodeBuildResponse, "create_project", create_project)
    put(CodeBuildResponse, "update_project", update_project)
    replace(CodeBuildResponse, "start_build", start_build, signature="self")
    replace(CodeBuildResponse, "batch_get_builds", batch_get_builds, signature="self")


def acting(account: Account, role_arn: str, *, project: str, build: str) -> Session:
    """CodeBuild under the role of a project, for one build.

    https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    where = f"{account.region}:{account.account_id}"
    by = Service(name=CODEBUILD, source_arn=f"arn:aws:codebuild:{where}:project/{project}")
    return Session(role_arn=role_arn, name=f"AWSCodeBuild-{build}", by=by)


def _check_trust(account: Account, given: Mapping[str, Any]) -> None:
    role = given.get("serviceRole")
    if role is None:
        return
    try:
        account.check_trust(acting(account, role, project=given["name"], build="check"))
    except RoleNotAssumedError as error:
        raise InvalidInputException(
            f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}"
        ) from error


def find(account: Account, build_id: str) -> dict[str, Any] | None:
    """The record of a build, which the account keeps; to be changed as it goes on."""
    backend = codebuild_backends[account.account_id][account.region]
    for history in backend.build_metadata_history.values():
        for build in history:
            if build["id"] == build_id:
                return build
    return None


def project_of(account: Account, build: Mapping[str, Any]) -> Mapping[str, Any]:
    """The project that a build was started from, as it was then."""
    kept: Mapping[str, Any] = build["project"]
    return kept


def _project(response: Any, name: str) -> dict[str, Any]:
    projects = response.codebuild_backend.codebuild_projects
    if name not in projects:
        raise ResourceNotFoundException(f"Project cannot be found: {name}")
    found: dict[str, Any] = projects[name].project_metadata
    return found


def _keep(response: Any, given: Mapping[str, Any]) -> ActionResult:
    found = _project(response, given["name"])
    found |= {**given, "lastModified": datetime.now(UTC)}
    return ActionResult({"project": found})


def _new(account: Account, project: Mapping[str, Any], *, token: str | None) -> dict[str, Any]:
    name = project["name"]
    stream = str(uuid.uuid4())
    where = f"{account.region}:{account.account_id}"
    group = project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName")
    return {
        "id": f"{name}:{stream}",
        "arn": f"arn:aws:codebuild:{where}:build/{name}:{stream}",
        "projectName": name,
        "buildStatus": "IN_PROGRESS",
        "buildComplete": False,
        "currentPhase": "SUBMITTED",
        "startTime": datetime.now(UTC),
        "phases": [],
        "source": project["source"],
        "environment": project["environment"],
        "serviceRole": project["serviceRole"],
        "timeoutInMinutes": project.get("timeoutInMinutes", 60),
        "logs": {"groupName": group or f"/aws/codebuild/{name}", "streamName": stream},
        "token": token,
        "project": dict(project),
    }


def _shown(build: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in build.items() if name not in ("token", "project")}
