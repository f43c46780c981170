"""What a change does to data: places of it that are replaced or gone, or kept less surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from autolote.audit.difference.changes import Change, masked, ordered
from autolote.audit.facts.retention import deletion_policy, keeps_data, kept
from autolote.audit.facts.words import noun
from autolote.audit.model import Environment, Resource

_SAFE = ("Retain", "RetainExceptOnCreate", "Snapshot")


def data(before: Environment, after: Environment) -> tuple[Change, ...]:
    """What becomes of every place that keeps data."""
    new = {(one.stack, one.logical_id): one for one in after.resources}
    old = {(one.stack, one.logical_id): one for one in before.resources}
    changes = [
        *_gone_or_replaced(old, new),
        *_periods(before, after),
        *(
            Change(weight="other", who=one.where, says=f"is a new {noun(one.type)}")
            for key, one in new.items()
            if key not in old and keeps_data(one)
        ),
    ]
    return ordered(changes)


def replaced(before: Resource, after: Resource) -> tuple[str, ...]:
    """The properties whose change makes CloudFormation put another resource in its place.

    By the resource's own schema, as cfn-lint ships it; a property that replaces only on some
    conditions counts."""
    if before.type != after.type:
        return ("Type",)
    return tuple(
        path
        for path in _create_only(before.type)
        if masked(before.text(path)) != masked(after.text(path))
    )


@cache
def _create_only(type_: str) -> tuple[str, ...]:
    # Half a second to import, and only a comparison needs it.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415

    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    except ResourceNotFoundError:
        return ()
    pointers = (
        *schema.get("createOnlyProperties", ()),
        *schema.get("conditionalCreateOnlyProperties", ()),
    )
    return tuple(sorted(p.removeprefix("/properties/").replace("/", ".") for p in pointers))


def _gone_or_replaced(
    old: Mapping[tuple[str, str], Resource], new: Mapping[tuple[str, str], Resource]
) -> Iterator[Change]:
    for key, was in old.items():
        if not keeps_data(was):
            continue
        now = new.get(key)
        if now is None:
            yield Change(weight="blocks", who=was.where, says=_left(was))
            continue
        if because := replaced(was, now):
            says = (
                f"is replaced by an empty one, for another {', '.join(because)}; the old one is "
                f"{_fate(str(now.body.get('UpdateReplacePolicy', 'Delete')))}"
            )
            yield Change(weight="blocks", who=was.where, says=says)
        yield from _policies(was, now)


def _left(was: Resource) -> str:
    policy = deletion_policy(was)
    return f"is no longer in the templates; it is {_fate(policy)} (logical id {was.logical_id})"


def _fate(policy: str) -> str:
    if policy == "Snapshot":
        return "deleted after a snapshot"
    return "left behind, out of every stack" if policy in _SAFE else "deleted with what it holds"


def _policies(was: Resource, now: Resource) -> Iterator[Change]:
    for policy, when in (("DeletionPolicy", "deletion"), ("UpdateReplacePolicy", "replacement")):
        old, new = (str(one.body.get(policy, "Delete")) for one in (was, now))
        if old == new:
            continue
        looser, tighter = old in _SAFE and new not in _SAFE, new in _SAFE and old not in _SAFE
        yield Change(
            weight="worse" if looser else "better" if tighter else "other",
            who=was.where,
            says=f"on {when}: {new} instead of {old}",
        )


def _periods(before: Environment, after: Environment) -> Iterator[Change]:
    old = {one.where: one.kept for one in kept(before)}
    new = {one.where: one.kept for one in kept(after)}
    for where in sorted(old.keys() & new.keys()):
        if old[where] != new[where]:
            says = f"is kept {_said(new[where])} instead of {_said(old[where])}"
            yield Change(weight="other", who=where, says=says)


def _said(periods: tuple[str, ...]) -> str:
    return "; ".join(periods)
