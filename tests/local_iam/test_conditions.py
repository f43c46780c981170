"""Every condition operator, with the values AWS documents.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from typing import Any

import pytest

from autolote.local.iam.documents import read
from autolote.local.iam.model import PolicyError, Value
from tests.local_iam.policies import ACCOUNT, ROLE, allow, decision, document, when

PREFIX, ENCRYPTED, COUNT, MOMENT, ADDRESS = (
    "s3:prefix",
    "elasticfilesystem:Encrypted",
    "s3:max-keys",
    "aws:CurrentTime",
    "aws:SourceIp",
)
TAGS, TYPES = "aws:TagKeys", "sagemaker:InstanceTypes"
SOURCE = "aws:SourceArn"
RUN = f"arn:aws:states:sa-east-1:{ACCOUNT}:execution:runs:one"

SINGLE = [
    # operator, key, values of the policy, the request's value (None: no such key), met
    ("StringEquals", PREFIX, "data/", "data/", True),
    ("StringEquals", PREFIX, "data/", "DATA/", False),
    ("StringEquals", PREFIX, ["a", "data/"], "data/", True),
    ("StringEquals", PREFIX, "data/*", "data/x", False),
    ("StringEquals", PREFIX, "data/", None, False),
    ("StringNotEquals", PREFIX, "data/", "other/", True),
    ("StringNotEquals", PREFIX, ["data/", "other/"], "other/", False),
    ("StringNotEquals", PREFIX, "data/", None, True),
    ("StringEqualsIgnoreCase", PREFIX, "Data/", "dATA/", True),
    ("StringNotEqualsIgnoreCase", PREFIX, "Data/", "dATA/", False),
    ("StringLike", PREFIX, "data/*", "data/2026/", True),
    ("StringLike", PREFIX, "data/?", "data/12", False),
    ("StringLike", PREFIX, ["x*", "data/?"], "data/1", True),
    ("StringNotLike", PREFIX, "data/*", "other/", True),
    ("StringNotLike", PREFIX, "data/*", None, True),
    ("StringEqualsIfExists", PREFIX, "data/", None, True),
    ("StringEqualsIfExists", PREFIX, "data/", "other/", False),
    ("StringLikeIfExists", PREFIX, "data/*", None, True),
    ("Bool", ENCRYPTED, "true", "true", True),
    ("Bool", ENCRYPTED, True, "true", True),
    ("Bool", ENCRYPTED, "true", "false", False),
    ("Bool", ENCRYPTED, "true", None, False),
    ("Bool", ENCRYPTED, "false", None, False),
    ("BoolIfExists", ENCRYPTED, "true", None, True),
    ("NumericEquals", COUNT, 10, "10", True),
    ("NumericEquals", COUNT, "10", "10.0", True),
    ("NumericNotEquals", COUNT, "10", "11", True),
    ("NumericLessThan", COUNT, "10", "9", True),
    ("NumericLessThan", COUNT, "10", "10", False),
    ("NumericLessThanEquals", COUNT, "10", "10", True),
    ("NumericGreaterThan", COUNT, "10", "10", False),
    ("NumericGreaterThanEquals", COUNT, "10", "10", True),
    ("NumericLessThan", COUNT, "10", "many", False),
    ("NumericLessThan", COUNT, "10", None, False),
    ("NumericNotEquals", COUNT, "10", None, True),
    ("DateGreaterThan", MOMENT, "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", True),
    ("DateLessThan", MOMENT, "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", False),
    ("DateLessThanEquals", MOMENT, "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateEquals", MOMENT, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", True),
    ("DateNotEquals", MOMENT, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", True),
    ("DateGreaterThanEquals", MOMENT, "1767225600", "2026-01-01T00:00:00Z", True),
    ("IpAddress", ADDRESS, "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", ADDRESS, ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", True),
    ("IpAddress", ADDRESS, "203.0.113.7", "203.0.113.8", False),
    ("NotIpAddress", ADDRESS, "203.0.113.0/24", "198.51.100.1", True),
    ("NotIpAddress", ADDRESS, "203.0.113.0/24", "203.0.113.1", False),
    ("ArnEquals", SOURCE, RUN, RUN, True),
    ("ArnEquals", SOURCE, f"arn:aws:states:*:{ACCOUNT}:execution:runs:*", RUN, True),
    ("ArnLike", SOURCE, f"arn:aws:states:*:{ACCOUNT}:execution:*", RUN, True),
    ("ArnLike", SOURCE, "arn:aws:*:*:*:*", RUN, True),
    ("ArnLike", SOURCE, f"arn:aws:states:*:{ACCOUNT}:stateMachine:*", RUN, False),
    ("ArnLike", SOURCE, "arn:aws:states:sa-*:210987654321:*", RUN, False),
    ("ArnNotLike", SOURCE, "arn:aws:s3:::*", RUN, True),
    ("ArnNotEquals", SOURCE, RUN, None, True),
    ("BinaryEquals", PREFIX, "QmluYXJ5", "QmluYXJ5", True),
    ("BinaryEquals", PREFIX, "QmluYXJ5", "QmluYXJ6", False),
    ("Null", PREFIX, "true", None, True),
    ("Null", PREFIX, "true", "data/", False),
    ("Null", PREFIX, "false", "data/", True),
    ("Null", PREFIX, False, None, False),
]

SEVERAL = [
    ("ForAllValues:StringEquals", TAGS, ["Team", "Cost"], ("Team", "Cost"), True),
    ("ForAllValues:StringEquals", TAGS, ["Team", "Cost"], ("Team", "Owner"), False),
    ("ForAllValues:StringEquals", TAGS, ["Team"], None, True),
    ("ForAllValues:StringEquals", TAGS, ["Team"], (), True),
    ("ForAllValues:StringLike", TYPES, ["ml.m5.*"], ("ml.m5.large", "ml.m5.xlarge"), True),
    ("ForAllValues:StringNotEquals", TAGS, ["Secret"], ("Team", "Cost"), True),
    ("ForAllValues:StringNotEquals", TAGS, ["Secret"], ("Team", "Secret"), False),
    ("ForAnyValue:StringEquals", TAGS, ["Team"], ("Owner", "Team"), True),
    ("ForAnyValue:StringEquals", TAGS, ["Team"], ("Owner",), False),
    ("ForAnyValue:StringEquals", TAGS, ["Team"], None, False),
    ("ForAnyValue:StringNotEquals", TAGS, ["Team"], ("Team", "Owner"), True),
    ("ForAnyValue:StringNotEquals", TAGS, ["Team"], ("Team",), False),
    ("ForAnyValue:StringNotEquals", TAGS, ["Team"], None, False),
    ("ForAnyValue:StringEqualsIfExists", TAGS, ["Team"], None, True),
    ("ForAllValues:StringEquals", PREFIX, ["a", "b"], "a", True),
    ("Null", TAGS, "false", ("Team",), True),
]


@pytest.mark.parametrize(("operator", "key", "wanted", "given", "met"), SINGLE + SEVERAL)
def test_an_operator_compares_as_documented(
    operator: str, key: str, wanted: Any, given: Value | None, met: bool
) -> None:
    """A missing key meets what is negated, ...IfExists, ForAllValues and Null, and nothing else."""
    context = {} if given is None else {key: given}
    found = decision(identity=allow(Condition=when(operator, key, wanted)), context=context)
    assert found.allowed is met


@pytest.mark.parametrize(
    ("element", "given", "met"),
    [
        # a variable in a value, in a resource, of a tag, with a default, and the literal ones
        (when("StringLike", PREFIX, "${aws:PrincipalTag/Team}/*"), {PREFIX: "churn/x"}, True),
        (when("StringLike", PREFIX, "${aws:PrincipalTag/Team}/*"), {PREFIX: "other/x"}, False),
        (when("StringLike", PREFIX, "${aws:PrincipalTag/None}/*"), {PREFIX: "/x"}, False),
        (when("StringLike", PREFIX, "${aws:PrincipalTag/No, 'all'}/*"), {PREFIX: "all/x"}, True),
        (when("StringLike", PREFIX, "a${*}"), {PREFIX: "a*"}, True),
        (when("StringLike", PREFIX, "a${*}"), {PREFIX: "abc"}, False),
        (when("StringEquals", PREFIX, "${$}"), {PREFIX: "$"}, True),
        (when("StringEquals", "aws:PrincipalTag/team", "churn"), {}, True),
        (when("StringEquals", "aws:ResourceTag/Stage", "${aws:PrincipalTag/Team}"), {}, False),
        (when("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team}"), {}, True),
        (when("StringEquals", "AWS:principalarn", ROLE), {}, True),
        (when("StringEquals", "sagemaker:ResourceTag/Team", "churn"), {}, True),
    ],
)
def test_variables_and_tags_take_their_values_from_the_request(
    element: Any, given: dict[str, str], met: bool
) -> None:
    assert decision(identity=allow(Condition=element), context=given).allowed is met


def test_a_variable_scopes_a_resource() -> None:
    """Each team reaches its own prefix only, by one statement."""
    own = allow("s3:*", "arn:aws:s3:::lake/${aws:PrincipalTag/Team}/*")
    assert decision(identity=own, on="arn:aws:s3:::lake/churn/a.csv").allowed
    assert not decision(identity=own, on="arn:aws:s3:::lake/fraud/a.csv").allowed


def test_the_older_version_knows_no_variables() -> None:
    """Without Version 2012-10-17 `${...}` is only text."""
    text = document(
        allow("s3:*", "arn:aws:s3:::lake/${aws:PrincipalTag/Team}/*"), version="2008-10-17"
    )
    assert not read(text).statements[0].variables


@pytest.mark.parametrize(
    ("element", "given", "says"),
    [
        (when("StringResembles", PREFIX, "a"), {}, "no condition operator"),
        (when("ForSomeValues:StringEquals", PREFIX, "a"), {}, "neither ForAllValues"),
        (when("StringEquals", "s3:moon-phase", "full"), {}, "s3:moon-phase is not known"),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), {}, "aws:SourceVpce is not known"),
        (when("StringEquals", TAGS, "Team"), {TAGS: ("Team",)}, "needs ForAnyValue"),
        (when("NumericEquals", COUNT, "ten"), {COUNT: "10"}, "'ten' is no number"),
        (when("DateEquals", MOMENT, "yesterday"), {}, "'yesterday' is no date"),
        (when("IpAddress", ADDRESS, "here"), {}, "'here' is no IP range"),
        (when("Bool", ENCRYPTED, "yes"), {ENCRYPTED: "true"}, "neither true nor false"),
        (when("Null", PREFIX, "maybe"), {}, "Null takes true or false"),
        (when("ArnLike", SOURCE, "*:rule/*"), {SOURCE: RUN}, "is no ARN"),
        (when("StringEquals", PREFIX, {"a": "b"}), {}, "neither text nor number"),
    ],
)
def test_what_is_not_understood_is_an_error_and_never_passes(
    element: Any, given: dict[str, Value], says: str
) -> None:
    with pytest.raises(PolicyError, match=says):
        decision(identity=allow(Condition=element), context=given)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ({"Effect": "Permit", "Action": "*", "Resource": "*"}, "must be Allow or Deny"),
        ({"Effect": "Allow", "Resource": "*"}, "neither Action nor NotAction"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*"}, "exclude each other"),
        ({"Effect": "Allow", "Action": "*", "Resources": "*"}, "no elements of a statement"),
        ({"Effect": "Allow", "Action": "GetObject", "Resource": "*"}, "is no action"),
        ({**allow(), "Principal": {"Robot": "x"}}, "Principal is"),
        ({**allow(), "Principal": {"AWS": "arn:aws:iam::*:role/x"}}, "takes no wildcards"),
        ({**allow(), "Principal": {"AWS": "somebody"}}, "is no principal"),
        ({**allow(), "NotPrincipal": "*"}, "goes with Deny only"),
        ({**allow(), "Principal": "*", "NotPrincipal": "*"}, "exclude each other"),
        ({**allow(), "Condition": []}, "must be an object"),
    ],
)
def test_a_malformed_statement_is_refused(statement: Any, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        read(document(statement))
