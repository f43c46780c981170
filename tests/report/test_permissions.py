"""Who may do what, as the templates have it."""

from __future__ import annotations

from autolote.audit.facts.everything import Facts
from autolote.audit.facts.permissions import Grant, levels_of, matrix
from tests.report import sample
from tests.report.conftest import Gather


def of(facts: Facts, principal: str) -> list[Grant]:
    """What is said of one principal."""
    return [grant for grant in facts.grants if grant.principal == principal]


def test_a_grant_says_in_words_what_it_is_on_and_when_it_holds(facts: Facts) -> None:
    """A reviewer need not read an ARN."""
    [grant] = of(facts, "main/JobsRole")
    assert grant.actions == ("s3:GetObject",)
    assert grant.levels == ("Read",)
    assert grant.on == ("every object in bucket main/Data",)
    assert grant.conditions == ("aws:ResourceAccount is this account",)


def test_trust_and_resource_policies_are_part_of_it(facts: Facts) -> None:
    """Who may take on a role, and what a bucket denies to everyone, stand beside the grants."""
    assert {(g.how, g.on) for g in of(facts, "states.amazonaws.com")} == {
        ("trust", ("role main/MachineRole",))
    }
    [denial] = [g for g in of(facts, "everyone") if g.how == "resource"]
    assert (denial.effect, denial.service, denial.source) == ("deny", "s3", "main/DataPolicy")
    assert denial.conditions == ("aws:SecureTransport is false",)


def test_an_action_with_a_wildcard_has_every_level_that_it_reaches() -> None:
    """`kms:*` is not one harmless row."""
    assert levels_of("kms:*") == ("List", "Read", "Write", "Permissions management", "Tagging")
    assert levels_of("iam:PassRole") == ("Permissions management",)
    assert levels_of("s3:Put*Tagging") == ("Tagging",)
    assert levels_of("nosuch:Thing") == ("Unknown",)


def test_what_is_not_listed_is_said_to_be_everything_else(facts_of: Gather) -> None:
    """NotAction and NotResource allow what they do not name."""
    allowed = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secret"}
    [grant] = of(facts_of({"R": sample.role("ec2.amazonaws.com", allowed)}), "main/R")
    assert grant.actions == ("not iam:*",)
    assert grant.levels == ("List", "Read", "Write", "Permissions management", "Tagging")
    assert grant.on == ("all but s3 bucket secret",)


def test_a_managed_policy_counts_for_every_role_it_is_attached_to(facts_of: Gather) -> None:
    """Attached by the policy or by the role, ours or AWS's, or as a boundary only."""
    plain = sample.role("ec2.amazonaws.com")
    named = sample.role(
        "ec2.amazonaws.com",
        ManagedPolicyArns=[{"Ref": "P"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"],
        PermissionsBoundary={"Ref": "B"},
    )
    facts = facts_of(
        {
            "A": plain,
            "N": named,
            "P": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Roles": [{"Ref": "A"}],
                    "PolicyDocument": sample.policy(sample.statement("sns:Publish")),
                },
            },
            "B": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": sample.policy(sample.statement("s3:*"))},
            },
        }
    )
    assert [g.actions for g in of(facts, "main/A")] == [("sns:Publish",)]
    assert sorted((g.how, g.actions) for g in of(facts, "main/N")) == [
        ("boundary", ("s3:*",)),
        ("identity", ("policy ReadOnlyAccess",)),
        ("identity", ("sns:Publish",)),
    ]
    assert list(matrix(facts.grants)["main/N"]) == ["any", "sns"]


def test_the_matrix_leaves_out_what_allows_nothing(facts: Facts) -> None:
    """Denials, trust and endpoint policies are told, but are no permission of anybody's."""
    table = matrix(facts.grants)
    assert table["main/StartRole"] == {
        "iam": ("Permissions management",),
        "s3": ("Read",),
        "sagemaker": ("Write",),
        "states": ("Write",),
    }
    assert "everyone" not in table
    assert "lambda.amazonaws.com" not in table


def test_a_name_leads_to_the_resource_as_a_reference_does(facts_of: Gather) -> None:
    """Roles are often made before what they name: the ARN is then put together by hand."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}}
    jobs = "arn:aws:sagemaker:*:${AWS::AccountId}:training-job/mine-*"
    grant = sample.statement(
        ["sqs:SendMessage"],
        [{"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:dead"}, {"Fn::Sub": jobs}],
    )
    [found] = of(facts_of({"Q": queue, "R": sample.role("ec2.amazonaws.com", grant)}), "main/R")
    assert found.on == ("queue main/Q", "sagemaker training jobs mine-* in any Region")
