"""What a report tells after its findings, in the order in which a reviewer asks."""

from __future__ import annotations

from autolote.audit.facts.everything import Facts
from autolote.audit.model import Environment
from autolote.audit.report.sections_network import exposure, network
from autolote.audit.report.sections_permissions import flow, permissions
from autolote.audit.report.sections_stores import cost, encryption, retention
from autolote.audit.report.tables import Section, Table, code, row


def anchor(where: str) -> str:
    """The id of a resource's row in the inventory."""
    return f"resource-{where.replace('/', '.')}"


def sections(environment: Environment, facts: Facts) -> tuple[Section, ...]:
    """Every section."""
    return (
        permissions(environment, facts),
        flow(facts),
        encryption(facts),
        network(facts),
        exposure(facts),
        retention(facts),
        cost(facts),
        _inventory(facts),
    )


def _inventory(facts: Facts) -> Section:
    # Two logical ids may differ in their hash only; a link leads to the first of them.
    first = {item.where: item for item in reversed(facts.inventory)}
    return Section(
        id="inventory",
        title="Inventory",
        lead=f"All {len(facts.inventory)} resources of "
        f"{len({item.stack for item in facts.inventory})} stacks.",
        tables=(
            Table(
                id="resources",
                title="Resources",
                columns=("Resource", "Type", "What it is for", "Belongs to"),
                rows=tuple(
                    row(
                        code(item.where),
                        code(item.type),
                        item.purpose,
                        code(*item.attached),
                        about=[item.where],
                        id_=anchor(item.where) if first[item.where] is item else "",
                    )
                    for item in facts.inventory
                ),
                empty="The templates hold no resources.",
            ),
        ),
    )
