"""What roles may do: nothing is granted by accident, and nothing to everyone."""

from __future__ import annotations

import json

import pytest

from autolote.audit.authorization import exists, resource_arns
from stacks.policies import UNSCOPED, unscoped
from tests.template.assembly import Assembly, as_list, joined
from tests.template.conftest import ENVIRONMENTS, FULL

ALL = (*ENVIRONMENTS, FULL)


@pytest.mark.parametrize("environment", ALL)
def test_no_statement_allows_an_action_by_wildcard(assembly: Assembly, environment: str) -> None:
    """Every action that a role may call is written out."""
    actions = [
        action
        for _, statement in assembly.statements(environment)
        for action in as_list(statement["Action"])
    ]
    assert len(actions) > 50
    assert not [action for action in actions if "*" in action]


# What AWS wants unlimited of a role that runs processing jobs, as Autopilot does:
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
AUTOPILOT_ONLY = {
    f"ec2:{verb}NetworkInterface{what}"
    for verb in ("Create", "Delete")
    for what in ("", "Permission")
}


@pytest.mark.parametrize("environment", ALL)
def test_only_actions_that_aws_scopes_to_nothing_are_allowed_everywhere(
    assembly: Assembly, environment: str
) -> None:
    """By AWS's own data, every action of a statement takes the resources that it names."""
    for policy, statement in assembly.statements(environment):
        everywhere = "*" in as_list(statement["Resource"])
        forced = AUTOPILOT_ONLY if everywhere and policy.name == "AutoMLJobsPolicy" else set()
        for action in set(as_list(statement["Action"])) - forced:
            assert bool(resource_arns(action)) is not everywhere, (policy.name, action)


def test_every_action_that_is_unscoped_has_a_reason_and_can_not_be_scoped() -> None:
    """The table of reasons agrees with AWS's data on what takes no resource."""
    scopable = {action for action in UNSCOPED if resource_arns(action) or not exists(action)}
    assert scopable == AUTOPILOT_ONLY


