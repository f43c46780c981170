"""What a domain and everything in it have in common: records, statuses that take time, use.

A status that is on its way has the moment at which the next one begins; whoever reads a record
later than that finds the next one. Nothing has to run in between, and nothing is lost when the
account goes down.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from .context import Context
from .errors import ResourceInUseError, ResourceNotFoundError, ValidationError
from .operations import resource_kind
from .store import Store

DOMAIN = resource_kind("domain")
PROFILE = resource_kind("user-profile")
SPACE = resource_kind("space")
APP = resource_kind("app")
LIFECYCLE_CONFIG = resource_kind("studio-lifecycle-config")

Record = dict[str, Any]
_CALLED = {PROFILE: "UserProfile", SPACE: "Space", APP: "App", DOMAIN: "Domain"}
# What holds a domain's settings fast: UpdateDomain, DeleteUserProfile.
RUNNING = ("Pending", "InService", "Deleting")


def enter(context: Context, record: Record, status: str, *, then: str | None, after: float) -> None:
    """Give a record a status and the next one; a record whose next is None goes away.

    Args:
        after: account seconds.
    """
    now = time.time()
    record["description"]["Status"] = status
    if "LastModifiedTime" in record["description"]:
        record["description"]["LastModifiedTime"] = round(now, 3)
    record["next"] = {"status": then, "at": now + after / context.speed}


def records(context: Context, kind: str, *, domain: str | None = None) -> list[Record]:
    """The records of a kind as they are now, of one domain or of all."""
    store = context.store(kind)
    found = (_as_it_is(store, name) for name in store.names())
    return [
        record
        for record in found
        if record is not None and domain in (None, record["description"].get("DomainId"))
    ]


def existing(context: Context, kind: str, name: str) -> Record:
    """The record of a name as it is now.

    Raises:
        ResourceNotFoundError: there is none.
    """
    record = _as_it_is(context.store(kind), name)
    if record is None:
        raise ResourceNotFoundError(f"{_CALLED.get(kind, kind)} [{name}] does not exist.")
    return record


def in_service(context: Context, kind: str, name: str) -> Record:
    """As `existing`, of something that can be used.

    Raises:
        ValidationError: it has another status.
    """
    record = existing(context, kind, name)
    status = record["description"]["Status"]
    if status != "InService":
        raise ValidationError(
            f"{_CALLED[kind]} [{name}] is in status {status}; it has to be InService."
        )
    return record


@contextlib.contextmanager
def changing(context: Context, kind: str, name: str, *, verb: str) -> Iterator[Record]:
    """Change a record that is not on its way anywhere.

    Raises:
        ResourceNotFoundError: there is none.
        ResourceInUseError: it is being created, updated or deleted.
    """
    existing(context, kind, name)
    with context.store(kind).change(name) as record:
        status = record["description"]["Status"]
        if status in ("Pending", "Updating", "Deleting"):
            raise ResourceInUseError(
                f"Unable to {verb} {_CALLED[kind]} [{name}] because it is in status {status}."
            )
        yield record


def refuse_while_used(context: Context, kind: str, name: str, users: dict[str, list[str]]) -> None:
    """Refuse to delete what others still need; `users` gives their names by kind.

    Raises:
        ResourceInUseError: there are some.
    """
    for user, names in users.items():
        if names:
            raise ResourceInUseError(
                f"Unable to delete {_CALLED.get(kind, kind)} [{context.arn(kind, name)}] because "
                f"{_CALLED.get(user, user)}(s) are associated with it: {', '.join(sorted(names))}."
            )


def apps_of(context: Context, domain: str, **owner: str) -> list[str]:
    """The apps of a domain that are not gone, of one profile or space if that is given."""
    return [
        f"{app['AppType']}/{app['AppName']} of {app.get('SpaceName') or app['UserProfileName']}"
        for record in records(context, APP, domain=domain)
        if (app := record["description"])["Status"] in RUNNING
        and all(app.get(member) == value for member, value in owner.items())
    ]


def _as_it_is(store: Store, name: str) -> Record | None:
    record = store.read(name)
    if record is None or time.time() < record.get("next", {}).get("at", float("inf")):
        return record
    if record["next"]["status"] is None:
        with contextlib.suppress(KeyError):  # another request was faster
            store.delete(name)
        return None
    with store.change(name) as current:
        if current.get("next") == record["next"]:
            current["description"]["Status"] = current.pop("next")["status"]
            current.update(current.pop("afterwards", {}))
    return store.read(name)
