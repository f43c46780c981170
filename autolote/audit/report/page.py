"""The report as one HTML file: no request leaves it, and without scripts all of it can be read."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path

from autolote.audit.facts.everything import Facts, gather
from autolote.audit.report import markup
from autolote.audit.report.locations import Locations
from autolote.audit.report.picture import LEGEND, picture
from autolote.audit.report.sections import anchor, sections
from autolote.audit.report.tables import Section
from autolote.audit.report.verdict import judged_tables, plural, sources, verdict, waivers_table
from autolote.audit.result import AuditResult

_HERE = Path(__file__).parent
_TICK = '<path d="m7 12.5 3.5 3.5L17.5 8.5"/>'
_BANG = '<path d="M12 6.5v7M12 17v.5"/>'


def render(audit: AuditResult) -> str:
    """The whole page; the same audit is the same page, byte for byte."""
    facts = gather(audit.environment)
    style, script = _read("page.css"), _read("page.js")
    title = f"Audit of {audit.environment.name}: {verdict(audit)}"
    parts = sections(audit.environment, facts)
    anchors = {item.where: anchor(item.where) for item in facts.inventory}
    body = "\n".join([_head(audit, facts), _SEARCH, _body(audit, facts, parts, anchors)])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">Skip to the findings</a>\n{body}\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, sent or embedded; only this style and this script, by their hashes:
    https://www.w3.org/TR/CSP3/#framework-directive-source-list"""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _head(audit: AuditResult, facts: Facts) -> str:
    passed = audit.passed
    figures = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)} <small>{escape(unit)}</small></dd></div>"
        for name, value, unit in _figures(audit, facts)
    )
    return (
        f'<header class="head"><p class="about">autolote audit, from the templates alone, '
        f"{audit.today.isoformat()}</p><h1>{escape(audit.environment.name)}</h1>"
        f'<p class="verdict {"pass" if passed else "open"}">'
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<circle cx="12" cy="12" r="10"/>{_TICK if passed else _BANG}</svg>'
        f'{escape(verdict(audit))}</p><dl class="figures">{figures}</dl></header>'
    )


def _figures(audit: AuditResult, facts: Facts) -> list[tuple[str, str, str]]:
    own = sum(store.own_key for store in facts.stores)
    inward = sum(one.direction == "in" for one in facts.exposures.found)
    principals = {g.principal for g in facts.grants if g.effect == "allow" and g.how != "trust"}
    return [
        ("Resources", str(len(facts.inventory)), f"in {len(audit.environment.paths)} stacks"),
        ("Principals", str(len(principals)), f"with {len(facts.grants)} permissions"),
        ("Under an own key", f"{own}", f"of {len(facts.stores)} stores"),
        ("Ways in from outside", str(inward), ""),
        ("Waived", str(len(audit.judged.waived)), plural(len(audit.judged.waived), "finding")),
        ("While nothing runs", f"{facts.cost.total:.2f}", "USD a month"),
    ]


_SEARCH = """<div class="bar scripted" role="search" hidden>
<label for="search">Search everything</label>
<input type="search" id="search" autocomplete="off" spellcheck="false" aria-describedby="status">
<button type="button" id="only" hidden></button>
<p role="status" id="status"></p>
</div>"""


def _body(
    audit: AuditResult, facts: Facts, parts: tuple[Section, ...], anchors: dict[str, str]
) -> str:
    counts = {part.id: sum(len(one.rows) for one in part.tables) for part in parts}
    judged = audit.judged
    entries = [
        ("findings", "Findings", len(judged.open)),
        *((part.id, part.title, counts[part.id]) for part in parts if part.id != "inventory"),
        ("waivers", "Waivers", len(judged.waived) + len(judged.explained)),
        ("inventory", "Inventory", counts["inventory"]),
    ]
    contents = "".join(
        f'<li><a href="#{id_}">{escape(title)} <span class="count">{count}</span></a></li>'
        for id_, title, count in entries
    )
    told = {part.id: _section(part, facts, anchors) for part in parts}
    told["findings"], told["waivers"] = _findings(audit, anchors), _waivers(audit, anchors)
    inner = "\n".join(told[id_] for id_, _, _ in entries)
    return (
        f'<div class="body">\n<nav class="contents" aria-label="Sections"><ul>{contents}</ul></nav>'
        f'\n<main id="main" tabindex="-1">\n{inner}\n</main>\n</div>\n'
        f"<footer><p>Read from the templates of {escape(audit.environment.name)}; neither an "
        "account nor the code behind them was asked.</p></footer>"
    )


def _section(part: Section, facts: Facts, anchors: dict[str, str], *, extra: str = "") -> str:
    tables = "\n".join(markup.table(one, anchors) for one in part.tables)
    shown = _picture(facts, anchors) if part.id == "flow" else extra
    return _framed(part.id, part.title, part.lead, f"{shown}\n{tables}")


def _framed(id_: str, title: str, lead: str, inner: str) -> str:
    return (
        f'<section id="{id_}" aria-labelledby="{id_}-title">\n<h2 id="{id_}-title">{escape(title)}'
        f'</h2>\n<p class="lead">{escape(lead)}</p>\n{inner}\n</section>'
    )


def _picture(facts: Facts, anchors: dict[str, str]) -> str:
    if not facts.flow.nodes:
        return ""
    key = "".join(
        f'<li><svg viewBox="0 0 36 12" aria-hidden="true"><path class="{kind}" d="M0 6H36"/></svg> '
        f"{escape(meaning)}</li>"
        for kind, meaning in LEGEND.items()
    )
    return markup.block(
        "Picture",
        '<div class="canvas" tabindex="0" role="region" aria-label="Picture of the data flow">'
        f'{picture(facts.flow, anchors=anchors)}</div><ul class="legend">{key}</ul>',
    )


def _findings(audit: AuditResult, anchors: dict[str, str]) -> str:
    found = audit.judged.open
    lead = (
        "Each breaks a rule that nobody has accepted. Open one for what to do about it."
        if found
        else "No finding is left without a valid waiver."
    )
    shown = markup.findings(found, Locations(audit.environment), anchors) if found else ""
    return _framed("findings", "Findings", lead, f"{shown}\n{markup.table(sources(audit), {})}")


def _waivers(audit: AuditResult, anchors: dict[str, str]) -> str:
    lead = (
        "What is accepted, by whom and until when; and what a stricter check of our own stands in "
        "for."
    )
    tables = [waivers_table(audit), *judged_tables(audit)]
    return _framed(
        "waivers", "Waivers", lead, "\n".join(markup.table(one, anchors) for one in tables)
    )
