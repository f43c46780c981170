"""`autolote audit --against`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autolote.__main__ import main
from tests.report import sample


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The assembly of the state before."""
    return _assembly(tmp_path / "before", sample.resources())


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """The same with a bucket of another name, and a role that may do more."""
    resources = sample.resources()
    resources["Data"]["Properties"]["BucketName"] = "another"
    [policy] = resources["StepRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"][0]["Action"] = ["s3:PutObject", "s3:DeleteObject"]
    return _assembly(tmp_path / "after", resources)


def _assembly(folder: Path, resources: dict[str, object]) -> Path:
    sample.environment(folder, {"main": resources})
    return folder / "sample"


def compare(now: Path, before: Path, *more: str) -> int:
    """Run the command; the exit code."""
    (now.parent / "waivers.toml").write_text("")
    where = ["--cdk-out", str(now), "--waivers", str(now.parent / "waivers.toml")]
    rest = ["--against", str(before), "--no-tools", "--today", "2026-11-29"]
    return main(["audit", *where, *rest, *more])


def test_a_change_that_loses_data_ends_with_1(
    before: Path, after: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says which, beside what a reviewer has to look at."""
    assert compare(after, before) == 1
    told = capsys.readouterr().out
    assert "!! main/Data is replaced by an empty one, for another BucketName" in told
    assert "main/StepRole gains s3:DeleteObject on objects runs/* in bucket main/Data" in told


def test_findings_of_before_do_not_fail_a_change_that_adds_none(
    before: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample has findings of its own; comparing it with itself is about none of them."""
    assert compare(before, before) == 0
    assert "sample: nothing changes" in capsys.readouterr().out


def test_what_goes_to_standard_output_is_nothing_else(
    before: Path, after: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it can be piped."""
    compare(after, before, "--json")
    assert json.loads(capsys.readouterr().out)["environment"] == "sample"


def test_a_waiver_that_a_change_brings_along_is_told(
    before: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state before is judged by its own waivers."""
    compare(before, before, "--md")
    assert "is waived by" not in capsys.readouterr().out
    now = _assembly(before.parent.parent / "now", sample.resources())
    compare(now, before)
    capsys.readouterr()
    (now.parent / "waivers.toml").write_text(
        "[[waiver]]\n"
        'rules = ["autolote:bucket-versioning"]\nresources = ["main/Data"]\n'
        'reason = "The sample keeps nothing that anybody would want an older version of"\n'
        'owner = "data-platform"\nexpires = 2027-05-31\n'
    )
    where = ["--cdk-out", str(now), "--waivers", str(now.parent / "waivers.toml")]
    main(["audit", *where, "--against", str(before), "--no-tools", "--today", "2026-11-29"])
    assert (
        "main/Data is waived by data-platform: autolote bucket-versioning"
        in capsys.readouterr().out
    )


def test_a_folder_without_templates_is_refused(
    after: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is no empty environment, in which everything would be new."""
    assert compare(after, tmp_path / "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err.replace("\n", "")
