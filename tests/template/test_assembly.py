"""The assembly as a whole: what `app.py` writes without an account, and what the CLI can read."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import aws_cdk
import pytest

from autolote import diagrams, tools
from stacks.app import ROOT, feature_flags
from tests.template.assembly import Assembly
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)
OUTPUTS = {
    "storage": {"DataBucketName", "KeyArn", "DeadLetterQueueUrl"},
    "pipeline": {"BusName", "StarterFunctionName", "StateMachineArn", "TopicArn"},
}


@pytest.fixture(scope="module")
def from_app_py(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What `python app.py` writes, with no credentials in its environment."""
    outdir = tmp_path_factory.mktemp("app.py")
    variables = {"CDK_OUTDIR": str(outdir), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=tools.environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stdout + done.stderr
    return Assembly(outdir)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_tested_is_what_app_py_deploys(
    assembly: Assembly, from_app_py: Assembly, environment: str
) -> None:
    """The same feature flags, the same templates, byte for byte."""
    assert from_app_py.stacks(environment) == assembly.stacks(environment)
    for stack in assembly.stacks(environment):
        tested = assembly.path(environment, stack).read_bytes()
        assert from_app_py.path(environment, stack).read_bytes() == tested


def test_feature_flags_are_the_ones_this_version_recommends() -> None:
    """All are frozen in cdk.json; references between stacks alone are exports, as everywhere.

    A "weak" reference is an intrinsic function that older tools, the local account's among them,
    do not know.
    """
    [library] = (Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    with tarfile.open(library) as archive:
        member = archive.extractfile("package/recommended-feature-flags.json")
        assert member
        recommended = json.load(member)
    assert feature_flags() == {
        **recommended,
        "@aws-cdk/core:defaultCrossStackReferences": "strong",
    }


def test_the_pinned_command_line_can_read_the_assembly(from_app_py: Assembly) -> None:
    """Schema 55 needs a CLI of 2.1147.0 or later; the CLI called 3.0.0 is older, and cannot."""
    manifest = json.loads((from_app_py.folder / "manifest.json").read_text())
    assert manifest["version"] == "55.0.0"
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    major, minor, _ = (int(part) for part in pinned.split("."))
    assert major == 2
    assert minor >= 1147
    listed = subprocess.run(
        [str(tools.NODE), str(tools.CDK_CLI), "list", "--app", str(from_app_py.folder)],
        cwd=from_app_py.folder,
        env=tools.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(listed.stdout.split()) >= {
        f"{environment}/{stack}"
        for environment in ENVIRONMENTS
        for stack in from_app_py.stacks(environment)
    }


@pytest.mark.parametrize("environment", ALL)
def test_one_custom_resource_and_no_code_but_ours_is_deployed(
    assembly: Assembly, environment: str
) -> None:
    """The image's build alone calls a function while it is deployed; every function is made of
    lambda/."""
    kinds = [resource.body["Type"] for resource in assembly.resources(environment)]
    assert [k for k in kinds if not k.startswith("AWS::")] == ["Custom::ScoringImage"]
    assert "AWS::CloudFormation::CustomResource" not in kinds
    [package] = assembly.packages()
    for function in assembly.resources(environment, "AWS::Lambda::Function"):
        assert function.properties["Code"]["S3Key"] == package.name.removeprefix("asset.") + ".zip"
    packaged = {path.relative_to(package) for path in package.rglob("*.py")}
    assert packaged == {
        path.relative_to(ROOT / "lambda") for path in (ROOT / "lambda").rglob("*.py")
    }


@pytest.mark.parametrize("environment", ALL)
def test_tools_find_an_environment_by_the_outputs_of_its_stacks(
    assembly: Assembly, environment: str
) -> None:
    """Stack and outputs have the names that commands look for."""
    for stack, outputs in OUTPUTS.items():
        assert assembly.template(environment, stack)["Outputs"].keys() >= outputs
    manifest = json.loads(
        (assembly.folder / f"assembly-{environment}" / "manifest.json").read_text()
    )
    names = {
        artifact["properties"]["stackName"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert names == {f"autolote-{environment}-{stack}" for stack in assembly.stacks(environment)}


def test_cfn_lint_has_nothing_to_say(assembly: Assembly) -> None:
    """No error and no warning where every setting is used; the audit asks the same of prod."""
    templates = [str(assembly.path(FULL, stack)) for stack in assembly.stacks(FULL)]
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [str(cfn_lint), "--template", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_architecture_page_shows_what_is_deployed(assembly: Assembly) -> None:
    """docs/architecture.md is made from the templates (`autolote docs` brings it up to date)."""
    page = diagrams.DOCUMENT.read_text(encoding="utf-8")
    assert page == diagrams.render(assembly.folder)


@pytest.mark.parametrize("environment", ALL)
def test_every_stack_says_whose_it_is(assembly: Assembly, environment: str) -> None:
    """`autolote teardown` takes no stack for its own by its name alone."""
    manifest = json.loads((assembly.folder / f"assembly-{environment}/manifest.json").read_text())
    stacks = [
        artifact["properties"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    assert len(stacks) == len(assembly.stacks(environment))
    for stack in stacks:
        assert stack["stackName"].startswith(f"autolote-{environment}-")
        tags = stack["tags"]
        assert (tags["project"], tags["environment"]) == ("autolote", environment)
