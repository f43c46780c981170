"""A difference as text: for a terminal, as Markdown for a pull request's comment, as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from autolote.audit.difference import Difference
from autolote.audit.difference.changes import Weight
from autolote.audit.report.markdown import code, escape

VERSION = "1.0"
MOST = 40  # changes of an area that a comment shows at once; the rest can be unfolded

_SIGNS: dict[Weight, str] = {"blocks": "!!", "worse": "!", "better": "+", "other": "~"}
_WORDS: dict[Weight, str] = {
    "blocks": "⛔ blocks",
    "worse": "⚠️ look",
    "better": "✅ better",
    "other": "other",
}


def headline(difference: Difference) -> str:
    """In one sentence: how many changes, and what of them blocks."""
    count = len(difference.changes)
    if not count:
        return f"{difference.environment}: nothing changes that a reviewer asks for"
    blocking = sum(change.weight == "blocks" for change in difference.changes)
    blocks = f"{blocking} {'block' if blocking > 1 else 'blocks'}" if blocking else "none blocks"
    return f"{difference.environment}: {count} {'changes' if count > 1 else 'change'}, {blocks}"


def terminal(difference: Difference) -> str:
    """Plain text, one change a line: `!!` blocks, `!` is worse, `+` is better, `~` is other."""
    lines = [headline(difference), _cost(difference)]
    for area in difference.areas:
        if area.changes:
            lines += ["", area.title]
            lines += [f"  {_SIGNS[one.weight]:2} {one.who} {one.says}" for one in area.changes]
    return "\n".join(lines) + "\n"


def markdown(difference: Difference) -> str:
    """A comment for a pull request."""
    parts = [f"## {escape(headline(difference))}", escape(_cost(difference))]
    for area in difference.areas:
        if not area.changes:
            continue
        rows = [
            f"| {_WORDS[one.weight]} | {code(one.who)} | {escape(one.says)} |"
            for one in area.changes
        ]
        head = ["|  | What | Does |", "| --- | --- | --- |"]
        parts.append("\n".join([f"### {area.title}", "", *head, *rows[:MOST]]))
        if rows[MOST:]:
            more = "\n".join([*head, *rows[MOST:]])
            summary = f"<summary>{len(rows[MOST:])} more</summary>"
            parts.append(f"<details>{summary}\n\n{more}\n\n</details>")
    unchanged = [area.title.lower() for area in difference.areas if not area.changes]
    if unchanged and difference.changes:
        parts.append(f"Unchanged: {', '.join(unchanged)}.")
    return "\n\n".join(parts) + "\n"


def as_json(difference: Difference) -> str:
    """For programs: areas by id, each a list of `weight`, `who` and `says`."""
    before, after = difference.cost
    document: dict[str, Any] = {
        "version": VERSION,
        "environment": difference.environment,
        "blocks": difference.blocks,
        "cost_usd_a_month": {"before": before, "after": after},
        "areas": {
            area.id: [dataclasses.asdict(change) for change in area.changes]
            for area in difference.areas
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _cost(difference: Difference) -> str:
    before, after = difference.cost
    return f"While nothing runs: {after:.2f} USD a month at least ({after - before:+.2f})"
