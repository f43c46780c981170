"""Every template is reviewed: a change to what is deployed is a change to a file in Git."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
MACHINE = "state-machine.asl.json"
ASSET_HASH = re.compile(r"(?<!sha256:)\b[0-9a-f]{64}\b")


def snapshots(assembly: Assembly, environment: str) -> dict[str, str]:
    """The files that an environment's snapshots consist of, by name.

    Only the hashes of sources are masked: they change with every edit of a file. The state
    machine's definition, a string in pieces in the template, has a file of its own.
    """
    files: dict[str, object] = {MACHINE: assembly.definition(environment)}
    for stack in assembly.stacks(environment):
        template = assembly.template(environment, stack)
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::StepFunctions::StateMachine":
                resource["Properties"]["DefinitionString"] = f"see {MACHINE}"
        files[f"{stack}.template.json"] = template
    return {
        name: ASSET_HASH.sub("<asset>", json.dumps(content, indent=2, sort_keys=True)) + "\n"
        for name, content in files.items()
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_templates_are_the_ones_that_were_reviewed(
    assembly: Assembly, environment: str, request: pytest.FixtureRequest
) -> None:
    """What would be deployed is what tests/snapshots/ says (`make snapshots` accepts a change)."""
    folder = SNAPSHOTS / environment
    current = snapshots(assembly, environment)
    if request.config.getoption("snapshot_update", default=False):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in current.items():
            (folder / name).write_text(content, encoding="utf-8")
    reviewed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert reviewed == current


def test_every_snapshot_belongs_to_an_environment() -> None:
    """A snapshot that nothing is compared with would be read as if it were deployed."""
    assert sorted(path.name for path in SNAPSHOTS.iterdir()) == sorted(ENVIRONMENTS)
