"""The Dockerfile keeps the container contract and the rules for a base image."""

import ast
import json
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "container"
INSTRUCTIONS = [
    line.strip()
    for line in re.sub(r"\\\n", " ", (FOLDER / "Dockerfile").read_text()).splitlines()
    if line.strip() and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    """The arguments of every such instruction."""
    found = [line.split(maxsplit=1) for line in INSTRUCTIONS]
    return [parts[1] for parts in found if parts[0] == instruction]


def test_every_base_image_is_pinned_by_digest() -> None:
    images = [image.split()[0] for image in arguments("FROM")]
    assert images
    assert all(image.endswith("@${PYTHON_DIGEST}") for image in images)
    assert all(":latest" not in image for image in images)
    assert "PYTHON_DIGEST" in arguments("ARG")  # no default: a build without it fails


def test_the_last_stage_does_not_run_as_root() -> None:
    last = INSTRUCTIONS[
        max(at for at, line in enumerate(INSTRUCTIONS) if line.startswith("FROM")) :
    ]
    users = [line.split()[1] for line in last if line.startswith("USER")]
    assert users
    assert users[-1] not in ("0", "root")


def test_the_entry_point_is_in_exec_form_and_names_an_existing_program() -> None:
    (entrypoint,) = arguments("ENTRYPOINT")
    command = json.loads(entrypoint)
    assert (FOLDER / Path(command[-1]).name).is_file()
    assert not arguments("CMD")  # SageMaker appends `serve`, in place of a CMD


def test_what_is_installed_is_pinned_to_the_versions_of_the_tests() -> None:
    requirements = (FOLDER / "requirements.txt").read_text().splitlines()
    pins = [line for line in requirements if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9]+==[0-9.]+", pin) for pin in pins)
    tested = (FOLDER.parent / "requirements.txt").read_text().splitlines()
    own = [pin for pin in pins if not pin.startswith("scipy")]
    assert set(own) <= set(tested)


def test_the_container_imports_nothing_of_the_project_outside_its_folder() -> None:
    allowed = {"container", "boto3", "botocore", "lightgbm", "numpy"}
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            roots = {name.partition(".")[0] for name in names}
            assert not roots & {"autolote", "rules", "steps", "stacks", "tests"}, file
            third = {root for root in roots if (FOLDER.parent / root).is_dir()}
            assert third <= allowed, file
