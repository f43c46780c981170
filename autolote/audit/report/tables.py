"""The tables of a report, the same for the page and for Markdown: columns, rows, and words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes:
        lines: one line for each of several things; none is a dash.
        code: names and actions, rather than prose.
        mark: a word that stands before the rest and stands out, as "deny".
        number: what to sort by in place of the text.
        source: the resource, as `stack/Name`, that says what the last line says.
    """

    lines: tuple[str, ...]
    code: bool = False
    mark: str = ""
    number: float | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        about: the resources that it says something of, each as `stack/Name`.
        id: what a link leads to; "" for a row that nothing links to.
    """

    cells: tuple[Cell, ...]
    about: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table. `empty` is what stands in its place when it has no rows."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the report: a heading, a sentence or two, tables."""

    id: str
    title: str
    lead: str
    tables: tuple[Table, ...]


def row(*cells: Cell | str, about: Iterable[str] = (), id_: str = "") -> Row:
    """A row; a plain text is a cell of one line."""
    return Row(
        cells=tuple(Cell(lines=(one,)) if isinstance(one, str) else one for one in cells),
        about=tuple(dict.fromkeys(about)),
        id=id_,
    )


def code(*lines: str, mark: str = "") -> Cell:
    """A cell of names."""
    return Cell(lines=lines, code=True, mark=mark)


def lines(several: Sequence[str]) -> Cell:
    """A cell of prose, a line each."""
    return Cell(lines=tuple(several))


def number(value: float, text: str = "") -> Cell:
    """A cell that is sorted by its value."""
    return Cell(lines=(text or f"{value:g}",), number=value)
