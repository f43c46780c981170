"""Findings as SARIF 2.1.0, which code scanning services read:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

One run for each program that looked. What is waived or explained is there with a suppression, so
that a service shows it as closed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from autolote.audit.findings import Finding
from autolote.audit.report.locations import Locations
from autolote.audit.result import AuditResult

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_BASE = "ASSEMBLY"
_PAGES = {
    "cdk-nag": "https://github.com/cdklabs/cdk-nag/blob/main/RULES.md",
    "cfn-guard": "https://docs.aws.amazon.com/controltower/latest/controlreference/",
    "cfn-lint": "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md",
    "checkov": "https://www.checkov.io/5.Policy%20Index/cloudformation.html",
}


def render(audit: AuditResult) -> str:
    """The log; the same audit is the same text."""
    return json.dumps(document(audit), indent=2, ensure_ascii=False) + "\n"


def document(audit: AuditResult) -> dict[str, Any]:
    """The log as one object."""
    locations = Locations(audit.environment)
    judged: list[tuple[Finding, str]] = [
        *((finding, "") for finding in audit.judged.open),
        *(
            (one.finding, f"{one.reason} ({one.owner}, until {one.expires.isoformat()})")
            for one in audit.judged.waived
        ),
        *((one.finding, f"{one.by}: {one.because}") for one in audit.judged.explained),
    ]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            _run(source, audit, [pair for pair in judged if pair[0].source == source], locations)
            for source in audit.counts()
        ],
    }


def _run(
    source: str, audit: AuditResult, judged: list[tuple[Finding, str]], locations: Locations
) -> dict[str, Any]:
    judged = sorted(judged)
    rules: dict[str, Finding] = {}
    for finding, _ in judged:
        rules.setdefault(finding.rule, finding)
    place = {rule: index for index, rule in enumerate(sorted(rules))}
    driver: dict[str, Any] = {
        "name": source,
        "rules": [_rule(rules[rule], source) for rule in sorted(rules)],
    }
    if source in audit.versions:
        driver["version"] = audit.versions[source]
    if source in _PAGES:
        driver["informationUri"] = _PAGES[source]
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"autolote/{audit.environment.name}/{source}"},
        "originalUriBaseIds": {
            _BASE: {"description": {"text": "The cloud assembly, cdk.out/ by default"}}
        },
        "results": [_result(finding, why, place, locations) for finding, why in judged],
    }


def _rule(finding: Finding, source: str) -> dict[str, Any]:
    said = {"text": finding.remedy or finding.message}
    rule: dict[str, Any] = {
        "id": finding.rule,
        "shortDescription": {"text": finding.rule},
        "fullDescription": {"text": finding.message},
        "help": said,
    }
    if source in _PAGES:
        rule["helpUri"] = _PAGES[source]
    return rule


def _result(
    finding: Finding, why: str, place: Mapping[str, int], locations: Locations
) -> dict[str, Any]:
    detail = f" ({finding.detail})" if finding.detail else ""
    message = f"{finding.where}: {finding.message}{detail}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": place[finding.rule],
        "level": finding.severity,
        "message": {"text": message},
        "locations": list(_locations(finding, locations)),
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "suppressions": [{"kind": "external", "status": "accepted", "justification": why}]
        if why
        else [],
    }
    return result


def _locations(finding: Finding, locations: Locations) -> Iterable[dict[str, Any]]:
    logical = [{"fullyQualifiedName": finding.where, "kind": "resource"}]
    found = locations.of(finding.stack, finding.resource)
    if found is None:
        if finding.where:
            yield {"logicalLocations": logical}
        return
    yield {
        "physicalLocation": {
            "artifactLocation": {"uri": found.file, "uriBaseId": _BASE},
            "region": {"startLine": found.line},
        },
        "logicalLocations": logical,
    }


def _fingerprint(finding: Finding) -> str:
    """The same for the same finding wherever it moves to in its template."""
    parts = (finding.source, finding.rule, finding.where, finding.detail)
    return hashlib.sha256("\x00".join(parts).encode("utf-8")).hexdigest()
