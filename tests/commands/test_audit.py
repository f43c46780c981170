"""`autolote audit`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autolote import assembly as assembly_on_disk
from autolote import tools
from autolote.__main__ import main
from autolote.audit.model import Environment
from tests.audit.defects import Copy
from tests.audit.defects.copies import change
from tests.template.assembly import Assembly


@pytest.fixture(scope="module")
def clean(assembly: Assembly, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assembly of one key, in which our own rules find nothing."""
    templates = Copy(Environment(assembly.folder, "prod"))
    for template in templates.templates.values():
        kept = {k: r for k, r in template["Resources"].items() if r["Type"] == "AWS::KMS::Key"}
        template["Resources"] = kept
        template.pop("Outputs", None)
    folder = tmp_path_factory.mktemp("clean")
    templates.write(folder)
    return folder


@pytest.fixture(scope="module")
def spoilt(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with a key that is never rotated."""
    templates = Copy(Environment(clean, "prod"))
    change("AWS::KMS::Key", "EnableKeyRotation", False)(templates)
    folder = tmp_path_factory.mktemp("spoilt")
    templates.write(folder)
    return folder


@pytest.fixture
def no_waivers(tmp_path: Path) -> Path:
    path = tmp_path / "waivers.toml"
    path.write_text("")
    return path


def audit(folder: Path, waivers: Path, *more: str) -> int:
    """Run the command on our own rules alone; the exit code."""
    where = ["--cdk-out", str(folder), "--waivers", str(waivers)]
    return main(["audit", *more, "--no-tools", "--today", "2026-11-29", *where])


def test_templates_without_a_finding_pass(
    clean: Path, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, and a sentence that says so."""
    assert audit(clean, no_waivers) == 0
    assert "No finding is left" in capsys.readouterr().out


def test_a_finding_is_told_with_its_place_and_its_remedy(
    spoilt: Path, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1; the rule, the resource, what is wrong with it, and what to do."""
    assert audit(spoilt, no_waivers) == 1
    told = capsys.readouterr().out
    for part in ("key-rotation", "storage/Key", "is never rotated", "Set EnableKeyRotation"):
        assert part in told, part
    assert "1 finding is left without a valid waiver" in told


def test_a_waiver_of_another_program_is_left_aside_when_that_is_not_run(
    clean: Path, no_waivers: Path
) -> None:
    """A row that only checkov could use is not called unused by who did not ask checkov."""
    no_waivers.write_text(_row("checkov:CKV_AWS_7"))
    assert audit(clean, no_waivers) == 0


def test_a_waiver_is_good_until_its_day_and_no_longer(spoilt: Path, no_waivers: Path) -> None:
    """The day is the one that --today says."""
    no_waivers.write_text(_row("autolote:key-rotation"))
    assert audit(spoilt, no_waivers) == 0
    assert audit(spoilt, no_waivers, "--today", "2027-01-01") == 0
    late = ["--cdk-out", str(spoilt), "--waivers", str(no_waivers), "--today", "2027-01-02"]
    assert main(["audit", "--no-tools", *late]) == 1


def _row(rule: str) -> str:
    return (
        f'[[waiver]]\nrules = ["{rule}"]\nresources = ["storage/Key"]\n'
        'reason = "This key is made for the test of waivers and encrypts nothing at all"\n'
        'owner = "tests"\nexpires = 2027-01-01\n'
    )


def _words(told: str) -> str:
    """What was told, however wide the terminal is."""
    return " ".join(told.split())


@pytest.mark.parametrize("form", ["html", "md", "json", "sarif"])
def test_a_report_is_the_same_each_time(
    spoilt: Path, no_waivers: Path, tmp_path: Path, form: str
) -> None:
    """Byte for byte: a change in it is a change of the templates."""
    for name in ("one", "two"):
        assert audit(spoilt, no_waivers, f"--{form}", str(tmp_path / name)) == 1
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert b"key-rotation" in (tmp_path / "one").read_bytes()


def test_a_report_on_standard_output_is_alone_there(
    spoilt: Path, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that another program can read it; people read the summary on standard error."""
    assert audit(spoilt, no_waivers, "--json") == 1
    told = capsys.readouterr()
    assert json.loads(told.out)
    assert "1 finding is left" in told.err


def test_without_templates_the_command_to_write_them_is_told(
    no_waivers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: nothing was judged."""
    assert audit(tmp_path / "nowhere", no_waivers) == 2
    assert "run `autolote synth` first" in _words(capsys.readouterr().err)


def test_an_environment_that_is_not_there_is_refused_with_those_that_are(
    clean: Path, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert audit(clean, no_waivers, "staging") == 2
    assert "no environment 'staging'; it holds prod" in _words(capsys.readouterr().err)


def test_a_report_is_about_one_environment(
    assembly: Assembly, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, before anything is judged."""
    assert audit(assembly.folder, no_waivers, "dev", "prod", "--json") == 2
    assert "name one of dev, prod before --json" in _words(capsys.readouterr().err)


def test_prod_is_judged_when_nothing_is_named(
    assembly: Assembly, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the environment that the promises are about."""
    audit(assembly.folder, no_waivers)
    told = capsys.readouterr().out
    assert told.startswith("prod: ")
    assert told.count("waivers judged on") == 1


@pytest.mark.parametrize("current", [True, False])
def test_templates_older_than_their_sources_are_judged_with_a_warning(
    clean: Path,
    no_waivers: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    current: bool,
) -> None:
    """What is judged is what is there; whether that is what was meant, a person has to know."""
    monkeypatch.setattr(tools, "CDK_OUT", clean)
    monkeypatch.setattr(assembly_on_disk, "is_current", lambda: current)
    assert audit(clean, no_waivers) == 0
    assert ("`autolote synth` writes it again" in _words(capsys.readouterr().err)) is not current


def test_a_change_that_opens_a_finding_blocks(
    clean: Path, spoilt: Path, no_waivers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and the finding; the way back opens none."""
    assert audit(spoilt, no_waivers, "--against", str(clean)) == 1
    assert "key-rotation" in capsys.readouterr().out
    assert audit(clean, no_waivers, "--against", str(spoilt)) == 0


def test_what_was_open_before_fails_no_change_that_leaves_it_so(
    spoilt: Path, no_waivers: Path, tmp_path: Path
) -> None:
    """Exit code 0; and the comment for the pull request says that nothing changes."""
    comment = tmp_path / "comment.md"
    assert audit(spoilt, no_waivers, "--against", str(spoilt), "--md", str(comment)) == 0
    assert "nothing changes" in comment.read_text(encoding="utf-8")
