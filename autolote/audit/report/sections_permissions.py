"""The sections about who may do what, and what sets what going."""

from __future__ import annotations

from collections.abc import Mapping

from autolote.audit.facts.everything import Facts
from autolote.audit.facts.flow import runners
from autolote.audit.facts.permissions import Grant, matrix
from autolote.audit.facts.words import Words
from autolote.audit.model import Environment
from autolote.audit.report.tables import Cell, Row, Section, Table, code, lines, row

_HOW = {
    "identity": "its own policy",
    "resource": "a resource's policy",
    "trust": "trust",
    "boundary": "boundary: at most this",
    "endpoint": "an endpoint's policy",
}


def permissions(environment: Environment, facts: Facts) -> Section:
    """Who may do what: a matrix, and every statement."""
    runs = {role: [one.where for one in who] for role, who in runners(environment).items()}
    words = Words(environment)

    def about(grant: Grant) -> list[str]:
        targets = (words.target(resource).resource for resource in grant.resources)
        return [
            *([grant.principal] if "/" in grant.principal else []),
            *runs.get(grant.principal, []),
            *(one.where for one in targets if one),
            grant.source,
        ]

    return Section(
        id="permissions",
        title="Who may do what",
        lead="At a glance what each principal is allowed, then every statement of every policy. "
        "Trust says who may take on a role; a boundary and an endpoint's policy allow nothing by "
        "themselves. Levels of access are those of AWS's Service Authorization Reference.",
        tables=(
            _matrix(facts, runs),
            Table(
                id="grants",
                title="Every permission",
                columns=("Principal", "Access", "Actions", "On", "If"),
                rows=tuple(_grant(grant, about(grant)) for grant in facts.grants),
                empty="The templates hold no policy.",
            ),
        ),
    )


def _matrix(facts: Facts, runs: Mapping[str, list[str]]) -> Table:
    table = matrix(facts.grants)
    services = sorted({service for of_one in table.values() for service in of_one})
    return Table(
        id="matrix",
        title="Principals and services",
        columns=("Principal", *services),
        rows=tuple(
            row(
                code(principal),
                *(lines(of_one.get(service, ())) for service in services),
                about=[principal, *runs.get(principal, [])] if "/" in principal else [],
            )
            for principal, of_one in table.items()
        ),
        empty="Nobody is allowed anything.",
    )


def _grant(grant: Grant, about: list[str]) -> Row:
    return row(
        code(grant.principal),
        Cell(
            lines=(", ".join(grant.levels), _HOW[grant.how]),
            mark="deny" if grant.effect == "deny" else "",
            source=grant.source,
        ),
        code(*grant.actions),
        lines(grant.on),
        lines(grant.conditions),
        about=about,
    )


def flow(facts: Facts) -> Section:
    """The data flow as tables; `picture` draws it."""
    labels = {node.id: node for node in facts.flow.nodes}

    def named(node_id: str) -> Cell:
        node = labels[node_id]
        return Cell(lines=(node.label,), mark=node.kind.partition(" to ")[0])

    return Section(
        id="flow",
        title="Data flow",
        lead="What sets what going, what reads and writes where, and where failures go.",
        tables=(
            Table(
                id="edges",
                title="The picture as a table",
                columns=("Who", "Does", "To"),
                rows=tuple(
                    row(
                        named(edge.source),
                        edge.label,
                        named(edge.target),
                        about=[labels[end].where for end in (edge.source, edge.target)],
                    )
                    for edge in facts.flow.edges
                ),
                empty="Nothing sets anything going.",
            ),
            Table(
                id="accesses",
                title="Who reads and writes which objects",
                columns=("Bucket", "Objects", "Access", "By", "If"),
                rows=tuple(
                    row(
                        code(one.bucket),
                        code(one.prefix),
                        one.how,
                        code(one.by),
                        lines(one.conditions),
                        about=[one.bucket, one.by],
                    )
                    for one in facts.accesses
                ),
                empty="Nobody reads or writes objects.",
            ),
        ),
    )
