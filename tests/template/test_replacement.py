"""No data is lost when an environment is deployed again, whatever setting has changed meanwhile."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest

from autolote.settings import Retention, load
from stacks.app import ROOT, build
from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS
from tests.template.replacement import HOLDS_DATA, losses
from tests.template.test_snapshots import SNAPSHOTS, snapshots


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """`prod` with every setting changed that a team changes while it works."""
    prod = load(ROOT / "environments" / "prod.toml")
    settings = dataclasses.replace(
        prod,
        projects=("digits",),
        notification_emails=("team@example.com",),
        tags={**prod.tags, "owner": "another-team"},
        permissions_boundary="boundary",
        retention=Retention(
            run_input_days=7,
            checkpoint_days=3,
            noncurrent_days=30,
            access_log_days=30,
            log_days=30,
            requests_days=7,
        ),
        limits=dataclasses.replace(prod.limits, max_instance_count=2, max_run_cost_usd=1.0),
        image=dataclasses.replace(prod.image, tag="mine"),
        functions=dataclasses.replace(prod.functions, reserved_concurrency=None),
    )
    outdir = tmp_path_factory.mktemp("changed")
    build([settings], outdir=outdir).synth()
    return Assembly(outdir)


def test_other_settings_replace_nothing_that_holds_data(
    assembly: Assembly, changed: Assembly
) -> None:
    """Logical ids stay, and so does every property whose change replaces a resource. What goes with
    the image's build is its own log and its function's."""
    found = [
        loss
        for stack in assembly.stacks("prod")
        for loss in losses(assembly.template("prod", stack), changed.template("prod", stack))
    ]
    gone = [
        loss for loss in found if "Build" in loss and loss.endswith("(AWS::Logs::LogGroup) is gone")
    ]
    assert len(gone) == 2
    assert found == gone


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_was_reviewed_last_is_updated_without_losing_data(
    assembly: Assembly, environment: str
) -> None:
    """Between the committed snapshots and this synthesis nothing that holds data is replaced."""
    current = snapshots(assembly, environment)
    for path in sorted((SNAPSHOTS / environment).glob("*.template.json")):
        before, after = json.loads(path.read_text()), json.loads(current[path.name])
        assert not list(losses(before, after)), path


def test_what_holds_data_stays_when_it_leaves_its_template(assembly: Assembly) -> None:
    """In prod, deleting the stack or the resource leaves the data where it is. Dead letters go:
    they are kept for 14 days at most."""
    for resource in assembly.resources("prod"):
        if resource.body["Type"] in HOLDS_DATA - {"AWS::SQS::Queue"}:
            kept = {resource.body.get(f"{when}Policy") for when in ("UpdateReplace", "Deletion")}
            assert kept <= {"Retain", "RetainExceptOnCreate"} or _has_retention(resource.body)


def _has_retention(body: dict[str, Any]) -> bool:
    """A profile or a space of a domain: its files lie in the domain's own file system."""
    return body["Type"] in {"AWS::SageMaker::Space", "AWS::SageMaker::UserProfile"}


def template(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"R": {"Type": "AWS::ECR::Repository", "Properties": properties}}}


@pytest.mark.parametrize(
    ("after", "loss"),
    [
        (template(RepositoryName="b"), "R (AWS::ECR::Repository) is replaced: RepositoryName"),
        (
            template(RepositoryName="a", EncryptionConfiguration={"EncryptionType": "AES256"}),
            "R (AWS::ECR::Repository) is replaced: EncryptionConfiguration",
        ),
        ({"Resources": {}}, "R (AWS::ECR::Repository) is gone"),
        ({"Resources": {"S": template()["Resources"]["R"]}}, "R (AWS::ECR::Repository) is gone"),
    ],
)
def test_a_loss_is_found_and_named(after: dict[str, Any], loss: str) -> None:
    """A rename, another key and a resource that is gone; a change in place is none."""
    before = template(RepositoryName="a")
    assert next(losses(before, after)).startswith(loss)
    tagged = copy.deepcopy(before)
    tagged["Resources"]["R"]["Properties"]["Tags"] = []
    assert not list(losses(before, tagged))
