"""Templates with a defect planted into them: the audit names it, where it is, and nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from autolote.audit import checks
from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from tests.audit.defects import DEFECTS, Copy, Defect
from tests.template.assembly import Assembly

Place = tuple[str, str, str]


@pytest.fixture(scope="module")
def prod(assembly: Assembly) -> Environment:
    """The templates of prod, as they would be deployed."""
    return Environment(assembly.folder, "prod")


@pytest.fixture(scope="module")
def before(prod: Environment) -> set[Place]:
    """What is found before anything is planted."""
    return {_place(finding) for finding in checks.findings(prod)}


def _place(finding: Finding) -> Place:
    return finding.rule, finding.where, finding.detail


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_where_it_is(
    defect: Defect, prod: Environment, before: set[Place], tmp_path: Path
) -> None:
    """The rule of the table, at the resource that was spoilt; and no other rule goes off."""
    templates = Copy(prod)
    spoilt = defect.plant(templates)
    now = {_place(finding) for finding in checks.findings(templates.write(tmp_path))}
    new = {(rule, where) for rule, where, _ in now - before}
    assert (defect.rule, spoilt.where) in new
    others = {one for one in new if one[0] not in defect.also}
    assert others <= {(defect.rule, spoilt.where)}


def test_a_copy_without_a_defect_is_found_as_clean_as_the_original(
    prod: Environment, before: set[Place], tmp_path: Path
) -> None:
    """What the table above proves is the defects' doing, and not the copying's."""
    assert {_place(one) for one in checks.findings(Copy(prod).write(tmp_path))} == before


def test_every_rule_has_a_defect_that_sets_it_off() -> None:
    """No rule is listed that could never find anything."""
    assert {check.id for check in checks.CHECKS} == {defect.rule for defect in DEFECTS}


def test_every_defect_has_a_name_of_its_own() -> None:
    """A row of the table can be told from every other."""
    assert not [name for name, times in Counter(d.name for d in DEFECTS).items() if times > 1]
    assert len(DEFECTS) >= 60
