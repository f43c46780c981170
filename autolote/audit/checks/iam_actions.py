"""Which actions a role may call: none by wildcard, none that let it make itself stronger."""

from __future__ import annotations

from collections.abc import Iterator

from autolote.audit import arns, authorization, policies
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource
from autolote.audit.policies import Statement

IAM_ACTIONS = Subject("Actions of roles")
_BEST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_PASS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"

# Each changes what an identity may do, or lets the caller be another one.
ESCALATIONS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "lambda:UpdateFunctionCode",
    "lambda:AddPermission",
    "kms:PutKeyPolicy",
    "s3:PutBucketPolicy",
)
# With iam:PassRole, each runs code of the caller's under the role that is passed.
RUN_AS = (
    "cloudformation:CreateStack",
    "codebuild:CreateProject",
    "ec2:RunInstances",
    "ecs:RunTask",
    "glue:CreateJob",
    "lambda:CreateFunction",
    "sagemaker:CreateNotebookInstance",
    "states:CreateStateMachine",
)
APPROVES = "sagemaker:UpdateModelPackage"
DEPLOYS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "codepipeline:StartPipelineExecution",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateModelPackage",
    "sagemaker:UpdateEndpoint",
)


def allowed(environment: Environment) -> Iterator[Statement]:
    """Every statement that allows an identity of ours something."""
    return (s for s in policies.of_identities(environment) if s.allows)


@IAM_ACTIONS.check(
    "iam-action-everything",
    title="No role may do everything, or everything that a service offers",
    remedy="List the actions that are called; `autolote permissions` tells which they are",
    aws=_BEST,
)
def everything(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        for action in statement.actions:
            if action == "*" or action.endswith(":*"):
                yield Hit(
                    at=statement.holder, detail=action, message=f"allows every action {action}"
                )


@IAM_ACTIONS.check(
    "iam-action-wildcard",
    title="Every action that a role may call is written out",
    remedy="List the actions: AWS adds new ones, and a wildcard grants these too",
    aws=_BEST,
)
def wildcard(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        for action in statement.actions:
            if "*" in action and action != "*" and not action.endswith(":*"):
                found = len(authorization.matching(action))
                yield Hit(
                    at=statement.holder,
                    detail=action,
                    message=f"allows {action}, which is {found} actions today",
                )


@IAM_ACTIONS.check(
    "iam-action-unknown",
    title="Every action is one that AWS knows",
    remedy="Correct the action's name: as it stands, it grants nothing",
    aws=_REFERENCE,
)
def unknown(environment: Environment) -> Iterator[Hit]:
    for statement in policies.of_identities(environment):
        for action in statement.actions:
            if "*" not in action and "?" not in action and not authorization.exists(action):
                yield Hit(
                    at=statement.holder, detail=action, message=f"names {action}, which is none"
                )


@IAM_ACTIONS.check(
    "iam-not-action",
    title="Nothing is allowed by naming what is not",
    remedy="Name the actions and the resources that are allowed",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
)
def not_action(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        elements = {"NotAction": statement.not_actions, "NotResource": statement.not_resources}
        for element, values in elements.items():
            if values:
                yield Hit(
                    at=statement.holder,
                    detail=element,
                    message=f"allows everything but {', '.join(values)} ({element})",
                )


@IAM_ACTIONS.check(
    "iam-escalation",
    title="No role may change what identities may do, or run code as another role",
    remedy="Take the action away; who deploys changes roles, through CloudFormation",
    aws=_BEST,
)
def escalation(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        for action in statement.actions:
            for strong in _reached(action, ESCALATIONS):
                yield Hit(
                    at=statement.holder,
                    detail=strong,
                    message=f"allows {strong}, by which a role can give itself more",
                )


@IAM_ACTIONS.check(
    "iam-run-as-another-role",
    title="No role may both pass a role and make something that runs code as it",
    remedy="Take one of the two actions away",
    aws=_PASS,
)
def run_as_another(environment: Environment) -> Iterator[Hit]:
    for role, statements in _by_role(environment):
        if any(s.reaches_action("iam:PassRole") for s in statements):
            for action in RUN_AS:
                if any(s.reaches_action(action) for s in statements):
                    yield Hit(
                        at=role,
                        detail=action,
                        message=f"may pass a role and call {action}: it can run code as that role",
                    )


@IAM_ACTIONS.check(
    "iam-pass-role-service",
    title="A role is passed to a named service only",
    remedy="Add StringEquals iam:PassedToService with the one service it is meant for",
    aws=_PASS,
)
def pass_role_service(environment: Environment) -> Iterator[Hit]:
    for statement in _passing(environment):
        services = statement.values("iam:PassedToService")
        if not services or any("*" in service for service in services):
            yield Hit(
                at=statement.holder,
                detail=", ".join(statement.resources),
                message=f"passes {', '.join(statement.resources)} to any service",
            )


@IAM_ACTIONS.check(
    "iam-pass-role-wildcard",
    title="A role that may be passed is named, not matched",
    remedy="Name the role's ARN",
    aws=_PASS,
)
def pass_role_wildcard(environment: Environment) -> Iterator[Hit]:
    for statement in _passing(environment):
        for resource in statement.resources:
            if "*" in resource:
                yield Hit(
                    at=statement.holder, detail=resource, message=f"passes any role of {resource}"
                )


@IAM_ACTIONS.check(
    "iam-metric-namespace",
    title="Metrics are written into named namespaces only",
    remedy="Add a condition on cloudwatch:namespace: metrics can be scoped by nothing else",
    aws="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html",
)
def metric_namespace(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        if (
            "cloudwatch:PutMetricData" in statement.actions
            and "cloudwatch:namespace" not in statement.condition_keys
        ):
            yield Hit(at=statement.holder, message="writes metrics into any namespace")


@IAM_ACTIONS.check(
    "iam-deployer-approves",
    title="Who deploys cannot approve models",
    remedy=f"Give {APPROVES} to another role: two people stand behind what goes live",
    aws="https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html",
)
def deployer_approves(environment: Environment) -> Iterator[Hit]:
    for role, statements in _by_role(environment):
        if not any(s.reaches_action(APPROVES) for s in statements):
            continue
        for action in DEPLOYS:
            if any(s.reaches_action(action) for s in statements):
                yield Hit(at=role, detail=action, message=f"may approve a model and call {action}")


def _passing(environment: Environment) -> Iterator[Statement]:
    return (s for s in allowed(environment) if s.actions and s.reaches_action("iam:PassRole"))


def _by_role(environment: Environment) -> Iterator[tuple[Resource, list[Statement]]]:
    for role in environment.of_type("AWS::IAM::Role"):
        yield role, [s for s in policies.of_role(role) if s.allows]


def _reached(pattern: str, actions: tuple[str, ...]) -> list[str]:
    """Those of some actions that a pattern names; "*" and "iam:*" have a rule of their own."""
    if pattern == "*" or pattern.endswith(":*"):
        return []
    return [one for one in actions if arns.reaches(pattern, one, ignore_case=True)]
