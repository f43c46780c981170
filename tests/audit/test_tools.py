"""The other programs: each one sees what the deployment would see, and none can be switched off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autolote import tools as programs
from autolote.audit import tools
from autolote.audit.model import Environment
from autolote.audit.tools import Found, checkov, guard, lint, nag, process, templates
from autolote.tools import ToolError
from tests.audit.planted import planted
from tests.audit.small import BUCKET_ARN, IDENTITY, STORAGE, environment, resource

Adapter = Callable[[Environment, Path], tuple[list[Any], str]]


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Templates in which every defect is hidden from the program that knows it."""
    return planted(tmp_path_factory.mktemp("hidden"))


@pytest.fixture(scope="module")
def found(hidden: Environment) -> Found:
    """What all four say of them, in one run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CKV_SKIP_CHECK", "CKV_AWS_115,CKV_AWS_45")
        patch.chdir(hidden.paths[STORAGE].parent)
        Path(".checkov.yaml").write_text("skip-check: [CKV_AWS_115]\n", encoding="utf-8")
        Path(".cfnlintrc").write_text("ignore_checks: [E2533]\n", encoding="utf-8")
        return tools.findings(hidden)


@pytest.mark.parametrize(
    ("source", "rule", "where"),
    [
        ("cdk-nag", "NIST.800.53.R5-S3BucketReplicationEnabled", f"{STORAGE}/Data"),
        ("cdk-nag", "HIPAA.Security-S3BucketReplicationEnabled", f"{STORAGE}/Data"),
        ("cdk-nag", "PCI.DSS.321-S3BucketReplicationEnabled", f"{STORAGE}/Data"),
        ("cdk-nag", "AwsSolutions-IAM5[Resource::*]", f"{IDENTITY}/Jobs"),
        ("cdk-nag", "Serverless-LambdaTracing", f"{STORAGE}/Function"),
        ("cfn-lint", "E2533", f"{STORAGE}/Function"),
        ("checkov", "CKV_AWS_115", f"{STORAGE}/Function"),
        ("checkov", "CKV_AWS_45", f"{STORAGE}/Function"),
        ("checkov", "CKV_AWS_18", f"{STORAGE}/Data"),
        ("checkov", "CKV_SECRET_2", f"{STORAGE}/Function"),
        ("cfn-guard", "CT.S3.PR.9", f"{STORAGE}/Data"),
    ],
)
def test_what_a_program_knows_is_found_however_it_is_hidden(
    found: Found, source: str, rule: str, where: str
) -> None:
    """Neither metadata of a template or a resource, nor a tag, nor a setting hides a defect."""
    assert (source, rule, where) in {(f.source, f.rule, f.where) for f in found.findings}


def test_every_program_reports_its_version_and_is_in_order(found: Found) -> None:
    """The report says what was run; the same templates give the same findings, in one order."""
    assert [*found.versions] == ["cdk-nag", "cfn-guard", "cfn-lint", "checkov"]
    assert all(version[0].isdigit() for version in found.versions.values())
    assert list(found.findings) == sorted(set(found.findings))


def test_a_wildcard_is_told_as_the_template_writes_it(found: Found) -> None:
    """cdk-nag sees the imported bucket's ARN; the finding says whose ARN that is."""
    details = {f.detail for f in found.findings if f.rule.startswith("AwsSolutions-IAM5[")}
    assert details == {"*", f"${{{STORAGE}/Data.Arn}}/runs/*"}


def test_imports_are_what_the_deployment_would_put_in(hidden: Environment) -> None:
    """Across stacks as literal values, within a stack as references; for hooks, all of them."""
    assert hidden.templates[IDENTITY]["Resources"]["Topic"]["Properties"] == {
        "KmsMasterKeyId": BUCKET_ARN
    }
    for copies in (templates.imported(hidden), templates.resolved(hidden)):
        key = copies[IDENTITY]["Resources"]["Topic"]["Properties"]["KmsMasterKeyId"]
        assert key.startswith("arn:aws:s3:::")