@pytest.mark.parametrize("environment", ["prod", FULL])
def test_the_code_of_a_function_makes_no_interfaces(assembly: Assembly, environment: str) -> None:
    """Lambda needs the permission to attach a function, and the function's code does not."""
    denied = [
        policy.name
        for policy in assembly.resources(environment, "AWS::IAM::ManagedPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if "lambda:SourceFunctionArn" in statement.get("Condition", {}).get("ArnLike", {})
        and "ec2:CreateNetworkInterface" in statement["Action"]
    ]
    assert len(denied) == len(assembly.resources(environment, "AWS::Lambda::Function"))


def test_an_action_without_a_reason_cannot_be_unscoped() -> None:
    """To allow an action everywhere, its reason has to be written down first."""
    with pytest.raises(ValueError, match=r"s3:GetObject.*can be scoped"):
        unscoped("s3:GetObject")


@pytest.mark.parametrize("environment", ALL)
def test_a_role_is_only_passed_to_sagemaker_and_by_its_name(
    assembly: Assembly, environment: str
) -> None:
    """Nobody can hand a stronger role, or hand a role to another service."""
    passes = [
        (policy.name, statement)
        for policy, statement in assembly.statements(environment)
        if "iam:PassRole" in as_list(statement["Action"])
    ]
    assert [name for name, _ in passes] == [
        "AutoMLJobsPolicy",
        "StartAutoMLPolicy",
        "StartTrainingPolicy",
        "CreateModelPolicy",
    ]
    for _, statement in passes:
        assert statement["Action"] == "iam:PassRole"
        assert statement["Condition"] == {
            "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
        }
        assert statement["Resource"]["Fn::GetAtt"][1] == "Arn"


@pytest.mark.parametrize("environment", ALL)
def test_jobs_and_models_are_reached_by_the_prefix_of_the_environment_only(
    assembly: Assembly, environment: str
) -> None:
    """Two environments in one account cannot touch each other's jobs. (Users of a domain are kept
    to their domain: test_domain_users.py.)"""
    for policy, statement in assembly.statements(environment):
        actions = set(as_list(statement["Action"])) - UNSCOPED.keys()
        if policy.stack != "domain" and any(one.startswith("sagemaker:") for one in actions):
            for resource in as_list(statement["Resource"]):
                text = json.dumps(resource)
                assert f"/autolote-{environment}-*" in text, (policy.name, text)


@pytest.mark.parametrize("environment", ALL)
def test_only_the_job_of_each_role_can_be_written(assembly: Assembly, environment: str) -> None:
    """Data, models and requests are read only; below a run, each file has one writer. (Users of a
    domain write beside the runs:
    test_domain_users.py.)"""
    writers = {
        (policy.name.removesuffix("Policy"), _key(resource))
        for policy, statement in assembly.statements(environment)
        if policy.stack != "domain" and "s3:PutObject" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    assert writers == {
        ("AutoMLJobs", "*/runs/*/automl/*"),
        ("TrainingJobs", "*/runs/*/training/*"),
        ("TrainingJobs", "checkpoints/*"),
        ("TransformJobs", "*/runs/*/predictions/*"),
        ("ValidateRequest", "*/runs/*/plan.json"),
        ("PrepareInput", "*/runs/*/input/*"),
        ("PublishManifest", "*/runs/*/manifest.json"),
        ("StopJobs", "*/runs/*/failure.json"),
    }


def _key(resource: dict[str, list[object]]) -> str:
    return str(resource["Fn::Join"][1][-1]).removeprefix("/")  # type: ignore[index]


@pytest.mark.parametrize("environment", ALL)
def test_services_assume_roles_for_this_account_only(assembly: Assembly, environment: str) -> None:
    """Another account cannot make SageMaker, Step Functions or the Scheduler use a role of ours."""
    for role in assembly.resources(environment, "AWS::IAM::Role"):
        [statement] = role.properties["AssumeRolePolicyDocument"]["Statement"]
        service = statement["Principal"]["Service"]
        if service == "lambda.amazonaws.com":
            continue  # documents no source condition for execution roles
        assert "aws:SourceAccount" in statement["Condition"]["StringEquals"], role.name
        assert "aws:SourceArn" in json.dumps(statement["Condition"]), role.name


@pytest.mark.parametrize("environment", ALL)
def test_every_function_has_a_role_of_its_own(assembly: Assembly, environment: str) -> None:
    """A permission one step needs is a permission one step has."""
    functions = assembly.resources(environment, "AWS::Lambda::Function")
    roles = {json.dumps(function.properties["Role"]) for function in functions}
    assert len(roles) == len(functions) == 16


@pytest.mark.parametrize("environment", ALL)
def test_the_key_serves_services_under_conditions_only(
    assembly: Assembly, environment: str
) -> None:
    """The key's policy lets the account's IAM decide; services are bound to our resources."""
    key = assembly.resource(environment, "AWS::KMS::Key")
    statements = key.properties["KeyPolicy"]["Statement"]
    services = [s for s in statements if "Service" in s["Principal"]]
    assert {s["Sid"] for s in services} == {
        "CloudWatchLogs",
        "LogDelivery",
        "EventBusLooksAtKey",
        "EventBus",
        "EventBridge",
    }
    assert all(s["Condition"] for s in services)
    iam, grants = [s for s in statements if s not in services]
    assert ":root" in json.dumps(iam["Principal"])
    assert (grants["Effect"], grants["Action"]) == ("Deny", "kms:CreateGrant")


@pytest.mark.parametrize("environment", ALL)
def test_executions_are_encrypted_by_the_machines_own_role_alone(
    assembly: Assembly, environment: str
) -> None:
    """Only under the context of this one machine, whoever reads its executions as well."""
    context = "kms:EncryptionContext:aws:states:stateMachineArn"
    users = {
        policy.name: statement
        for policy, statement in assembly.statements(environment)
        if context in statement.get("Condition", {}).get("StringEquals", {})
    }
    assert users.keys() == {"RunsRunPolicy", "StartRunPolicy", "StopJobsPolicy"}
    for statement in users.values():
        machine = joined(statement["Condition"]["StringEquals"][context])
        assert machine.endswith(f":stateMachine:autolote-{environment}")
    assert users["RunsRunPolicy"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert users["StopJobsPolicy"]["Action"] == "kms:Decrypt"
