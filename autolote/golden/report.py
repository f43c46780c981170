"""What a person sees of a golden check: the verdict, a table of the columns, the worst values."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rules.golden import Column, Comparison
from rules.tolerance import percent

SHOWN = 12
"""Output columns in the table; of more, those that deviate most are shown."""


def show(console: Console, comparison: Comparison, facts: Mapping[str, Any]) -> None:
    """Print the whole report. `facts` are lines about what was compared, by their label."""
    for label, value in facts.items():
        console.print(f"{label + ':':<12}{value}", soft_wrap=True)
    console.print(f"{'tolerance:':<12}{comparison.tolerance}", soft_wrap=True)
    if comparison.columns:
        console.print(_columns(comparison))
    if comparison.worst:
        console.print(_worst(comparison))
    for miss in comparison.misses[:SHOWN]:
        console.print(f"miss: {miss}", style="red", soft_wrap=True)
    hidden = len(comparison.misses) - SHOWN
    if hidden > 0:
        console.print(f"and {hidden} more misses", style="red")
    if comparison.passed:
        rows = f"{comparison.rows_found:,} rows in = rows out"
        console.print(f"golden check passed: {rows}", style="bold green")
    else:
        console.print("golden check FAILED", style="bold red")


def _columns(comparison: Comparison) -> Table:
    shown = comparison.columns
    if len(shown) > SHOWN:
        by_deviation = sorted(shown, key=_badness, reverse=True)
        shown = tuple(sorted(by_deviation[:SHOWN], key=lambda column: column.number))
    title = "Deviations" + (
        ""
        if len(shown) == len(comparison.columns)
        else f" (worst {SHOWN} of {comparison.width_found})"
    )
    table = Table(title=title, title_justify="left")
    for name in ("column", "rows", "within", "share", "mean deviation", "max deviation"):
        table.add_column(name, justify="right")
    for column in shown:
        bad = column.share < comparison.tolerance.share
        table.add_row(
            str(column.number),
            f"{column.values:,}",
            f"{column.within:,}",
            percent(column.share),
            f"{column.mean_deviation:.3g}",
            f"{column.max_deviation:.3g}",
            style="red" if bad else None,
        )
    return table


def _badness(column: Column) -> tuple[float, float]:
    return -column.share, column.max_deviation


def _worst(comparison: Comparison) -> Table:
    table = Table(title="Worst values", title_justify="left")
    for name in ("row", "column", "expected", "found", "deviation", ""):
        table.add_column(name, justify="right")
    for pair in comparison.worst:
        table.add_row(
            f"{pair.row:,}",
            str(pair.column),
            repr(pair.expected),
            repr(pair.found),
            f"{pair.deviation:.3g}",
            "miss" if pair.missed else "within",
            style="red" if pair.missed else None,
        )
    return table
