"""What holds beyond a role's own policies: the boundary, and the two-person rule."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from autolote.settings import SettingsError, load
from stacks.app import ROOT, build
from tests.local_iam.policies import allow, decision
from tests.template.assembly import Assembly, joined
from tests.template.conftest import ENVIRONMENTS


def test_every_role_has_the_boundary_that_the_settings_name(tmp_path: Path) -> None:
    """No role of any stack is left out, those of the image's build neither."""
    prod = load(ROOT / "environments" / "prod.toml")
    bound = dataclasses.replace(prod, permissions_boundary="team-boundary")
    build([bound], outdir=tmp_path).synth()
    roles = Assembly(tmp_path).resources("prod", "AWS::IAM::Role")
    assert len(roles) > 20
    for role in roles:
        boundary = joined(role.properties["PermissionsBoundary"])
        assert boundary.endswith(":policy/team-boundary"), role.name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_without_one_roles_are_bounded_by_their_policies_alone(
    assembly: Assembly, environment: str
) -> None:
    """Most accounts have no such policy, and a missing one would stop the deployment."""
    for role in assembly.resources(environment, "AWS::IAM::Role"):
        assert "PermissionsBoundary" not in role.properties


def test_a_boundary_is_a_name_and_no_arn(tmp_path: Path) -> None:
    """The error says what is allowed."""
    path = tmp_path / "dev.toml"
    path.write_text(
        'permissions_boundary = "arn:aws:iam::123456789012:policy/b"\n'
        '[tags]\nowner = "o"\ncost_center = "c"\n'
    )
    with pytest.raises(SettingsError, match="the name of an IAM policy, without its path"):
        load(path)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_deployers_policy_grants_nothing(assembly: Assembly, environment: str) -> None:
    """It may be attached to anybody: it only takes away. No role of ours has it."""
    policy = assembly.resource(environment, "AWS::IAM::ManagedPolicy", "Deployers").properties
    assert policy["ManagedPolicyName"] == f"autolote-{environment}-deployers"
    assert {s["Effect"] for s in policy["PolicyDocument"]["Statement"]} == {"Deny"}
    assert not {"Roles", "Users", "Groups"} & policy.keys()


def test_the_deployers_policy_names_itself(assembly: Assembly) -> None:
    """What it protects is itself, under the name that it has."""
    policy = assembly.resource("prod", "AWS::IAM::ManagedPolicy", "Deployers").properties
    _, change, detach = policy["PolicyDocument"]["Statement"]
    protected = [change["Resource"], detach["Condition"]["ArnEquals"]["iam:PolicyARN"]]
    for arn in protected:
        assert joined(arn).endswith(f":policy/{policy['ManagedPolicyName']}"), json.dumps(arn)


PACKAGE = "arn:aws:sagemaker:sa-east-1:123456789012:model-package/digits/3"
POLICY = "arn:aws:iam::123456789012:policy/autolote-local-deployers"
STATUS = "sagemaker:ModelApprovalStatus"
REFUSED = {
    "to approve": ("sagemaker:UpdateModelPackage", PACKAGE, {STATUS: "Approved"}),
    "to make it approved": ("sagemaker:CreateModelPackage", PACKAGE, {STATUS: "Approved"}),
    "to change the policy": ("iam:CreatePolicyVersion", POLICY, {}),
    "to go back to an older one": ("iam:SetDefaultPolicyVersion", POLICY, {}),
    "to delete it": ("iam:DeletePolicy", POLICY, {}),
    "to take it off": (
        "iam:DetachRolePolicy",
        "arn:aws:iam::123456789012:role/deployer",
        {"iam:PolicyARN": POLICY},
    ),
}
LEFT = {
    "to reject": ("sagemaker:UpdateModelPackage", PACKAGE, {STATUS: "Rejected"}),
    "to describe what a package is": ("sagemaker:UpdateModelPackage", PACKAGE, {}),
    "to register for approval": (
        "sagemaker:CreateModelPackage",
        PACKAGE,
        {STATUS: "PendingManualApproval"},
    ),
    "to change another policy": ("iam:CreatePolicyVersion", f"{POLICY}-other", {}),
    "to take another off": (
        "iam:DetachRolePolicy",
        "arn:aws:iam::123456789012:role/deployer",
        {"iam:PolicyARN": f"{POLICY}-other"},
    ),
    "to deploy": ("cloudformation:ExecuteChangeSet", "*", {}),
}


@pytest.mark.parametrize(("action", "resource", "context"), REFUSED.values(), ids=REFUSED)
def test_an_administrator_with_the_deployers_policy_is_refused(
    assembly: Assembly, action: str, resource: str, context: dict[str, str]
) -> None:
    """Evaluated as IAM does: the Deny wins over permission for everything."""
    assert not allowed(assembly, action, resource, context)


@pytest.mark.parametrize(("action", "resource", "context"), LEFT.values(), ids=LEFT)
def test_an_administrator_with_the_deployers_policy_may_do_the_rest(
    assembly: Assembly, action: str, resource: str, context: dict[str, str]
) -> None:
    """It takes away the approval of models, and nothing that a deployment needs."""
    assert allowed(assembly, action, resource, context)


def allowed(assembly: Assembly, action: str, resource: str, context: dict[str, str]) -> bool:
    policy = assembly.resource("local", "AWS::IAM::ManagedPolicy", "Deployers").properties
    identity = [allow(), *policy["PolicyDocument"]["Statement"]]
    return decision(identity=identity, action=action, on=resource, context=context).allowed
