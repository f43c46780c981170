"""AWS's evaluation logic, case by case.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from typing import Any

import pytest

from autolote.local.iam.model import Principal
from tests.local_iam.policies import (
    ACCOUNT,
    KEY,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    WORKER,
    allow,
    decision,
    deny,
    when,
)

EVENTS = Principal.service("events.amazonaws.com")
ADMIN = Principal.root(ACCOUNT)
RULE = f"arn:aws:events:sa-east-1:{ACCOUNT}:rule/aborted"
TO_ROLE = {"Principal": {"AWS": ROLE}}
TO_SESSION = {"Principal": {"AWS": SESSION}}
TO_ACCOUNT = {"Principal": {"AWS": ROOT}}
TO_ANYONE = {"Principal": "*"}
TO_EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}
NOT_THE_ROLE = {"NotPrincipal": {"AWS": [ROLE, SESSION, ROOT]}}
NOT_THE_ROLE_ALONE = {"NotPrincipal": {"AWS": ROLE}}
FROM_RULE = {"Condition": when("ArnLike", "aws:SourceArn", f"arn:aws:events:*:{ACCOUNT}:rule/*")}
FROM_ACCOUNT = {"Condition": when("StringEquals", "aws:SourceAccount", ACCOUNT)}

IDENTITY: dict[str, tuple[dict[str, Any], bool]] = {
    "nothing is allowed that no policy allows": ({}, False),
    "an Allow of the role is enough": ({"identity": allow("s3:GetObject", OBJECT)}, True),
    "a Deny wins over an Allow": ({"identity": [allow(), deny("s3:GetObject")]}, False),
    "a Deny wins wherever it stands": ({"identity": [deny("s3:*"), allow()]}, False),
    "a Deny of something else does not": ({"identity": [allow(), deny("s3:PutObject")]}, True),
    "an action is not another one": ({"identity": allow("s3:GetObjectVersion")}, False),
    "a wildcard in the action": ({"identity": allow("s3:Get*")}, True),
    "a wildcard within the action": ({"identity": allow("s3:*Object")}, True),
    "one character of the action": ({"identity": allow("s3:GetObjec?")}, True),
    "exactly one character": ({"identity": allow("s3:GetObject?")}, False),
    "case does not matter in actions": ({"identity": allow("S3:getobject")}, True),
    "case matters in resources": ({"identity": allow("*", OBJECT.upper())}, False),
    "NotAction allows what it does not name": ({"identity": allow(None, NotAction="iam:*")}, True),
    "NotAction leaves out what it names": ({"identity": allow(None, NotAction="s3:*")}, False),
    "a Deny with NotAction": ({"identity": [allow(), deny(None, NotAction="s3:*")]}, True),
    "NotResource allows other resources": (
        {"identity": allow("s3:*", None, NotResource="arn:aws:s3:::vault/*")},
        True,
    ),
    "NotResource leaves out what it names": (
        {"identity": allow("s3:*", None, NotResource="arn:aws:s3:::lake/*")},
        False,
    ),
    "several actions and resources": (
        {"identity": allow(["s3:List*", "s3:Get*"], ["arn:aws:s3:::a/*", "arn:aws:s3:::lake/*"])},
        True,
    ),
    "a bucket is not its objects": ({"identity": allow("*", "arn:aws:s3:::lake")}, False),
    "a wildcard passes slashes": ({"identity": allow("*", "arn:aws:s3:::lake/*.csv")}, True),
    "a resource of another service": ({"identity": allow("*", "arn:aws:sqs:::lake/*")}, False),
    "conditions of one statement are all met": (
        {
            "identity": allow(
                Condition={
                    "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
                    "Bool": {"aws:SecureTransport": "false"},
                }
            )
        },
        False,
    ),
}

BOUNDARY: dict[str, tuple[dict[str, Any], bool]] = {
    "both allow": ({"identity": allow(), "boundary": allow("s3:*")}, True),
    "a boundary alone allows nothing": ({"boundary": allow()}, False),
    "outside of the boundary": ({"identity": allow(), "boundary": allow("sqs:*")}, False),
    "an empty boundary": ({"identity": allow(), "boundary": []}, False),
    "a Deny of the boundary": (
        {"identity": allow(), "boundary": [allow(), deny("s3:*")]},
        False,
    ),
    "what the resource grants the role stays within the boundary": (
        {"resource": allow(**TO_ROLE), "boundary": allow("sqs:*")},
        False,
    ),
    "what the resource grants the session itself goes past the boundary": (
        {"resource": allow(**TO_SESSION), "boundary": allow("sqs:*")},
        True,
    ),
    "but not past a Deny of the boundary": (
        {"resource": allow(**TO_SESSION), "boundary": [allow(), deny("s3:*")]},
        False,
    ),
}

RESOURCE: dict[str, tuple[dict[str, Any], bool]] = {
    "the resource names the role": ({"resource": allow(**TO_ROLE)}, True),
    "the resource names the session": ({"resource": allow(**TO_SESSION)}, True),
    "the resource names everybody": ({"resource": allow(**TO_ANYONE)}, True),
    "everybody of AWS is everybody": ({"resource": allow(Principal={"AWS": "*"})}, True),
    "another role": ({"resource": allow(Principal={"AWS": f"{ROLE}2"})}, False),
    "another account": ({"resource": allow(Principal={"AWS": OTHER})}, False),
    "the account alone hands the decision to its own policies": (
        {"resource": allow(**TO_ACCOUNT)},
        False,
    ),
    "the account, and an identity policy": (
        {"resource": allow(**TO_ACCOUNT), "identity": allow("s3:*")},
        True,
    ),
    "the account by its number": (
        {"resource": allow(Principal={"AWS": ACCOUNT}), "identity": allow("s3:*")},
        True,
    ),
    "a resource's Deny wins over the role's Allow": (
        {"identity": allow(), "resource": deny(**TO_ANYONE)},
        False,
    ),
    "a Deny for the account holds for its roles": (
        {"identity": allow(), "resource": deny(**TO_ACCOUNT)},
        False,
    ),
    "a Deny for another role does not": (
        {"identity": allow(), "resource": deny(Principal={"AWS": f"{ROLE}2"})},
        True,
    ),
    "NotPrincipal spares who is listed with role, session and account": (
        {"identity": allow(), "resource": deny(**NOT_THE_ROLE)},
        True,
    ),
    "NotPrincipal with the role alone does not spare its session": (
        {"identity": allow(), "resource": deny(**NOT_THE_ROLE_ALONE)},
        False,
    ),
    "NotPrincipal denies everybody else": (
        {"identity": allow(), "resource": deny(NotPrincipal={"AWS": OTHER})},
        False,
    ),
    "a statement for a service is not for a role": ({"resource": allow(**TO_EVENTS)}, False),
    "only what is not TLS is denied": (
        {
            "identity": allow(),
            "resource": deny(**TO_ANYONE, Condition=when("Bool", "aws:SecureTransport", "false")),
        },
        True,
    ),
    "only old TLS is denied": (
        {
            "identity": allow(),
            "resource": deny(**TO_ANYONE, Condition=when("NumericLessThan", "s3:TlsVersion", 1.2)),
        },
        True,
    ),
    "a policy without resources is about its own resource": (
        {"resource": allow(resource=None, **TO_ROLE)},
        True,
    ),
}

KMS: dict[str, tuple[dict[str, Any], bool]] = {
    "an identity policy alone opens no key": ({"identity": allow("kms:*")}, False),
    "the key hands the decision to the account's policies": (
        {"identity": allow("kms:*"), "resource": allow("kms:*", **TO_ACCOUNT)},
        True,
    ),
    "which must then allow it": ({"resource": allow("kms:*", **TO_ACCOUNT)}, False),
    "the key hands over other actions only": (
        {"identity": allow("kms:*"), "resource": allow("kms:Describe*", **TO_ACCOUNT)},
        False,
    ),
    "the key names the role": ({"resource": allow("kms:Decrypt", **TO_ROLE)}, True),
    "the key's condition is not met": (
        {
            "identity": allow("kms:*"),
            "resource": allow(
                "kms:*", **TO_ACCOUNT, Condition=when("StringEquals", "kms:CallerAccount", OTHER)
            ),
        },
        False,
    ),
    "not even the root without the key's policy": ({"principal": ADMIN}, False),
    "the root where the key says so": (
        {"principal": ADMIN, "resource": allow("kms:*", **TO_ACCOUNT)},
        True,
    ),
}

ROOT_AND_SERVICES: dict[str, tuple[dict[str, Any], bool]] = {
    "the root may what nothing forbids": ({"principal": ADMIN}, True),
    "the root is bound by a resource's Deny": (
        {"principal": ADMIN, "resource": deny(**TO_ANYONE)},
        False,
    ),
    "a service may nothing by itself": ({"principal": EVENTS}, False),
    "a service may what the resource allows it": (
        {"principal": EVENTS, "resource": allow(**TO_EVENTS)},
        True,
    ),
    "another service may not": (
        {"principal": Principal.service("sns.amazonaws.com"), "resource": allow(**TO_EVENTS)},
        False,
    ),
    "a service is one of everybody": ({"principal": EVENTS, "resource": allow(**TO_ANYONE)}, True),
    "a service is nobody of the account": (
        {"principal": EVENTS, "resource": allow(**TO_ACCOUNT)},
        False,
    ),
    "a deputy that acts for the right rule": (
        {
            "principal": EVENTS,
            "resource": allow(**TO_EVENTS, **FROM_RULE),
            "context": {"aws:SourceArn": RULE, "aws:SourceAccount": ACCOUNT},
        },
        True,
    ),
    "a deputy that is confused by another account": (
        {
            "principal": EVENTS,
            "resource": allow(**TO_EVENTS, **FROM_ACCOUNT),
            "context": {"aws:SourceAccount": OTHER},
        },
        False,
    ),
    "a deputy that does not say for whom": (
        {"principal": EVENTS, "resource": allow(**TO_EVENTS, **FROM_ACCOUNT)},
        False,
    ),
    "a Deny that spares services": (
        {
            "principal": EVENTS,
            "resource": [
                allow(**TO_EVENTS),
                deny(**TO_ANYONE, Condition=when("Bool", "aws:PrincipalIsAWSService", "false")),
            ],
        },
        True,
    ),
    "the owner's default policy of a topic": (
        {
            "principal": EVENTS,
            "resource": allow(
                **TO_ANYONE, Condition=when("StringEquals", "AWS:SourceOwner", ACCOUNT)
            ),
            "context": {"aws:SourceAccount": ACCOUNT},
        },
        True,
    ),
    "which is no grant to a role": (
        {
            "resource": allow(
                **TO_ANYONE, Condition=when("StringEquals", "AWS:SourceOwner", ACCOUNT)
            )
        },
        False,
    ),
}


def _cases(*tables: dict[str, tuple[dict[str, Any], bool]]) -> list[Any]:
    return [pytest.param(*case, id=name) for table in tables for name, case in table.items()]


@pytest.mark.parametrize(
    ("asked", "allowed"), _cases(IDENTITY, BOUNDARY, RESOURCE, ROOT_AND_SERVICES)
)
def test_policies_decide_together(asked: dict[str, Any], allowed: bool) -> None:
    """An explicit Deny wins; else some Allow is needed, within the boundary."""
    assert decision(**asked).allowed is allowed


@pytest.mark.parametrize(("asked", "allowed"), _cases(KMS))
def test_a_key_is_used_only_with_its_own_policys_consent(
    asked: dict[str, Any], allowed: bool
) -> None:
    found = decision(
        action="kms:Decrypt",
        on=KEY,
        consent=True,
        **{"context": {"kms:CallerAccount": ACCOUNT}, **asked},
    )
    assert found.allowed is allowed


def test_a_trust_policy_must_let_the_caller_in() -> None:
    """Who may assume a role is said by the role, whatever the caller's own policies allow."""
    assume = {"action": "sts:AssumeRole", "on": ROLE, "consent": True}
    trusts = allow("sts:AssumeRole", None, Principal={"Service": "lambda.amazonaws.com"})
    service = Principal.service("lambda.amazonaws.com")
    assert decision(principal=service, resource=trusts, **assume).allowed
    refused = decision(identity=allow(), resource=trusts, **assume)
    assert refused.reason == "because no role trust policy allows the sts:AssumeRole action"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "because no identity-based policy allows the s3:GetObject action"),
        (
            {"identity": allow(), "boundary": allow("sqs:*")},
            "because no permissions boundary allows the s3:GetObject action",
        ),
        ({"identity": deny()}, "with an explicit deny in an identity-based policy"),
        (
            {"identity": allow(), "boundary": deny()},
            "with an explicit deny in a permissions boundary",
        ),
        (
            {"identity": allow(), "resource": deny(**TO_ANYONE)},
            "with an explicit deny in a resource-based policy",
        ),
        (
            {"principal": EVENTS},
            "because no resource-based policy allows the s3:GetObject action",
        ),
    ],
)
def test_a_refusal_says_which_kind_of_policy_it_comes_from(
    asked: dict[str, Any], reason: str
) -> None:
    """The wording is AWS's:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    assert decision(**asked).reason == reason


def test_a_decision_names_the_statements_that_made_it() -> None:
    """Every statement that allows is named, with the entries that matched."""
    found = decision(
        identity=[
            deny("iam:*"),
            allow(["s3:Put*", "s3:Get*"], ["arn:aws:s3:::lake/*"], Sid="Read"),
            allow("s3:GetObject"),
        ],
        boundary=allow("s3:*"),
    )
    assert [(one.policy, one.index, one.sid, one.element) for one in found.statements] == [
        ("identity", 1, "Read", "s3:Get*"),
        ("identity", 2, "", "s3:GetObject"),
        ("boundary", 0, "", "s3:*"),
    ]
    assert found.statements[0].resource == "arn:aws:s3:::lake/*"


def test_a_deny_names_the_statement_that_denies() -> None:
    found = decision(identity=[allow(), deny(Sid="Never")])
    assert [(one.effect, one.sid) for one in found.statements] == [("Deny", "Never")]


def test_a_session_is_called_as_sts_names_it() -> None:
    assert WORKER.session_arn == SESSION
