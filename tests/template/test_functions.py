"""The Lambda functions: small, plain, and all made of one package."""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

from stacks import functions as f
from tests.template.assembly import Assembly, joined
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)
# The Python runtime brings boto3: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
ALLOWED = {"boto3", "botocore", "deploy", "rules", "steps"} | sys.stdlib_module_names


@pytest.fixture(scope="module")
def package(assembly: Assembly) -> Path:
    [package] = assembly.packages()
    return package


@pytest.mark.parametrize("environment", ALL)
def test_functions_are_as_their_table_says(assembly: Assembly, environment: str) -> None:
    """Time, memory and handler of each function, on the runtime that all share."""
    for spec in (*f.FUNCTIONS, f.BUILD_IMAGE):
        function = assembly.resource(
            environment, "AWS::Lambda::Function", f"{spec.name}Function"
        ).properties
        assert function["Timeout"] == spec.timeout
        assert function["MemorySize"] == spec.memory
        assert function["Handler"] == f"{spec.folder}.{spec.module}.handler"
        assert function["Runtime"] == "python3.14"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        group = assembly.resource(environment, "AWS::Logs::LogGroup", f"{spec.name}Log")
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": group.logical_id}
        assert group.properties["LogGroupName"] == f"/aws/lambda/autolote-{environment}-{spec.name}"


def test_concurrency_is_reserved_where_the_settings_say_so(assembly: Assembly) -> None:
    """In prod every function has its share; elsewhere, an account with a quota of 10 will do."""
    reserved = {
        environment: {
            function.properties.get("ReservedConcurrentExecutions")
            for function in assembly.resources(environment, "AWS::Lambda::Function")
        }
        for environment in ENVIRONMENTS
    }
    assert reserved == {"dev": {None}, "local": {None}, "prod": {10}}


def test_functions_are_told_what_they_need_and_no_secret(assembly: Assembly) -> None:
    """The same variables for all; the ARNs and the image only where they are used."""
    common = {"ENVIRONMENT", "PREFIX", "DATA_BUCKET", "KEY_ARN", "SETTINGS"}
    own = {
        "StartRun": {"STATE_MACHINE_ARN"},
        "StartAutoML": {"AUTOML_ROLE_ARN"},
        "StartTraining": {"TRAINING_ROLE_ARN", "SCORING_IMAGE"},
        "CreateModel": {"SCORING_ROLE_ARN", "SCORING_IMAGE"},
    }
    for spec in f.FUNCTIONS:
        function = assembly.resource("prod", "AWS::Lambda::Function", f"{spec.name}Function")
        variables = function.properties["Environment"]["Variables"]
        assert variables.keys() == common | own.get(spec.name, set())
        settings = json.loads(joined(variables["SETTINGS"]))
        assert settings.keys() == {"projects", "instances", "limits", "tags", "network"}


def test_the_image_of_own_models_is_in_the_accounts_registry(assembly: Assembly) -> None:
    """`<account>.dkr.ecr.<region>.amazonaws.com/<prefix>-scoring:<tag>`, to score and to train."""
    function = assembly.resource("local", "AWS::Lambda::Function", "CreateModelFunction")
    trainer = assembly.resource("local", "AWS::Lambda::Function", "StartTrainingFunction")
    [score, train] = [
        function.properties["Environment"]["Variables"]["SCORING_IMAGE"]
        for function in (function, trainer)
    ]
    assert score == train
    image = json.dumps(function.properties["Environment"]["Variables"]["SCORING_IMAGE"])
    assert "123456789012.dkr.ecr.sa-east-1." in image
    assert re.search(r"/autolote-local-scoring:[0-9a-f]{64}\"", image)


@pytest.mark.parametrize("environment", ["dev", "local"])
def test_functions_stay_out_of_a_vpc_unless_there_is_one(
    assembly: Assembly, environment: str
) -> None:
    """No settings of a network, no VPC, for functions and for the jobs that they start."""
    for function in assembly.resources(environment, "AWS::Lambda::Function"):
        assert "VpcConfig" not in function.properties
    assert told_network(assembly, environment) is None


def test_functions_and_jobs_go_into_the_vpc_that_is_named(assembly: Assembly) -> None:
    """Every function is attached to it, and every role that needs it may make interfaces."""
    subnets = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
    groups = ["sg-0123456789abcdef0"]
    for function in assembly.resources(FULL, "AWS::Lambda::Function"):
        config = function.properties["VpcConfig"]
        assert config == {"SubnetIds": subnets, "SecurityGroupIds": groups}
    told = told_network(assembly, FULL)
    assert told == {"subnet_ids": subnets, "security_group_ids": groups}
    attached = {
        policy.name
        for policy, statement in assembly.statements(FULL)
        if "ec2:CreateNetworkInterface" in statement["Action"]
    }
    assert len(attached) == len(f.FUNCTIONS) + 1 + 3


def test_functions_and_jobs_go_into_the_vpc_that_is_made_each_into_its_own_group(
    assembly: Assembly,
) -> None:
    """Subnets and groups come from the network stack; a job is in no function's group."""
    for function in assembly.resources("prod", "AWS::Lambda::Function"):
        config = function.properties["VpcConfig"]
        assert len(config["SubnetIds"]) == 2
        assert "autolote-prod-network:" in json.dumps(config["SubnetIds"])
        [group] = config["SecurityGroupIds"]
        assert "GroupsFunctions" in group["Fn::ImportValue"]
    told = told_network(assembly, "prod")
    assert told is not None
    assert len(told["subnet_ids"]) == 2
    [group] = told["security_group_ids"]
    assert "GroupsJobs" in group


def told_network(assembly: Assembly, environment: str) -> dict[str, list[str]] | None:
    """What the functions that start jobs are told of the network."""
    function = assembly.resource(environment, "AWS::Lambda::Function", "StartTrainingFunction")
    settings = joined(function.properties["Environment"]["Variables"]["SETTINGS"])
    network: dict[str, list[str]] | None = json.loads(settings)["network"]
    return network


def test_every_handler_is_in_the_package(package: Path) -> None:
    """The function that would be called exists in the file that would be deployed."""
    for spec in (*f.FUNCTIONS, f.BUILD_IMAGE):
        tree = ast.parse((package / spec.folder / f"{spec.module}.py").read_text(encoding="utf-8"))
        bound = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "handler" in bound, spec.module


def test_the_package_imports_only_what_the_runtime_brings(package: Path) -> None:
    """Nothing has to be installed, built or patched for a function to start."""
    imported = {
        name.split(".")[0]
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
    }
    assert imported
    assert imported <= ALLOWED


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "packages are named in full"
        return [str(node.module)]
    return []


def test_the_package_is_small_and_holds_only_sources(package: Path, tmp_path: Path) -> None:
    """At most 200 KB zipped, as the CDK zips it; nothing that a test run left behind.

    Lambda loads the zip at every cold start, and shows and takes up to 3 MB of it in the console;
    50 MB is its limit: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    files = [path for path in package.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".py", ".json"}
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in files:
            bundle.write(path, path.relative_to(package))
    assert archive.stat().st_size <= 200_000
