"""Policies of resources: nobody from outside, services on behalf of ours alone, TLS alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autolote.audit import policies, shapes
from autolote.audit.checks.iam_roles import BINDS_CALLER
from autolote.audit.checks.registry import Hit, Subject
from autolote.audit.model import Environment
from autolote.audit.policies import Statement

RESOURCE_POLICIES = Subject("Policies of resources")
_PRINCIPAL = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
)
_TWELVE_DIGITS = re.compile(r"\b\d{12}\b")
_ENDPOINT = "AWS::EC2::VPCEndpoint"  # policies of endpoints have rules of their own
_TLS_ONLY = {"AWS::S3::Bucket": "bucket", "AWS::SNS::Topic": "topic", "AWS::SQS::Queue": "queue"}
_TLS_PAGES = {
    "bucket": "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    "topic": "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    "queue": "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
}


@RESOURCE_POLICIES.check(
    "policy-public",
    title="No resource's policy lets anybody in",
    remedy="Name the principal, or bind it with a condition on aws:SourceArn, "
    "aws:PrincipalOrgID or aws:PrincipalAccount",
    aws=_PRINCIPAL,
)
def public(environment: Environment) -> Iterator[Hit]:
    for statement in _allowing(environment):
        anybody = ("AWS", "*") in statement.principals or statement.not_principals
        if anybody and not BINDS_CALLER & statement.condition_keys:
            yield _hit(statement, "lets anybody call")


@RESOURCE_POLICIES.check(
    "policy-other-account",
    title="No resource's policy lets another account in",
    remedy="Name a principal of the account itself, or waive the account by its number",
    aws=_PRINCIPAL,
)
def other_account(environment: Environment) -> Iterator[Hit]:
    for statement in _allowing(environment):
        for kind, name in statement.principals:
            if kind == "AWS" and _TWELVE_DIGITS.search(name):
                yield _hit(statement, f"lets {name} call")


@RESOURCE_POLICIES.check(
    "policy-service-source",
    title="A service is let in on behalf of this account's resources only",
    remedy="Add a condition on aws:SourceArn, or on aws:SourceAccount",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
)
def service_source(environment: Environment) -> Iterator[Hit]:
    for statement in _allowing(environment):
        bound = BINDS_CALLER & statement.condition_keys or any(
            key.startswith("kms:encryptioncontext:") for key in statement.condition_keys
        )
        services = [name for kind, name in statement.principals if kind == "Service"]
        if services and not bound:
            yield _hit(statement, f"lets {', '.join(services)}, on behalf of any account, call")


@RESOURCE_POLICIES.check(
    "policy-action-wildcard",
    title="A resource's policy writes out the actions that it allows",
    remedy="List the actions",
    aws="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
)
def action_wildcard(environment: Environment) -> Iterator[Hit]:
    for statement in _allowing(environment):
        if statement.holder.type == "AWS::KMS::Key":
            continue  # key-everything; and AWS's own example for CloudWatch Logs has Encrypt*
        for action in statement.actions:
            if "*" in action:
                yield Hit(at=statement.holder, detail=action, message=f"allows {action}")


def _tls(kind: str, type_: str) -> None:
    """Register the rule that one type of resource answers over TLS only."""

    @RESOURCE_POLICIES.check(
        f"{kind}-tls",
        title=f"Every {kind} refuses what is not sent over TLS",
        remedy="Add to its policy a Deny for everybody where aws:SecureTransport is false",
        aws=_TLS_PAGES[kind],
    )
    def tls(environment: Environment) -> Iterator[Hit]:
        for resource in environment.of_type(type_):
            if not any(_denies_plain(s) for s in policies.of_resource(resource)):
                yield Hit(at=resource, message="answers without TLS, too")


for _type, _kind in _TLS_ONLY.items():
    _tls(_kind, _type)


@RESOURCE_POLICIES.check(
    "bucket-tls-version",
    title="Every bucket refuses TLS older than 1.2",
    remedy="Add to its policy a Deny for everybody where s3:TlsVersion is below 1.2",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    severity="warning",
)
def tls_version(environment: Environment) -> Iterator[Hit]:
    for bucket in environment.of_type("AWS::S3::Bucket"):
        denials = [s for s in policies.of_resource(bucket) if _denies_everybody(s)]
        versions = [v for s in denials for v in s.values("s3:TlsVersion")]
        if not any((shapes.number(one) or 0) >= 1.2 for one in versions):
            yield Hit(at=bucket, message="answers to TLS 1.0 and 1.1")


def _denies_plain(statement: Statement) -> bool:
    return _denies_everybody(statement) and "false" in statement.values("aws:SecureTransport")


def _denies_everybody(statement: Statement) -> bool:
    return not statement.allows and ("AWS", "*") in statement.principals


def _allowing(environment: Environment) -> Iterator[Statement]:
    for statement, _ in policies.of_resources(environment):
        if statement.allows and statement.holder.type != _ENDPOINT:
            yield statement


def _hit(statement: Statement, said: str) -> Hit:
    actions = ", ".join(statement.actions)
    label = statement.sid or actions
    return Hit(at=statement.holder, detail=label, message=f"{said} {actions}")
