"""The Dockerfile keeps the container contract and the rules for an image; its files really run."""

import ast
import re
import shutil
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from autolote.local.aws.codebuild import dockerfile, stages
from autolote.local.aws.codebuild.dockerfile import Copy, Stage
from tests.container import models
from tests.container.process import container

FOLDER = Path(__file__).parents[2] / "container"
TEXT = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = list(dockerfile.instructions(TEXT))
STAGES = dockerfile.read(TEXT)


def arguments(name: str) -> list[str]:
    """The arguments of every such instruction."""
    return [given for found, given in INSTRUCTIONS if found == name]


def of_last_stage(name: str) -> list[str]:
    """The arguments of such instructions in the final stage."""
    start = max(at for at, (found, _) in enumerate(INSTRUCTIONS) if found == "FROM")
    return [given for found, given in INSTRUCTIONS[start:] if found == name]


def pins(name: str) -> dict[str, str]:
    """Package to version, of a file that pins every line exactly."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line) for line in found), found
    return dict(line.split("==") for line in found)


def test_what_comes_from_a_registry_is_pinned_by_digest() -> None:
    """Nothing changes under us; the digest is given by whoever builds, and has no default."""
    own = {stage.name for stage in STAGES}
    outside = [stage.base for stage in STAGES if stage.base not in own]
    assert outside
    assert all(base.endswith("@${PYTHON_DIGEST}") for base in outside)
    assert all(":latest" not in base for base in outside)
    assert "PYTHON_DIGEST" in arguments("ARG")
    assert not [given for given in arguments("ARG") if given.startswith("PYTHON_DIGEST=")]


def test_the_final_stage_only_takes_what_others_made() -> None:
    """No command runs in it, so that no compiler, package index or cache can stay behind."""
    assert not of_last_stage("RUN")
    copies = [step for step in STAGES[-1].steps if isinstance(step, Copy)]
    assert {step.source for step in copies} == {"packages", "program", "sbom"}
    assert all(step.paths[0].startswith("/opt/") or "sbom" in step.paths[0] for step in copies)
    [base] = [stage for stage in STAGES if stage.name == STAGES[-1].base]
    installed = [
        word for line in commands(base) if line[:2] == ("apt-get", "install") for word in line
    ]
    assert [word for word in installed[2:] if not word.startswith("--")] == ["libgomp1"]


def commands(stage: Stage) -> list[tuple[str, ...]]:
    return [
        command
        for step in stage.steps
        if isinstance(step, dockerfile.Run)
        for command in step.commands
    ]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_installing_leaves_no_lists_no_caches_and_no_surprises(stage: Stage) -> None:
    """As hadolint asks: DL3008-DL3015 (apt), DL3042 (pip), without what moves by itself."""
    for command in commands(stage):
        if command[:2] == ("apt-get", "install"):
            assert {"--yes", "--no-install-recommends"} <= {*command}
            assert ("rm", "-rf", "/var/lib/apt/lists/*") in commands(stage)
        if "install" in command and "pip" in " ".join(command[:4]):
            assert {"--no-cache-dir", "--no-deps", "--only-binary"} <= {*command}
        assert command[0] not in ("curl", "wget", "sudo")
        assert command[1:2] not in (("upgrade",), ("dist-upgrade",))


def test_the_program_does_not_run_as_root_unless_the_settings_say_so() -> None:
    assert of_last_stage("USER") == ["${RUN_AS}"]
    [default] = [given for given in of_last_stage("ARG") if given.startswith("RUN_AS=")]
    assert int(default.removeprefix("RUN_AS=")) > 0


def test_the_entry_point_is_in_exec_form_and_takes_sagemakers_argument() -> None:
    """`serve` and `train` are appended to it, in place of a CMD."""
    assert STAGES[-1].entrypoint == ("/opt/venv/bin/python", "/opt/program/container/serve.py")
    assert not arguments("CMD")


def test_the_image_says_what_it_was_made_of() -> None:
    [labels] = of_last_stage("LABEL")
    assert 'image.version="${SOURCE_HASH}"' in labels
    assert 'image.base.digest="${PYTHON_DIGEST}"' in labels


def test_what_is_installed_is_pinned_to_the_versions_of_the_tests() -> None:
    lock = (FOLDER.parent / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert {f"{name}=={version}" for name, version in pins("requirements.txt").items()} <= {*lock}


@pytest.mark.parametrize("name", ["requirements.txt"])
def test_nothing_that_is_installed_misses_what_it_needs(name: str) -> None:
    """The list is complete, since it is installed without looking for more."""
    given = pins(name).keys()
    for package in given:
        for needed in metadata.requires(package) or []:
            if "extra ==" not in needed:
                assert re.split(r"[^A-Za-z0-9_-]", needed)[0] in given, f"{package} needs {needed}"


def test_what_lists_the_packages_is_pinned_as_well() -> None:
    assert pins("image/requirements.txt")["cyclonedx-bom"]


def test_the_container_imports_nothing_of_the_project_outside_its_folder() -> None:
    allowed = {"container", "boto3", "botocore", "lightgbm", "numpy"}
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            roots = {name.partition(".")[0] for name in names}
            assert not roots & {"autolote", "rules", "steps", "stacks", "tests"}, file
            third = {root for root in roots if (FOLDER.parent / root).is_dir()}
            assert third <= allowed, file


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the final stage, as Docker would copy it; the library is the one built here."""
    folder = tmp_path_factory.mktemp("image")
    context = folder / "context"
    shutil.copytree(FOLDER, context, ignore=shutil.ignore_patterns("__pycache__", "build"))

    def make(native: Path) -> None:
        shutil.copytree(FOLDER / "native" / "build", native / "build")

    tree, _ = stages.assemble(
        STAGES, context=context, folder=folder / "stages", make=make, say=lambda _: None
    )
    return tree


