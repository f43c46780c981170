"""What the audit of prod comes to: every finding is accepted by a row, or explained."""

from __future__ import annotations

from datetime import date

import pytest

from autolote.audit import checks, tools, waivers
from autolote.audit.model import Environment
from autolote.audit.result import Judged
from tests.template.assembly import Assembly

# The day on which the rows were last looked at: that they expire later is not what is tested here.
TODAY = date(2026, 11, 29)
MOST_OF_CHECKOV = 6


@pytest.fixture(scope="module")
def judged(assembly: Assembly) -> Judged:
    """All five sources, on the templates of prod."""
    prod = Environment(assembly.folder, "prod")
    found = [*checks.findings(prod), *tools.findings(prod).findings]
    return waivers.apply(found, waivers.load(), today=TODAY, environment=prod)


def test_no_finding_is_left_and_no_row_accepts_nothing(judged: Judged) -> None:
    """The promise that `autolote audit prod` ends with 0."""
    assert [f"{f.source}:{f.rule} at {f.where}: {f.message}" for f in judged.open] == []


def test_cfn_lint_finds_nothing_and_checkov_little(judged: Judged) -> None:
    """Errors and warnings of cfn-lint are not waived, they are mended."""
    sources = [one.finding.source for one in judged.waived]
    assert sources.count("cfn-lint") == 0
    assert 0 < sources.count("checkov") <= MOST_OF_CHECKOV


def test_only_wildcards_in_arns_are_explained(judged: Judged) -> None:
    """Our own check stands in for one rule of cdk-nag, and for no other."""
    assert {one.by for one in judged.explained} == {"iam-resource-scope"}
    rules = {one.finding.rule.split("[Resource::")[0] for one in judged.explained}
    assert rules == {"AwsSolutions-IAM5"}
