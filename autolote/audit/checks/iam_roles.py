"""Roles as such: who may take them on, how they get permissions, whether they are used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autolote.audit import arns, policies, shapes
from autolote.audit.checks.iam_actions import allowed
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment, Resource
from autolote.audit.policies import Statement

IAM_ROLES = Subject("Roles")
_BEST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
_DEPUTY = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
_TWELVE_DIGITS = re.compile(r"\b\d{12}\b")
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
BINDS_CALLER = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:resourceaccount",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "kms:calleraccount",
}

# Services that tell a role's trust policy on whose behalf they take it on. Each one's own page on
# confused deputies says so. Lambda and EC2 are not among them: neither documents the keys for
# the roles that its functions and instances run as.
TELLS_SOURCE = {
    "bedrock.amazonaws.com",
    "cloudformation.amazonaws.com",
    "codebuild.amazonaws.com",
    "events.amazonaws.com",
    "firehose.amazonaws.com",
    "pipes.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
}


@IAM_ROLES.check(
    "iam-trust-anyone",
    title="No role can be taken on by anybody",
    remedy="Name the service or the role that takes it on",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
def trust_anyone(environment: Environment) -> Iterator[Hit]:
    for role, statement in _trusts(environment):
        if ("AWS", "*") in statement.principals or statement.not_principals:
            yield Hit(at=role, message="can be taken on by anybody in any account")


@IAM_ROLES.check(
    "iam-trust-other-account",
    title="No role can be taken on from another account",
    remedy="Name a principal of the account itself, or waive the account by its number",
    aws=_BEST,
)
def trust_other_account(environment: Environment) -> Iterator[Hit]:
    for role, statement in _trusts(environment):
        for kind, name in statement.principals:
            if kind == "AWS" and _TWELVE_DIGITS.search(name):
                yield Hit(at=role, detail=name, message=f"can be taken on by {name}")


@IAM_ROLES.check(
    "iam-trust-source",
    title="A service takes on a role for this account's resources only",
    remedy="Add conditions on aws:SourceAccount and aws:SourceArn to the trust policy",
    aws=_DEPUTY,
)
def trust_source(environment: Environment) -> Iterator[Hit]:
    for role, statement in _trusts(environment):
        for kind, name in statement.principals:
            bound = {"aws:sourceaccount", "aws:sourcearn"} & statement.condition_keys
            if kind == "Service" and name in TELLS_SOURCE and not bound:
                yield Hit(at=role, detail=name, message=f"trusts {name} on behalf of any account")


@IAM_ROLES.check(
    "iam-managed-policy",
    title="No role has a policy that AWS manages",
    remedy="Write out the actions that are called; AWS widens its policies as services grow",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
)
def managed_policy(environment: Environment) -> Iterator[Hit]:
    for identity in environment.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for arn in shapes.items(identity.get("ManagedPolicyArns")):
            text = environment.text(arn, stack=identity.stack)
            if ":iam::aws:policy/" in text:
                name = text.partition(":policy/")[2]
                yield Hit(at=identity, detail=name, message=f"has AWS's own policy {name}")


@IAM_ROLES.check(
    "iam-inline-policy",
    title="Permissions stand in policies of their own",
    remedy="Use AWS::IAM::ManagedPolicy: it has versions, and can be found and compared",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
)
def inline_policy(environment: Environment) -> Iterator[Hit]:
    for policy in environment.of_type("AWS::IAM::Policy"):
        yield Hit(at=policy, message="is an inline policy")
    for identity in environment.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        if identity.get("Policies"):
            yield Hit(at=identity, message="holds inline policies")


@IAM_ROLES.check(
    "iam-user",
    title="Nobody has a password or an access key of their own",
    remedy="Use roles, and IAM Identity Center for people",
    aws=_BEST,
)
def user(environment: Environment) -> Iterator[Hit]:
    for resource in environment.of_type("AWS::IAM::User", "AWS::IAM::AccessKey"):
        yield Hit(at=resource, message=f"is a long-lived identity ({resource.type})")


@IAM_ROLES.check(
    "iam-role-unused",
    title="Every role is used by something",
    remedy="Remove the role, or what was to use it is missing",
    aws=_BEST,
    severity="warning",
)
def role_unused(environment: Environment) -> Iterator[Hit]:
    used = {
        (reference.stack, reference.logical_id)
        for resource in environment.resources
        if resource.type not in _POLICIES
        for reference in resource.references()
    }
    passed = {
        (found[0].stack, found[0].logical_id)
        for statement in allowed(environment)
        if "iam:PassRole" in statement.actions
        for resource in statement.resources
        if (found := arns.owner(environment, resource))
    }
    for role in environment.of_type("AWS::IAM::Role"):
        by_people = any(
            kind != "Service" for s in policies.trusts(role) for kind, _ in s.principals
        )
        if (role.stack, role.logical_id) not in used | passed and not by_people:
            yield Hit(at=role, message="is used by no resource and passed by nobody")


@IAM_ROLES.check(
    "iam-key-via-service",
    title="A role uses a key only through the service whose data it reads",
    remedy="Add a condition on kms:ViaService",
    aws="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",
)
def key_via_service(environment: Environment) -> Iterator[Hit]:
    actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom")
    for statement in allowed(environment):
        reached = [action for action in actions if statement.reaches_action(action)]
        bound = {"kms:viaservice", "kms:grantisforawsresource"} & statement.condition_keys
        by_context = any(
            key.startswith("kms:encryptioncontext:") for key in statement.condition_keys
        )
        if reached and not bound and not by_context:
            yield Hit(
                at=statement.holder,
                detail=", ".join(reached),
                message=f"calls {', '.join(reached)} itself, not through a service",
            )


@IAM_ROLES.check(
    "iam-key-grant",
    title="A role lends a key to AWS services only",
    remedy="Add Bool kms:GrantIsForAWSResource true",
    aws="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource",
)
def key_grant(environment: Environment) -> Iterator[Hit]:
    for statement in allowed(environment):
        if (
            statement.reaches_action("kms:CreateGrant")
            and "kms:grantisforawsresource" not in statement.condition_keys
        ):
            yield Hit(at=statement.holder, message="may lend a key to anybody (kms:CreateGrant)")


def _trusts(environment: Environment) -> Iterator[tuple[Resource, Statement]]:
    for role in environment.of_type("AWS::IAM::Role"):
        for statement in policies.trusts(role):
            if statement.allows:
                yield role, statement
