"""A domain and what is in it: apps, then spaces, then profiles, then the domain itself.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
"""

from collections.abc import Mapping
from typing import Any

from autolote.teardown.cloud import Cloud, found
from autolote.teardown.model import NotDoneError, Task, Tell, Thing

_ENDED = ("Deleted", "Failed")  # apps; a failed one needs no deletion


def tasks(cloud: Cloud, domain_id: str, *, keep_home: bool) -> list[Task]:
    """What it takes to delete a domain; nothing if there is none."""
    api = cloud.client("sagemaker")
    domain = found(lambda: api.describe_domain(DomainId=domain_id))
    if domain is None:
        return []
    inside = [
        *_apps(cloud, domain_id, domain),
        *_spaces(cloud, domain_id, domain),
        *_profiles(cloud, domain_id, domain),
    ]
    policy = "Retain" if keep_home else "Delete"
    home = "kept" if keep_home else "deleted with it"
    return [
        *inside,
        Task(
            thing=Thing(kind="domain", name=domain_id, arn=domain["DomainArn"]),
            verb="delete",
            why=f"its home file system is {home}",
            needs=frozenset(task.thing.arn for task in inside),
            carry_out=lambda tell: _delete_domain(cloud, domain_id, policy, tell),
            command=f"aws sagemaker delete-domain --domain-id {domain_id} "
            f"--retention-policy HomeEfsFileSystem={policy}",
        ),
    ]


def _arn(domain: Mapping[str, Any], kind: str, *names: str) -> str:
    """An ARN of something in a domain, from the domain's own."""
    base = str(domain["DomainArn"]).split(":domain/")[0]
    return f"{base}:{kind}/{'/'.join((domain['DomainId'], *names))}"


def _running_apps(cloud: Cloud, domain_id: str) -> list[dict[str, Any]]:
    apps = cloud.pages("sagemaker", "list_apps", "Apps", DomainIdEquals=domain_id)
    return [app for app in apps if app["Status"] not in _ENDED]


def _key(app: Mapping[str, Any]) -> dict[str, Any]:
    names = ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName")
    return {name: app[name] for name in names if name in app}


def _apps(cloud: Cloud, domain_id: str, domain: Mapping[str, Any]) -> list[Task]:
    made = []
    for app in _running_apps(cloud, domain_id):
        owner = app.get("SpaceName") or app["UserProfileName"]
        option = "space-name" if "SpaceName" in app else "user-profile-name"
        arn = _arn(domain, "app", owner, app["AppType"].lower(), app["AppName"])
        made.append(
            Task(
                thing=Thing(kind="app", name=f"{owner}/{app['AppType']}/{app['AppName']}", arn=arn),
                verb="delete",
                why=f"{app['Status']}; unsaved work in it is lost",
                carry_out=_deletion(cloud, "app", _key(app)),
                command=f"aws sagemaker delete-app --domain-id {domain_id} --{option} {owner} "
                f"--app-type {app['AppType']} --app-name {app['AppName']}",
            )
        )
    return made


def _spaces(cloud: Cloud, domain_id: str, domain: Mapping[str, Any]) -> list[Task]:
    apps = _running_apps(cloud, domain_id)
    made = []
    for space in cloud.pages("sagemaker", "list_spaces", "Spaces", DomainIdEquals=domain_id):
        name = space["SpaceName"]
        made.append(
            Task(
                thing=Thing(kind="space", name=name, arn=_arn(domain, "space", name)),
                verb="delete",
                why="its volume is deleted with it",
                needs=frozenset(
                    _arn(domain, "app", name, app["AppType"].lower(), app["AppName"])
                    for app in apps
                    if app.get("SpaceName") == name
                ),
                carry_out=_deletion(cloud, "space", {"DomainId": domain_id, "SpaceName": name}),
                command=f"aws sagemaker delete-space --domain-id {domain_id} --space-name {name}",
            )
        )
    return made