def test_hooks_see_arns_of_the_right_form(tmp_path: Path) -> None:
    """A control that looks at the form of an ARN judges what the service would give out."""
    kit = environment(
        tmp_path,
        {
            STORAGE: {
                "Key": resource("AWS::KMS::Key"),
                "Queue": resource(
                    "AWS::SQS::Queue",
                    KmsMasterKeyId={"Ref": "Key"},
                    RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                    Tags=[{"Key": "url", "Value": {"Fn::Sub": "${Dead}@${AWS::Region}"}}],
                ),
                "Dead": resource("AWS::SQS::Queue", QueueName="dead"),
            }
        },
    )
    resources = templates.resolved(kit)[STORAGE]["Resources"]
    queue = resources["Queue"]["Properties"]
    assert len(queue["KmsMasterKeyId"].split("-")) == 5
    dead = queue["RedrivePolicy"]["deadLetterTargetArn"]
    assert dead == "arn:aws:sqs:us-east-1:111122223333:dead"
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/dead@us-east-1"
    assert queue["Tags"][0]["Value"] == url


def test_a_program_that_is_not_installed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An audit by fewer programs would look like a better one."""
    monkeypatch.delenv(checkov.SETTING, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkov, "PROGRAM", tmp_path / "checkov")
    monkeypatch.setattr(guard, "PACKAGE", tmp_path / "guard")
    for missing in (checkov.program, lambda: guard.program(tmp_path)):
        with pytest.raises(ToolError, match="make setup"):
            missing()


def test_a_named_checkov_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, hidden: Environment, tmp_path: Path
) -> None:
    """A wrong setting does not fall back to another installation."""
    monkeypatch.setenv(checkov.SETTING, str(tmp_path / "nowhere"))
    with pytest.raises(ToolError, match="checkov could not be started"):
        checkov.findings(hidden, tmp_path)


@pytest.mark.parametrize("adapter", [nag.findings, lint.findings, checkov.findings, guard.findings])
@pytest.mark.parametrize(
    "answer", [("Traceback", "printed no JSON"), ("[3]", "does not understand")]
)
def test_an_answer_of_another_form_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
    hidden: Environment,
    tmp_path: Path,
    adapter: Adapter,
    answer: tuple[str, str],
) -> None:
    """It is never taken for "found nothing"."""
    printed, words = answer
    monkeypatch.setattr(checkov, "program", lambda: Path("checkov"))
    ended = process.Ended(code=0, out=printed, err="")
    monkeypatch.setattr(process, "run", lambda *_, **__: ended)
    with pytest.raises(ToolError, match=words):
        adapter(hidden, tmp_path)


@pytest.mark.parametrize("adapter", [checkov.findings, guard.findings])
def test_a_template_that_a_program_is_silent_about_is_an_error(
    monkeypatch: pytest.MonkeyPatch, hidden: Environment, tmp_path: Path, adapter: Adapter
) -> None:
    """checkov leaves out, without a word, what it takes for no template."""
    silent = {
        checkov.findings: '{"results": {"passed_checks": [], "failed_checks": [], '
        '"skipped_checks": [], "parsing_errors": []}, "summary": {"checkov_version": "3"}}',
        guard.findings: "[]",
    }
    monkeypatch.setattr(checkov, "program", lambda: Path("checkov"))
    ended = process.Ended(code=0, out=silent[adapter], err="")
    monkeypatch.setattr(process, "run", lambda *_, **__: ended)
    with pytest.raises(ToolError, match=f"said nothing at all about .*{STORAGE}"):
        adapter(hidden, tmp_path)


def test_a_program_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    """And it sees neither the caller's settings nor the network."""
    told = process.run(["/bin/sh", "-c", "echo $HOME $https_proxy"], tool="sh", home=tmp_path)
    assert told.out.split() == [str(tmp_path), process.NOWHERE]
    with pytest.raises(ToolError, match="sh ended with code 3:\nno such rule"):
        process.run(["/bin/sh", "-c", "echo no such rule; exit 3"], tool="sh", home=tmp_path)


def test_every_control_of_control_tower_is_known_by_its_id() -> None:
    """cfn-guard prints the names of rules; people know controls as CT.S3.PR.9."""
    known = guard.controls()
    rules = programs.ROOT / "node_modules/@cdklabs/cdk-validator-cfnguard/rules/control-tower"
    assert {control.id for control in known.values()} >= {"CT.S3.PR.9", "CT.LAMBDA.PR.3"}
    assert len({c.id for c in known.values()}) == len(list((rules / "metadata").rglob("*.json")))


def test_checkov_is_pinned_with_all_that_it_pulls_in() -> None:
    """`--no-deps` installs what is listed, at the versions that were tested, and nothing else."""
    lock = (programs.ROOT / "autolote/audit/tools/checkov.txt").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if not line.startswith("#")]
    assert "checkov==3.3.30" in pins
    assert all("==" in pin for pin in pins)
    assert len(pins) > 50
