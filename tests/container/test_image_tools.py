"""What the build of the image runs: build.sh, the bill of materials, the trimming of packages."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "container"
sys.path.append(str(FOLDER / "image"))  # scripts of the image's build, in no package
import sbom  # noqa: E402
import trim  # noqa: E402

VARIABLES = {
    "REPOSITORY": "team-scoring",
    "REPOSITORY_URI": "1.dkr.ecr.sa-east-1.amazonaws.com/team-scoring",
    "IMAGE_TAG": "f00d",
    "PYTHON_DIGEST": "sha256:1",
    "RUN_AS": "10001",
}
STAND_IN = """#!/bin/sh
echo "{name} $*" >> "$CALLS"
echo "{name} $*" | grep -qE "$FAILS" && exit 1
exit 0
"""


class Build:
    """Runs build.sh with stand-ins for docker and the AWS command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("docker", "aws"):
            tool = folder / name
            tool.write_text(STAND_IN.format(name=name))
            tool.chmod(0o755)

    def run(self, *, fails: str, **variables: str) -> tuple[int, list[str]]:
        """The exit status, and what was called; what matches `fails` fails."""
        calls = self.folder / "calls"
        own = {"PATH": f"{self.folder}:{os.environ['PATH']}", "CALLS": str(calls), "FAILS": fails}
        done = subprocess.run(
            ["bash", "image/build.sh"],
            cwd=FOLDER,
            env={**own, **VARIABLES, **variables},
            capture_output=True,
            check=False,
        )
        return done.returncode, calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def verbs(calls: list[str]) -> list[str]:
    return [" ".join(call.split()[:2]) for call in calls]


def test_an_image_is_built_tried_and_then_pushed(build: Build) -> None:
    """What does not start is never pushed: it is tried as SageMaker may run it."""
    status, calls = build.run(fails="^aws ecr describe")
    assert status == 0
    tried = ["docker run"] * 3
    assert verbs(calls)[1:-3] == ["docker build", *tried]
    assert sorted(verbs(calls)[-3:-1]) == ["aws ecr", "docker login"]  # a pipe: in any order
    assert calls[-1] == f"docker push {VARIABLES['REPOSITORY_URI']}:f00d"
    assert "--build-arg PYTHON_DIGEST=sha256:1 --build-arg RUN_AS=10001" in calls[1]
    assert all("--network none --read-only --tmpfs /tmp" in call for call in calls[2:5])


def test_an_image_that_is_there_is_not_built(build: Build) -> None:
    """Tags never move: a second push would be refused."""
    status, calls = build.run(fails="nothing")
    assert status == 0
    assert verbs(calls) == ["aws ecr"]


@pytest.mark.parametrize("step", ["docker build", "docker run", "docker login", "docker push"])
def test_a_step_that_fails_fails_the_build(build: Build, step: str) -> None:
    """And nothing is done after it."""
    status, calls = build.run(fails=f"^aws ecr describe|^{step}")
    assert status != 0
    after = {"docker build": [], "docker run": [], "docker login": ["aws ecr"], "docker push": []}
    last = verbs(calls)[verbs(calls).index(step) + 1 :]
    assert last in ([], after[step])


def test_a_variable_that_is_missing_is_named(build: Build) -> None:
    status, calls = build.run(fails="nothing", RUN_AS="")
    assert status != 0
    assert calls == []


def test_the_bill_of_materials_names_every_kind_of_part() -> None:
    """Python's packages, Python itself, Debian's packages; removed ones are not in it."""
    dpkg = "libc6\t2.36-9+deb12u13\tamd64\tinstalled\nold\t1\tamd64\tconfig-files\n"
    component: dict[str, Any] = {"type": "library", "name": "lightgbm", "purl": "pkg:pypi/x@1"}
    python = {"components": [component], "dependencies": [{"ref": "x"}]}
    made = sbom.document(python, dpkg, distribution="debian-12", version="f00d")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["version"] == "f00d"
    purls = [part["purl"] for part in made["components"]]
    assert purls[0] == "pkg:pypi/x@1"
    assert purls[-1] == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12"
    assert any(purl.startswith("pkg:generic/python@3.") for purl in purls)
    assert not any("/old@" in purl for purl in purls)
    assert made["dependencies"] == [{"ref": "x"}]


def test_the_same_image_has_the_same_bill_of_materials() -> None:
    """No time and no random number: it can be compared."""
    documents = [
        sbom.document({"components": []}, "", distribution="debian-12", version="f00d")
        for _ in range(2)
    ]
    assert documents[0] == documents[1]
    assert "serialNumber" not in documents[0]
    assert "timestamp" not in documents[0]["metadata"]


def test_only_descriptions_of_unused_services_and_tests_are_trimmed(tmp_path: Path) -> None:
    """S3 and what all services share stay; so does a folder of tests of anybody else."""
    kept = ["botocore/data/endpoints.json", "botocore/data/s3/2006-03-01/service-2.json.gz"]
    kept += ["numpy/testing/utils.py", "scipy/sparse/a.py", "lightgbm/tests/a.py"]
    gone = ["botocore/data/ec2/1/service-2.json.gz", "numpy/tests/a.py", "scipy/x/tests/tests/a.py"]
    for name in (*kept, *gone):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("12345")
    assert trim.trim(tmp_path) == 5 * len(gone)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*kept}
