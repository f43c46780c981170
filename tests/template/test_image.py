"""The scoring image: built from this source, by a build that may do nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from autolote.image_settings import PYTHON_DIGEST, Image
from stacks.app import ROOT, all_settings, build
from stacks.constructs.image_build import BUILD_MINUTES, QUEUE_MINUTES, image_tag
from stacks.functions import BUILD_IMAGE
from tests.template.assembly import Assembly, as_list
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)
PROJECT = "AWS::CodeBuild::Project"
REPOSITORY = "AWS::ECR::Repository"


def variables(assembly: Assembly, environment: str) -> dict[str, object]:
    told = assembly.resource(environment, PROJECT).properties["Environment"]
    return {one["Name"]: one["Value"] for one in told["EnvironmentVariables"]}


@pytest.mark.parametrize("environment", ALL)
def test_tags_never_move_and_images_are_scanned_encrypted_and_expire(
    assembly: Assembly, environment: str
) -> None:
    """What a run was made with can be told later, and old images do not pile up for ever."""
    found = assembly.resource(environment, REPOSITORY).properties
    assert found["ImageTagMutability"] == "IMMUTABLE"
    assert found["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert found["EncryptionConfiguration"]["EncryptionType"] == "KMS"
    assert "ExportsOutputFnGetAttKey" in json.dumps(found["EncryptionConfiguration"]["KmsKey"])
    rules = json.loads(found["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    untagged, any_other = (rule["selection"] for rule in rules)
    assert (untagged["tagStatus"], untagged["countNumber"]) == ("untagged", 1)
    assert (any_other["countType"], any_other["countNumber"]) == ("imageCountMoreThan", 20)
    assert "RepositoryPolicyText" not in found


@pytest.mark.parametrize("environment", ALL)
def test_build_run_and_models_speak_of_the_same_image(assembly: Assembly, environment: str) -> None:
    """The tag is that of this source, everywhere it stands."""
    [source] = assembly.image_sources()
    tag = image_tag(source.name.removeprefix("asset."), Image())
    assert variables(assembly, environment)["IMAGE_TAG"] == tag
    wanted = assembly.resource(environment, "Custom::ScoringImage").properties
    assert wanted["ImageTag"] == tag
    for name in ("CreateModel", "StartTraining"):
        function = assembly.resource(environment, "AWS::Lambda::Function", f"{name}Function")
        image = json.dumps(function.properties["Environment"]["Variables"]["SCORING_IMAGE"])
        assert f"/autolote-{environment}-scoring:{tag}" in image


def test_the_tag_tells_of_everything_that_the_image_is_made_of() -> None:
    """Another source, another base image or another user is another image."""
    tags = {
        image_tag("one", Image()),
        image_tag("two", Image()),
        image_tag("one", Image(python_digest=f"sha256:{'0' * 64}")),
        image_tag("one", Image(run_as=0)),
    }
    assert len(tags) == 4
    assert image_tag("one", Image(keep=3)) in tags


@pytest.mark.parametrize("environment", ALL)
def test_the_project_makes_nothing_but_this_image(assembly: Assembly, environment: str) -> None:
    """Source, base image and tag are fixed in it; it leaves no artefacts, and its time is short."""
    [source] = assembly.image_sources()
    project = assembly.resource(environment, PROJECT).properties
    assert source.name.removeprefix("asset.") in json.dumps(project["Source"]["Location"])
    assert (source / project["Source"]["BuildSpec"]).is_file()
    assert project["Artifacts"] == {"Type": "NO_ARTIFACTS"}
    assert project["Environment"]["Type"] == "LINUX_CONTAINER"
    assert project["ConcurrentBuildLimit"] == 1
    assert project["TimeoutInMinutes"] == BUILD_MINUTES
    assert project["QueuedTimeoutInMinutes"] == QUEUE_MINUTES
    assert "ExportsOutputFnGetAttKey" in json.dumps(project["EncryptionKey"])
    assert variables(assembly, environment)["PYTHON_DIGEST"] == PYTHON_DIGEST
    log = assembly.resource(environment, "AWS::Logs::LogGroup", "ImageBuildLog")
    assert project["LogsConfig"]["CloudWatchLogs"]["GroupName"] == {"Ref": log.logical_id}


def test_whoever_waits_for_the_build_waits_longer_than_it_may_take(assembly: Assembly) -> None:
    """The build ends first, then the function, then CloudFormation: each can say what happened."""
    wanted = assembly.resource("prod", "Custom::ScoringImage").properties
    assert BUILD_MINUTES * 60 < BUILD_IMAGE.timeout < int(wanted["ServiceTimeout"]) <= 3600


@pytest.mark.parametrize("environment", ALL)
def test_the_build_reads_one_source_and_pushes_to_one_repository(
    assembly: Assembly, environment: str
) -> None:
    """No data bucket, no key, no other repository: nothing else for what it downloads to reach."""
    [source] = assembly.image_sources()
    may = {
        action: json.dumps(statement["Resource"])
        for policy, statement in assembly.statements(environment)
        if policy.name == "ImageBuildPolicy"
        for action in as_list(statement["Action"])
    }
    assert {action.partition(":")[0] for action in may} == {"ecr", "logs", "s3"}
    assert source.name.removeprefix("asset.") + ".zip" in may["s3:GetObject"]
    repository = assembly.resource(environment, REPOSITORY).logical_id
    on_repository = {action for action in may if may[action].startswith('{"Fn::GetAtt"')}
    assert all(repository in may[action] for action in on_repository)
    everywhere = {action for action in may if may[action] == '"*"'}
    assert everywhere == {"ecr:GetAuthorizationToken"}
    assert {a for a in may if a.startswith("ecr:")} == on_repository | everywhere


@pytest.mark.parametrize("environment", ALL)
def test_what_starts_the_build_may_start_no_other(assembly: Assembly, environment: str) -> None:
    """One project, one repository to look into, and never a push, nor any data."""
    may = {
        action: json.dumps(statement["Resource"])
        for policy, statement in assembly.statements(environment)
        if policy.name == "BuildImageRolePolicy"
        for action in as_list(statement["Action"])
        if action.partition(":")[0] in ("codebuild", "ecr", "iam", "s3")
    }
    assert may.keys() == {"codebuild:StartBuild", "codebuild:BatchGetBuilds", "ecr:DescribeImages"}
    assert assembly.resource(environment, PROJECT).logical_id in may["codebuild:StartBuild"]


def test_the_source_is_the_folder_without_what_was_built_on_this_machine(
    assembly: Assembly,
) -> None:
    """The same source has the same hash everywhere, compiler or not."""
    [source] = assembly.image_sources()
    packaged = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    folder = ROOT / "container"
    wanted = {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", "build"} & {*path.relative_to(folder).parts}
    }
    assert packaged == {path for path in wanted if not path.name.startswith(".")}
    assert {Path("Dockerfile"), Path("native/Makefile"), Path("serve.py")} <= packaged


def test_no_image_is_built_when_the_settings_name_one(tmp_path: Path) -> None:
    """Then somebody else pushes it: the repository is there, and the tag is theirs."""
    [dev] = [settings for settings in all_settings() if settings.environment == "dev"]
    app = build([dataclasses.replace(dev, image=Image(tag="mine"))], outdir=tmp_path)
    app.synth()
    assembly = Assembly(tmp_path)
    assert assembly.image_sources() == []
    assert not assembly.resources("dev", PROJECT)
    assert not assembly.resources("dev", "Custom::ScoringImage")
    assert assembly.resource("dev", REPOSITORY).properties["ImageTagMutability"] == "IMMUTABLE"
    function = assembly.resource("dev", "AWS::Lambda::Function", "CreateModelFunction")
    assert "/autolote-dev-scoring:mine" in json.dumps(function.properties)
