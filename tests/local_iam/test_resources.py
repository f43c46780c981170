"""Wildcards of the Resource element."""

import pytest

from autolote.local.iam.patterns import resource

LOGS = "arn:aws:logs:sa-east-1:123456789012"


@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        ("*", "arn:aws:s3:::any/thing", True),
        ("arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a/b/c", True),
        ("arn:aws:s3:::lake/*/runs/*", "arn:aws:s3:::lake/p/e/runs/1/plan.json", True),
        ("arn:aws:s3:::lake/*", "arn:aws:s3:::lake", False),
        ("arn:aws:s3:::lake*", "arn:aws:s3:::lake/a", True),
        ("arn:aws:s3:::lake/?.csv", "arn:aws:s3:::lake/ab.csv", False),
        ("arn:aws:s3:::lake/a.csv", "arn:aws:s3:::lake/aXcsv", False),
        ("arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a:b", True),
        (f"{LOGS}:log-group:/aws/lambda/x:*", f"{LOGS}:log-group:/aws/lambda/x:log-stream:", True),
        (f"{LOGS}:log-group:/aws/lambda/x", f"{LOGS}:log-group:/aws/lambda/x:log-stream:", False),
        (f"{LOGS}:log-group:/aws/*:log-stream:a", f"{LOGS}:log-group:/aws/x:log-stream:a", True),
        ("arn:aws:logs:*:123456789012:log-group:x", f"{LOGS}:log-group:x", True),
        # A `*` at the end of a segment goes on past colons; within one it does not.
        ("arn:aws:logs:*", f"{LOGS}:log-group:x", True),
        ("arn:aws:logs:sa-*1:123456789012:log-group:x", f"{LOGS}:log-group:x", True),
        ("arn:aws:logs:s*t-1:log-group:x", f"{LOGS}:log-group:x", False),
        (
            "arn:aws:sqs:sa-east-1:123456789012:jobs",
            "arn:aws:sqs:sa-east-1:123456789012:jobs",
            True,
        ),
        (
            "arn:aws:sqs:sa-east-1:123456789012:jobs",
            "arn:aws:sqs:sa-east-1:123456789012:jobs2",
            False,
        ),
    ],
)
def test_a_wildcard_reaches_as_far_as_documented(pattern: str, arn: str, matches: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""
    assert (resource(pattern).fullmatch(arn) is not None) is matches
