"""docs/audit.md: the rules that there are, and the defects that they are held to."""

from __future__ import annotations

from autolote import audit_page
from autolote.audit.checks import CHECKS
from autolote.tools import ROOT


def test_the_page_lists_what_there_is() -> None:
    """`autolote docs` writes it; here it is found to be up to date."""
    current = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert current == audit_page.render(ROOT)


def test_every_rule_says_what_it_promises_what_to_do_and_where_aws_says_so() -> None:
    """An auditor can check a rule without reading its code."""
    for check in CHECKS:
        assert len(check.title.split()) >= 3, check.id
        assert check.remedy, check.id
        assert check.aws.startswith("https://docs.aws.amazon.com/"), check.id
    assert len({check.id for check in CHECKS}) == len(CHECKS)
