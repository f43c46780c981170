"""The sections about the network, and what is open to the outside."""

from __future__ import annotations

from autolote.audit.facts.everything import Facts
from autolote.audit.report.tables import Cell, Section, Table, code, lines, row


def network(facts: Facts) -> Section:
    """Where things run, and their ways."""
    network = facts.network
    return Section(
        id="network",
        title="Network",
        lead="Where things run, the private ways they have, and which ports are open to whom.",
        tables=(
            Table(
                id="placements",
                title="What runs where",
                columns=("What", "Subnets", "Security groups"),
                rows=tuple(
                    row(
                        code(one.where, mark=one.kind),
                        one.network,
                        code(*one.groups),
                        about=[one.where, *one.groups],
                    )
                    for one in network.placements
                ),
                empty="Nothing here runs in a network.",
            ),
            Table(
                id="endpoints",
                title="Endpoints",
                columns=("Endpoint", "Service", "Type", "Security groups", "Policy"),
                rows=tuple(
                    row(
                        code(one.where),
                        one.service,
                        f"{one.type}{f', {one.zones} zones' if one.zones else ''}"
                        f"{', private DNS' if one.private_dns else ''}",
                        code(*one.groups),
                        lines(one.policy),
                        about=[one.where, *one.groups],
                    )
                    for one in network.endpoints
                ),
                empty="The templates make no endpoints.",
            ),
            Table(
                id="rules",
                title="Security groups",
                columns=("Group", "Direction", "Ports", "Peer", "For"),
                rows=tuple(
                    row(
                        code(one.group),
                        one.direction,
                        one.ports,
                        one.peer,
                        one.description,
                        about=[one.group],
                    )
                    for one in network.rules
                ),
                empty="The templates make no security groups.",
            ),
            Table(
                id="subnets",
                title="Subnets",
                columns=("Subnet", "Addresses", "Zone", "Routes beside the local one"),
                rows=tuple(
                    row(
                        code(one.where),
                        one.block,
                        one.zone,
                        lines(one.routes or ("none: it reaches nothing outside but endpoints",)),
                        about=[one.where, one.vpc],
                    )
                    for one in network.subnets
                ),
                empty="The templates make no subnets.",
            ),
        ),
    )


def exposure(facts: Facts) -> Section:
    """What is open to the outside."""
    inward = [one for one in facts.exposures.found if one.direction == "in"]
    looked = ", ".join(f"{count} {what}" for what, count in facts.exposures.checked)
    return Section(
        id="exposure",
        title="Public exposure",
        lead=(
            "Something can be reached from outside the account."
            if inward
            else "Nothing can be reached from outside the account."
        )
        + f" Looked at: {looked}.",
        tables=(
            Table(
                id="exposures",
                title="Ways in and out",
                columns=("Direction", "What", "How"),
                rows=tuple(
                    row(
                        Cell(lines=(), mark=one.direction),
                        code(one.where),
                        one.says,
                        about=[one.where],
                    )
                    for one in facts.exposures.found
                ),
                empty="Nothing is reachable from outside, and nothing reaches the internet.",
            ),
        ),
    )