def variables() -> dict[str, str]:
    """What the image sets."""
    [given] = of_last_stage("ENV")
    return dict(word.split("=") for word in given.split())


def test_the_files_of_the_image_serve_and_write_nothing(image: Path, tmp_path: Path) -> None:
    """Every module and the library are in it; afterwards it is as before."""
    program = image / STAGES[-1].entrypoint[-1].lstrip("/")
    before = {path: path.stat().st_mtime_ns for path in image.rglob("*")}
    booster = models.save(tmp_path / "model", {"objective": "binary"})
    values = models.rows()
    environment = {**variables(), "SM_MODEL_DIR": str(tmp_path / "model")}
    with container(environment, tmp_path, program=program) as served:
        served.wait(200)
        status, text, _ = served.request("POST", "/invocations", models.to_csv(values))
    assert status == 200
    predicted = np.array([float(line) for line in text.splitlines()])
    assert (predicted == booster.predict(values)).all()
    assert {path: path.stat().st_mtime_ns for path in image.rglob("*")} == before


def test_the_files_of_the_image_train(image: Path, tmp_path: Path) -> None:
    """The argument `train` reaches the training, which says what it misses."""
    program = image / STAGES[-1].entrypoint[-1].lstrip("/")
    with container(variables(), tmp_path, argument="train", program=program) as started:
        assert started.process.wait(30) == 1
    assert "training failed: target: it must be given" in (tmp_path / "container.log").read_text()


def test_only_what_the_program_needs_is_in_it(image: Path) -> None:
    """Modules and the library: no source of the kernel, no Dockerfile, no build's tools."""
    found = {path.relative_to(image) for path in image.rglob("*") if path.is_file()}
    modules = {
        path.relative_to(FOLDER)
        for path in FOLDER.rglob("*.py")
        if path.relative_to(FOLDER).parts[0] not in ("image", "native")
    }
    wanted = {*modules, Path("native/build/libscoring.so")}
    assert found == {Path("opt/program/container") / path for path in wanted}


def test_the_dockerfile_ignores_what_was_built_here() -> None:
    """The kernel is compiled in the image, whatever lies beside its source."""
    ignored = (FOLDER / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"native/build", "**/__pycache__"} <= {*ignored}
