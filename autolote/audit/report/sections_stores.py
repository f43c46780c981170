"""The sections about what is kept: under which key, how long, at what price."""

from __future__ import annotations

from autolote.audit.facts.everything import Facts
from autolote.audit.report.tables import Cell, Section, Table, code, lines, number, row


def encryption(facts: Facts) -> Section:
    """Every store and its key."""
    return Section(
        id="encryption",
        title="Encryption",
        lead="Every place that keeps something: its key at rest, and what connections must be.",
        tables=(
            Table(
                id="stores",
                title="Stores and their keys",
                columns=("Store", "Holds", "At rest, under", "On the way"),
                rows=tuple(
                    row(
                        code(store.where, mark=store.kind),
                        store.holds,
                        Cell(lines=(store.key,), mark="own key" if store.own_key else "AWS's key"),
                        store.in_transit,
                        about=[store.where],
                    )
                    for store in facts.stores
                ),
                empty="Nothing here keeps anything.",
            ),
        ),
    )


def retention(facts: Facts) -> Section:
    """How long data stays."""
    return Section(
        id="retention",
        title="Data retention",
        lead="How long data stays, and what becomes of it when a stack is deleted or an update "
        "puts something else in its place.",
        tables=(
            Table(
                id="kept",
                title="What is kept how long",
                columns=("Where", "Kept", "When its stack goes", "When it is replaced"),
                rows=tuple(
                    row(
                        code(one.where, mark=one.kind),
                        lines(one.kept),
                        one.on_deletion,
                        one.on_replacement,
                        about=[one.where],
                    )
                    for one in facts.kept
                ),
                empty="Nothing here keeps data.",
            ),
        ),
    )


def cost(facts: Facts) -> Section:
    """The bill while nothing runs."""
    cost = facts.cost
    return Section(
        id="cost",
        title="Cost while nothing runs",
        lead=f"At least {cost.total:.2f} USD a month, by prices of {cost.date} for {cost.region}. "
        f"{cost.note}",
        tables=(
            Table(
                id="costs",
                title="Fixed cost a month",
                columns=("What", "How many", "USD each", "USD a month", "Price from"),
                rows=tuple(
                    row(
                        line.what,
                        number(line.count),
                        number(line.usd, f"{line.usd:.2f}"),
                        number(line.total, f"{line.total:.2f}"),
                        line.source,
                    )
                    for line in cost.lines
                ),
                empty="Nothing here costs money while it is not used.",
            ),
            Table(
                id="by-use",
                title="What else costs money, by how much it is used",
                columns=("Type", "Paid by"),
                rows=tuple(row(code(type_), what) for type_, what in cost.by_use),
                empty="Nothing else costs money.",
            ),
        ),
    )
