"""The two lists of `autolote permissions`, and the table that is subtracted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autolote.local.iam.model import Access, Decision, Matched, Principal
from autolote.local.iam.record import FILE, Record
from autolote.permissions.grants import Grant
from autolote.permissions.proof import proved
from autolote.permissions.record import Decisions, decisions
from autolote.permissions.table import Row, TableError, rows

ROLE = "arn:aws:iam::123456789012:role/autolote-prod-identity-Start"
POLICY = "arn:aws:iam::123456789012:policy/start"
DOCS = "https://docs.aws.amazon.com/xray/latest/devguide/"


def grant(action: str, index: int = 0, role: str = "identity/StartRole") -> Grant:
    return Grant(
        role=role, role_arn=ROLE, policy=POLICY, index=index, action=action, resources=("*",)
    )


def row(*actions: str, role: str = "identity/*") -> Row:
    return Row(role=role, actions=actions, reason="traces", source=DOCS)


def used(*entries: tuple[str, int]) -> Decisions:
    return Decisions(
        used=frozenset((ROLE, POLICY, index, action) for action, index in entries), denied=()
    )


def test_the_proof_holds_when_all_that_is_granted_is_used() -> None:
    assert proved([grant("s3:GetObject")], used(("s3:GetObject", 0)), []).holds


def test_what_was_granted_and_not_used_is_listed_action_by_action() -> None:
    """An action that is used by one statement is not thereby used by another."""
    grants = [grant("s3:GetObject"), grant("s3:PutObject"), grant("s3:GetObject", index=1)]
    found = proved(grants, used(("s3:GetObject", 0)), [])
    assert [(one.action, one.index) for one in found.unused] == [
        ("s3:PutObject", 0),
        ("s3:GetObject", 1),
    ]
    assert not found.holds


def test_what_only_aws_uses_is_subtracted() -> None:
    found = proved([grant("xray:PutTraceSegments")], used(), [row("xray:PutTraceSegments")])
    assert found.holds
    assert found.used_by_aws == 1


def test_a_row_about_a_key_speaks_of_one_service_only() -> None:
    """Reading S3 with the key is not hidden by a row about an encrypted queue."""
    through = [replace(grant("kms:Decrypt"), via=(service,)) for service in ("sqs", "s3")]
    found = proved(through, used(), [replace(row("kms:Decrypt"), via="sqs")])
    assert [one.via for one in found.unused] == [("s3",)]


@pytest.mark.parametrize(
    ("grants", "problem"),
    [
        ([grant("xray:PutTraceSegments")], "is used"),
        ([grant("s3:GetObject")], "is granted to no such role"),
        ([grant("xray:PutTraceSegments", role="image/BuildRole")], "is granted to no such role"),
    ],
)
def test_a_row_that_is_not_so_is_reported(grants: list[Grant], problem: str) -> None:
    """The table cannot hide what it was not written for, nor outlive its reason."""
    decided = used(("xray:PutTraceSegments", 0), ("s3:GetObject", 0))
    [wrong] = proved(grants, decided, [row("xray:PutTraceSegments")]).wrong_rows
    assert wrong.problem == problem


def test_calls_are_counted_over_the_lines_of_the_record(tmp_path: Path) -> None:
    """The account writes a decision when it is first met, and the further count at its end."""
    record = Record(tmp_path / FILE)
    caller = Principal.role(ROLE, "s")
    access = Access(action="s3:GetObject", resource="arn:aws:s3:::lake/a")
    no = Decision(allowed=False, statements=(), reason="because no policy allows it")
    statement = Matched(policy=POLICY, index=3, sid="", effect="Allow", element="s3:Get*")
    yes = Decision(allowed=True, statements=(statement,), reason="")
    for decision in (no, no, yes, no):
        record.add(caller, access, decision, operation="s3:GetObject")
    record.close()
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert [line["count"] for line in lines] == [1, 1, 2]
    found = decisions(tmp_path, environment="prod")
    assert [(one.action, one.count) for one in found.denied] == [("s3:GetObject", 3)]
    assert found.used == {(ROLE, POLICY, 3, "s3:Get*")}
    assert decisions(tmp_path, environment="dev").denied == ()


def test_an_account_that_decided_nothing_has_no_record(tmp_path: Path) -> None:
    assert decisions(tmp_path, environment="prod") == Decisions(used=frozenset(), denied=())


def test_every_row_of_the_table_gives_its_reason_and_aws_page() -> None:
    for one in rows():
        assert one.reason
        assert one.source.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[used_by_aws]]\nrole = "a"\n', "must have"),
        (
            '[[used_by_aws]]\nrole = "a"\nactions = []\nreason = "r"\nsource = "s"\n',
            "actions is",
        ),
        (
            '[[used_by_aws]]\nrole = "a"\nactions = ["x:Y"]\nreason = "r"\nsource = "a blog"\n',
            "must be a page of AWS's",
        ),
    ],
)
def test_a_row_that_lacks_something_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "permissions.toml"
    path.write_text(text)
    with pytest.raises(TableError, match=says):
        rows(path)
