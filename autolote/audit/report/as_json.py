"""The report as JSON, for programs: `schema.json` beside this file says what each field means.

`version` is that of the format: its first number grows when a field changes its meaning or goes,
its second when one is added.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from autolote.audit.facts.everything import Facts, gather
from autolote.audit.facts.permissions import matrix
from autolote.audit.report.locations import Locations
from autolote.audit.result import AuditResult

VERSION = "1.0"


def render(audit: AuditResult) -> str:
    """The whole report; the same audit is the same text."""
    return json.dumps(document(audit), indent=2, ensure_ascii=False) + "\n"


def document(audit: AuditResult) -> dict[str, Any]:
    """The report as one object."""
    locations = Locations(audit.environment)
    verdict = audit.as_json()
    for kind in ("open", "waived", "explained"):
        for finding in verdict[kind]:
            place = locations.of(finding["stack"], finding["resource"])
            finding["location"] = dataclasses.asdict(place) if place else None
    return {"version": VERSION, **verdict, "facts": facts_as_json(gather(audit.environment))}


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """All facts, field by field as their records name them, and the sums that these work out."""
    found = dataclasses.asdict(facts)
    del found["environment"]
    found["matrix"] = {name: dict(of_one) for name, of_one in matrix(facts.grants).items()}
    found["exposures"]["checked"] = dict(facts.exposures.checked)
    found["cost"]["by_use"] = dict(facts.cost.by_use)
    found["cost"]["total"] = facts.cost.total
    for line, record in zip(found["cost"]["lines"], facts.cost.lines, strict=True):
        line["total"] = record.total
    return found
