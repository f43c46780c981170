"""cdk-nag's findings: each one is accepted in stacks/waivers.py, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest

from autolote.settings import Settings
from stacks import waivers
from stacks.app import all_settings, build
from tests.template.conftest import full_settings


def findings(app: cdk.App) -> Iterator[tuple[str, str]]:
    """Every rule that is broken and not acknowledged, with the path of the construct."""
    for pack in (cdk_nag.AwsSolutionsChecks(app), cdk_nag.NIST80053R5Checks(app)):
        for violation in pack.validate_scope(app).violations:
            for resource in violation.violating_resources:
                yield violation.rule_name, resource.construct_path


def accepted(settings: Settings) -> set[tuple[str, str]]:
    """The same for the table of waivers."""
    return {
        (rule, f"{settings.environment}/{path}") for rule, path, _ in waivers.findings(settings)
    }


@pytest.fixture(scope="module")
def unwaived(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the audit finds when nothing is accepted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waivers, "WAIVERS", ())
        app = build(all_settings(), audit=False, outdir=tmp_path_factory.mktemp("unwaived"))
    app.synth()
    return set(findings(app))


def test_the_table_accepts_exactly_what_the_audit_finds(unwaived: set[tuple[str, str]]) -> None:
    """No finding is left open, and no row outlives the finding it was written for."""
    table = set().union(*(accepted(settings) for settings in all_settings()))
    assert len(unwaived) > 100
    assert table == unwaived


def test_nothing_is_left_to_find_in_any_environment(app: cdk.App) -> None:
    """The rows reach the constructs that they name, with a network and schedules as well."""
    assert list(findings(app)) == []


def test_every_waiver_gives_its_evidence() -> None:
    """A reason is a sentence about this resource, not a wave of the hand."""
    for waiver in waivers.WAIVERS:
        assert len(waiver.reason.split()) >= 10, waiver.rule
        assert "[" in waiver.rule or "IAM5" not in waiver.rule, waiver.rule


def test_a_waiver_for_a_construct_that_is_gone_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A rename cannot leave a row behind that accepts nothing."""
    gone = waivers.Waiver(rule="any", constructs=("storage/Gone/Resource",), reason="none")
    monkeypatch.setattr(waivers, "WAIVERS", (gone,))
    with pytest.raises(LookupError, match=r"storage/Gone/Resource, which is not in full"):
        build([full_settings()], audit=False, outdir=tmp_path)