def _profiles(cloud: Cloud, domain_id: str, domain: Mapping[str, Any]) -> list[Task]:
    spaces = list(cloud.pages("sagemaker", "list_spaces", "Spaces", DomainIdEquals=domain_id))
    apps = _running_apps(cloud, domain_id)
    made = []
    for profile in cloud.pages(
        "sagemaker", "list_user_profiles", "UserProfiles", DomainIdEquals=domain_id
    ):
        name = profile["UserProfileName"]
        owned = {
            _arn(domain, "space", space["SpaceName"])
            for space in spaces
            if space.get("OwnershipSettingsSummary", {}).get("OwnerUserProfileName") == name
        }
        running = {
            _arn(domain, "app", name, app["AppType"].lower(), app["AppName"])
            for app in apps
            if app.get("UserProfileName") == name and "SpaceName" not in app
        }
        where = {"DomainId": domain_id, "UserProfileName": name}
        made.append(
            Task(
                thing=Thing(kind="user profile", name=name, arn=_arn(domain, "user-profile", name)),
                verb="delete",
                why="",
                needs=frozenset(owned | running),
                carry_out=_deletion(cloud, "user_profile", where),
                command=f"aws sagemaker delete-user-profile --domain-id {domain_id} "
                f"--user-profile-name {name}",
            )
        )
    return made


def _deletion(cloud: Cloud, kind: str, where: Mapping[str, Any]) -> Any:
    return lambda tell: _delete(cloud, kind, where, tell)


def _delete(cloud: Cloud, kind: str, where: Mapping[str, Any], tell: Tell) -> None:
    """Delete something in a domain and wait until it is gone.

    Raises:
        NotDoneError: SageMaker tried and failed.
    """
    api = cloud.client("sagemaker")

    def is_gone() -> bool:
        told = found(lambda: getattr(api, f"describe_{kind}")(**where))
        if told is not None and told["Status"] == "Delete_Failed":
            raise NotDoneError(told.get("FailureReason", "Delete_Failed"))
        return told is None or told["Status"] in _ENDED

    if is_gone():
        return
    name = where[list(where)[-1]]
    cloud.insist(lambda: getattr(api, f"delete_{kind}")(**where) and None, tell=tell)
    cloud.until(is_gone, what=f"{kind.replace('_', ' ')} {name} is going", tell=tell)


def _delete_domain(cloud: Cloud, domain_id: str, policy: str, tell: Tell) -> None:
    api = cloud.client("sagemaker")
    keep = {"RetentionPolicy": {"HomeEfsFileSystem": policy}}
    cloud.insist(
        lambda: api.delete_domain(DomainId=domain_id, **keep) and None,
        tell=tell,
        unblock=lambda: _empty(cloud, domain_id, tell),
    )

    def is_gone() -> bool:
        told = found(lambda: api.describe_domain(DomainId=domain_id))
        if told is not None and told["Status"] == "Delete_Failed":
            raise NotDoneError(told.get("FailureReason", "Delete_Failed"))
        return told is None

    cloud.until(is_gone, what=f"domain {domain_id} is going", tell=tell)


def _empty(cloud: Cloud, domain_id: str, tell: Tell) -> None:
    """Delete what has come into a domain since the plan was made: somebody opened an app."""
    where = {"DomainId": domain_id}
    for app in _running_apps(cloud, domain_id):
        _delete(cloud, "app", _key(app), tell)
    for space in cloud.pages("sagemaker", "list_spaces", "Spaces", DomainIdEquals=domain_id):
        _delete(cloud, "space", {**where, "SpaceName": space["SpaceName"]}, tell)
    for profile in cloud.pages(
        "sagemaker", "list_user_profiles", "UserProfiles", DomainIdEquals=domain_id
    ):
        _delete(
            cloud, "user_profile", {**where, "UserProfileName": profile["UserProfileName"]}, tell
        )
