"""Tables and findings as HTML. Whatever comes from a template is escaped here, and only here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from autolote.audit.facts.permissions import LEVELS
from autolote.audit.findings import Finding
from autolote.audit.report.locations import Locations
from autolote.audit.report.tables import Cell, Row, Table

Anchors = Mapping[str, str]


def table(one: Table, anchors: Anchors) -> str:
    """A table in its block; what stands in its place when it is empty.

    Args:
        anchors: `stack/Name` -> id of its row, for links.
    """
    if not one.rows:
        return block(
            one.title, f'<h3>{escape(one.title)}</h3><p class="empty">{escape(one.empty)}</p>'
        )
    grid = one.id == "matrix"
    numbers = {i for i, cell in enumerate(one.rows[0].cells) if cell.number is not None}
    heads = "".join(
        f'<th scope="col"{_number(i in numbers)}><span>{escape(column)}</span></th>'
        for i, column in enumerate(one.columns)
    )
    rows = "\n".join(_row(row, anchors, grid=grid) for row in one.rows)
    return block(
        one.title,
        f'<div class="scroll{" wide" * grid}" tabindex="0" role="region" '
        f'aria-labelledby="{one.id}-caption"><table id="{one.id}">'
        f'<caption id="{one.id}-caption">{escape(one.title)}'
        f'<span class="count total">{len(one.rows)}</span></caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody data-list>\n{rows}\n</tbody></table></div>"
        + (_LEVELS_KEY if grid else ""),
    )


def block(title: str, body: str) -> str:
    """A framed part of a section."""
    return f'<div class="block" data-title="{escape(title)}">{body}</div>'


def _number(yes: bool) -> str:
    return ' class="number"' if yes else ""


def _row(row: Row, anchors: Anchors, *, grid: bool) -> str:
    first, *rest = row.cells
    about = f' data-about="{escape(" ".join(row.about))}"' if row.about else ""
    id_ = f' id="{escape(row.id)}"' if row.id else ""
    cells = "".join(
        f"<td{_sorting(cell)}>{_levels(cell) if grid else _cell(cell, anchors)}</td>"
        for cell in rest
    )
    own = {} if row.id else anchors  # a row does not link to itself
    return f'<tr{id_}{about}><th scope="row">{_cell(first, own)}</th>{cells}</tr>'


def _sorting(cell: Cell) -> str:
    return "" if cell.number is None else f' class="number" data-sort="{cell.number:g}"'


def _cell(cell: Cell, anchors: Anchors) -> str:
    mark = f'<span class="mark {_slug(cell.mark)}">{escape(cell.mark)}</span>' if cell.mark else ""
    if not cell.lines:
        return mark or '<span class="nothing">none</span>'
    shown = [_line(one, cell, anchors) for one in cell.lines]
    if cell.source in anchors:
        shown[-1] = f'<a href="#{escape(anchors[cell.source])}">{shown[-1]}</a>'
    if len(shown) == 1:
        return mark + shown[0]
    return mark + "".join(f'<span class="line">{one}</span>' for one in shown)


def _line(text: str, cell: Cell, anchors: Anchors) -> str:
    said = f"<code>{_breakable(text)}</code>" if cell.code else _breakable(text)
    target = anchors.get(text) if cell.code else None
    return f'<a href="#{escape(target)}">{said}</a>' if target else said


def _breakable(text: str) -> str:
    """A text whose long names may be broken where one would, in a narrow column."""
    return "".join(
        escape(word) if len(word) <= _UNBROKEN else _BREAKS.sub("<wbr>", escape(word))
        for word in re.split(r"(\s+)", text)
    )


_UNBROKEN = 22  # letters
_BREAKS = re.compile(r"(?<=[/:.\-])(?=[A-Za-z*$])|(?<=[a-z])(?=[A-Z])")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower().replace("'", ""))


def _levels(cell: Cell) -> str:
    return "".join(
        f'<span class="level {_slug(level)}" title="{level}"><span aria-hidden="true">{level[0]}'
        f'</span><span class="vh">{level} </span></span>'
        for level in cell.lines
    )


_LEVELS_KEY = (
    '<ul class="legend">'
    + "".join(
        f'<li><span class="level {_slug(level)}">{level[0]}</span> {level}</li>' for level in LEVELS
    )
    + "</ul>"
)


def findings(found: tuple[Finding, ...], locations: Locations, anchors: Anchors) -> str:
    """Open findings, each to be opened."""
    items = "\n".join(_finding(one, locations, anchors) for one in found)
    return block("Open findings", f'<ul class="findings" data-list>\n{items}\n</ul>')


def _finding(one: Finding, locations: Locations, anchors: Anchors) -> str:
    details = "".join(
        f"<dt>{name}</dt><dd>{text}</dd>" for name, text in _details(one, locations, anchors)
    )
    return (
        f'<li data-about="{escape(one.where)}"><details><summary>'
        f'<span class="what"><code>{escape(one.where)}</code> {escape(one.message)}</span>'
        f'<span class="rule"><span class="mark {one.severity}">{one.severity}</span>'
        f"{escape(one.source)}: {escape(one.rule)}</span>"
        f"</summary><dl>{details}</dl></details></li>"
    )


def _details(one: Finding, locations: Locations, anchors: Anchors) -> Iterator[tuple[str, str]]:
    if one.remedy:
        yield "What to do", escape(one.remedy)
    if one.detail:
        yield "Exactly", f"<code>{escape(one.detail)}</code>"
    where = f"<code>{escape(one.where)}</code>"
    anchor = anchors.get(one.where)
    yield "Resource", f'<a href="#{escape(anchor)}">{where}</a>' if anchor else where
    if place := locations.of(one.stack, one.resource):
        yield "Template", f"<code>{escape(str(place))}</code>"
