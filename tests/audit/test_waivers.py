"""waivers.toml: what a row accepts, until when, and what no row may accept."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from autolote.audit import waivers
from autolote.audit.findings import Finding
from autolote.audit.model import Environment
from autolote.audit.result import Judged
from autolote.audit.waivers import Waiver
from autolote.checks import SettingsError
from tests.audit.small import BUCKET_ARN, IDENTITY, STORAGE, allow, environment, policy, resource

TODAY = date(2026, 11, 29)
REASON = "S3 delivers access logs only to buckets that are encrypted with its own keys"
EVERYTHING = "AwsSolutions-IAM5[Resource::*]"


@pytest.fixture
def kit(tmp_path: Path) -> Environment:
    """Two buckets and three policies."""
    return environment(
        tmp_path,
        {
            STORAGE: {
                "Data": resource("AWS::S3::Bucket"),
                "DataLogs": resource("AWS::S3::Bucket"),
            },
            IDENTITY: {
                "Tokens": policy(allow("ecr:GetAuthorizationToken", "*")),
                "Jobs": policy(
                    allow("sagemaker:CreateTrainingJob", "*"),
                    allow("s3:GetObject", {"Fn::Join": ["", [BUCKET_ARN, "/runs/*"]]}),
                ),
                "Roles": policy(allow("iam:PassRole", "arn:aws:iam::${AWS::AccountId}:role/*")),
            },
        },
    )


def found(rule: str = "CKV_AWS_18", where: str = f"{STORAGE}/DataLogs", **more: str) -> Finding:
    """A finding at a resource of the kit."""
    stack, _, name = where.partition("/")
    given = {"source": "checkov", "rule": rule, "stack": stack, "resource": name, "message": "no"}
    return Finding(**{**given, **more})  # type: ignore[arg-type]


def row(**fields: Any) -> Waiver:
    """A row that accepts `found()`."""
    given = {
        "rules": ("checkov:CKV_AWS_18",),
        "resources": (f"{STORAGE}/DataLogs",),
        "reason": REASON,
        "owner": "data-platform",
        "expires": date(2027, 6, 30),
    }
    return Waiver(**{**given, **fields})


def judge(kit: Environment, findings: list[Finding], *rows: Waiver, today: date = TODAY) -> Judged:
    return waivers.apply(findings, rows, today=today, environment=kit)


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_row_accepts_the_findings_it_names_and_no_others(kit: Environment) -> None:
    """The same rule at another resource stays open; the row's words go with what it accepts."""
    other = found(where=f"{STORAGE}/Data")
    judged = judge(kit, [found(), other], row())
    assert judged.open == (other,)
    [waived] = judged.waived
    assert (waived.finding, waived.owner) == (found(), "data-platform")
    assert (waived.reason, waived.expires) == (REASON, date(2027, 6, 30))


def test_a_row_of_another_source_accepts_nothing(kit: Environment) -> None:
    """Two programs may give one id to different rules."""
    judged = judge(kit, [found()], row(rules=("cfn-lint:CKV_AWS_18",)))
    assert rules(judged.open) == ["waiver-unused", "CKV_AWS_18"]


@pytest.mark.parametrize(
    ("today", "open_rules"),
    [(date(2027, 6, 30), []), (date(2027, 7, 1), ["waiver-expired", "CKV_AWS_18"])],
)
def test_a_row_holds_until_its_last_day(
    kit: Environment, today: date, open_rules: list[str]
) -> None:
    """On the day after it, the finding is open again, and so is one about the row."""
    judged = judge(kit, [found()], row(), today=today)
    assert rules(judged.open) == open_rules
    assert rules(judged.stale) == open_rules[:-1]


def test_every_pair_of_rule_and_resource_has_to_be_a_finding(kit: Environment) -> None:
    """Of two rules and two resources, three findings: the fourth pair is a finding of its own."""
    names = (f"{STORAGE}/DataLogs", f"{STORAGE}/Data")
    findings = [found(), found("CKV_AWS_21"), found(where=names[1])]
    both = row(rules=("checkov:CKV_AWS_18", "checkov:CKV_AWS_21"), resources=names)
    [unused] = judge(kit, findings, both).open
    assert unused.rule == "waiver-unused"
    assert unused.detail == f"checkov:CKV_AWS_21 at {STORAGE}/Data"


