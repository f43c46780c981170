"""What a change does to network, exposure and encryption."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from autolote.audit.difference.changes import Change, Weight, ordered, paired
from autolote.audit.facts.everything import Facts
from autolote.audit.facts.network import DEFAULT_POLICY, NO_VPC, Endpoint, Placement, Subnet
from autolote.audit.facts.security_groups import GroupRule


def network(before: Facts, after: Facts) -> tuple[Change, ...]:
    """Ports, endpoints, routes, and where things run."""
    return ordered(
        [
            *_ports(before, after),
            *_endpoints(before, after),
            *_subnets(before, after),
            *_placements(before, after),
        ]
    )


def exposure(before: Facts, after: Facts) -> tuple[Change, ...]:
    """Ways in and out that are new or gone."""
    old, new = set(before.exposures.found), set(after.exposures.found)
    opened = [
        Change(weight="worse", who=one.where, says=f"is a way {one.direction}: {one.says}")
        for one in new - old
    ]
    closed = [
        Change(weight="better", who=one.where, says=f"is no way {one.direction} now: {one.says}")
        for one in old - new
    ]
    return ordered([*opened, *closed])


def encryption(before: Facts, after: Facts) -> tuple[Change, ...]:
    """Other keys, and other demands on connections. A store that is new or gone is told of as
    data or as a resource."""
    old = {store.where: store for store in before.stores}
    new = {store.where: store for store in after.stores}
    changes = []
    for where, was, now in paired(old, new):
        if was is None or now is None:
            continue
        if was.key != now.key:
            weight: Weight = "other"
            if was.own_key != now.own_key:
                weight = "better" if now.own_key else "worse"
            says = f"is under {now.key} instead of {was.key}"
            changes.append(Change(weight=weight, who=where, says=says))
        if was.in_transit != now.in_transit:
            weight = "worse" if "not demanded" in now.in_transit else "other"
            says = f"TLS: {now.in_transit} instead of {was.in_transit}"
            changes.append(Change(weight=weight, who=where, says=says))
    return ordered(changes)


def _ports(before: Facts, after: Facts) -> Iterator[Change]:
    def bare(facts: Facts) -> set[GroupRule]:
        return {dataclasses.replace(rule, description="") for rule in facts.network.rules}

    old, new = bare(before), bare(after)
    for rule in new - old:
        says = f"opens {rule.ports} {rule.direction} {rule.peer}"
        yield Change(weight="worse", who=rule.group, says=says)
    for rule in old - new:
        says = f"closes {rule.ports} {rule.direction} {rule.peer}"
        yield Change(weight="better", who=rule.group, says=says)


def _endpoints(before: Facts, after: Facts) -> Iterator[Change]:
    def by_name(facts: Facts) -> dict[str, Endpoint]:
        return {one.where: one for one in facts.network.endpoints}

    for where, was, now in paired(by_name(before), by_name(after)):
        if was is None or now is None:
            one = now or was
            assert one
            says = f"a private way to {one.service} is {'new' if now else 'gone'}"
            yield Change(weight="other", who=where, says=says)
            continue
        for field in ("service", "type", "zones", "private_dns", "groups"):
            old, new = getattr(was, field), getattr(now, field)
            if old != new:
                says = f"{field.replace('_', ' ')}: {_said(new)} instead of {_said(old)}"
                yield Change(weight="other", who=where, says=says)
        defaults = [DEFAULT_POLICY in one.policy for one in (was, now)]
        if defaults == [False, True]:
            says = "has no policy of its own now: it lets everything through"
            yield Change(weight="worse", who=where, says=says)
        elif defaults == [True, False]:
            yield Change(weight="better", who=where, says="has a policy of its own now")


def _subnets(before: Facts, after: Facts) -> Iterator[Change]:
    def by_name(facts: Facts) -> dict[str, Subnet]:
        return {one.where: one for one in facts.network.subnets}

    for where, was, now in paired(by_name(before), by_name(after)):
        old, new = set(was.routes if was else ()), set(now.routes if now else ())
        for route in new - old:
            yield Change(weight="worse", who=where, says=f"gains the route {route}")
        for route in old - new:
            yield Change(weight="better", who=where, says=f"loses the route {route}")
        if was and now and was.public_addresses != now.public_addresses:
            weight: Weight = "worse" if now.public_addresses else "better"
            gives = "gives out" if now.public_addresses else "gives out no"
            yield Change(weight=weight, who=where, says=f"{gives} public addresses")
        if was is None or now is None:
            yield Change(weight="other", who=where, says=f"is {'new' if now else 'gone'}")


def _placements(before: Facts, after: Facts) -> Iterator[Change]:
    def by_name(facts: Facts) -> dict[tuple[str, str], Placement]:
        return {(one.where, one.kind): one for one in facts.network.placements}

    for (where, kind), was, now in paired(by_name(before), by_name(after)):
        if was is None or now is None:
            continue  # what is new outside a VPC is told of as exposure
        weight: Weight = "other"
        if NO_VPC in (was.network, now.network):
            weight = "worse" if now.network == NO_VPC else "better"
        says = f"({kind}) runs in {_place(now)} instead of {_place(was)}"
        yield Change(weight=weight, who=where, says=says)


def _place(one: Placement) -> str:
    groups = f" behind {', '.join(one.groups)}" if one.groups else ""
    return f"{one.network}{groups}".removeprefix("in ")


def _said(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