def test_a_glob_stays_within_the_names_of_one_stack(kit: Environment) -> None:
    """`*` stands for a part of a name; a pattern that fits all of a stack's names is refused."""
    assert judge(kit, [found()], row(resources=(f"{STORAGE}/*Logs",))).open == ()
    every = row(resources=(f"{STORAGE}/Data*",))
    judged = judge(kit, [found()], every)
    assert rules(judged.open) == ["waiver-too-wide", "CKV_AWS_18"]
    assert judged.waived == ()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("rules", (), "one at least"),
        ("rules", ("CKV_AWS_18",), "<source>:<rule>"),
        ("resources", (), "one at least"),
        ("resources", (f"{STORAGE}/*",), "* stands for a part of the name"),
        ("resources", (STORAGE,), "<stack>/<Name>"),
        ("resources", ("*/Data",), "<stack>/<Name>"),
        ("resources", (f"{STORAGE}/Data", f"{STORAGE}/Data"), "nothing stands twice"),
        ("reason", "not needed", "10 words"),
        ("owner", "", "who answers"),
        ("expires", "2027-06-30", "a date"),
        ("expires", None, "a date"),
    ],
)
def test_a_row_that_says_too_little_is_refused(field: str, value: Any, words: str) -> None:
    """The message names the field, its value and what is allowed."""
    with pytest.raises(SettingsError) as refused:
        row(**{field: value})
    assert f"{field} = {value!r}" in str(refused.value)
    assert words in str(refused.value)


def test_the_file_is_refused_with_all_its_problems(tmp_path: Path) -> None:
    """Unknown fields, missing ones and a finding that two rows accept, each by name."""
    path = tmp_path / "waivers.toml"
    good = f"""
        [[waiver]]
        rules = ["checkov:CKV_AWS_18"]
        resources = ["storage/AccessLogs"]
        reason = "{REASON}"
        owner = "data-platform"
        expires = 2027-06-30
    """
    path.write_text(f"{good}{good}\n[[waiver]]\nrule = 'x'\n[stack]\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        waivers.load(path)
    told = str(refused.value)
    assert "waiver[3].rule is unknown" in told
    assert "waiver[3].expires is missing" in told
    assert "stack is unknown" in told
    assert "checkov:CKV_AWS_18 at storage/AccessLogs is in two rows" in told


def test_wildcards_within_the_kits_own_names_are_explained(kit: Environment) -> None:
    """cdk-nag's finding stands beside what our own check verified of the same resource."""
    detail = f"${{{STORAGE}/Data.Arn}}/runs/*"
    flat = "AwsSolutions-IAM5[Resource::arn:aws:s3:::data/runs/*]"
    wildcard = found(flat, f"{IDENTITY}/Jobs", source="cdk-nag", detail=detail)
    [explained] = judge(kit, [wildcard]).explained
    assert explained.by == "iam-resource-scope"
    assert detail in explained.because


def test_a_wildcard_that_reaches_further_stays_open(kit: Environment) -> None:
    """Every role of the account; and one of which cdk-nag does not tell where it stands."""
    roles = "arn:aws:iam::${AWS::AccountId}:role/*"
    rule = "AwsSolutions-IAM5[Resource::arn:aws:iam::<AWS::AccountId>:role/*]"
    wide = found(rule, f"{IDENTITY}/Roles", source="cdk-nag", detail=roles)
    unknown = dataclasses.replace(wide, detail="")
    judged = judge(kit, [wide, unknown])
    assert judged.open == (unknown, wide)
    assert judged.explained == ()


@pytest.mark.parametrize(
    ("finding", "why"),
    [
        (found(EVERYTHING, f"{IDENTITY}/Tokens", source="cdk-nag", detail="*"), ""),
        (
            found(EVERYTHING, f"{IDENTITY}/Jobs", source="cdk-nag", detail="*"),
            "AWS scopes sagemaker:CreateTrainingJob to resources",
        ),
        (found("CKV_AWS_110", f"{IDENTITY}/Tokens"), "nothing about IAM is waived"),
        (found("iam-pass-role", f"{STORAGE}/Data", source="autolote"), "nothing about IAM"),
        (found("CT.IAM.PR.2", f"{STORAGE}/Data", source="cfn-guard"), "nothing about IAM"),
        (
            found("AwsSolutions-IAM5[Action::s3:*]", f"{IDENTITY}/Jobs", source="cdk-nag"),
            "nothing about IAM",
        ),
    ],
)
def test_about_iam_only_what_aws_cannot_scope_is_waived(
    kit: Environment, finding: Finding, why: str
) -> None:
    """A row for anything else accepts nothing, and is a finding that says why."""
    waiver = row(rules=(f"{finding.source}:{finding.rule}",), resources=(finding.where,))
    judged = judge(kit, [finding], waiver)
    if not why:
        assert judged.open == ()
        return
    assert {*judged.open} == {finding, *judged.stale}
    [refused] = judged.stale
    assert refused.rule == "waiver-of-iam"
    assert why in refused.message


def test_the_kit_keeps_to_twelve_rows() -> None:
    """A thirteenth is a reason to remove a cause instead."""
    assert len(waivers.load()) <= waivers.MOST_ROWS
