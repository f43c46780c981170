"""What a change does to permissions, data, network, exposure, keys, cost and findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autolote.audit.difference import Difference, compare
from autolote.audit.difference.text import as_json, markdown, terminal
from autolote.audit.result import Judged
from tests.report import audits, sample

Resources = dict[str, Any]
Change = Callable[[Resources], object]


@pytest.fixture
def difference(tmp_path: Path) -> Callable[[Change], Difference]:
    """What a change of the sample's resources does."""

    def of(change: Change) -> Difference:
        resources = sample.resources()
        change(resources)
        before = sample.environment(tmp_path / "before", {"main": sample.resources()})
        after = sample.environment(tmp_path / "after", {"main": resources})
        return compare(audits.audit(before), audits.audit(after))

    return of


def policy_of(resources: Resources, role: str) -> list[dict[str, Any]]:
    """The statements of a role of the sample."""
    [policy] = resources[role]["Properties"]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def properties(resources: Resources, name: str) -> dict[str, Any]:
    """The properties of a resource of the sample."""
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def widen(resources: Resources) -> None:
    policy_of(resources, "StepRole")[0]["Action"] = ["s3:PutObject", "s3:DeleteObject"]


def narrow(resources: Resources) -> None:
    policy_of(resources, "StepRole")[0]["Resource"] = sample.below("Data", "/runs/today/*")


def unconditional(resources: Resources) -> None:
    del policy_of(resources, "JobsRole")[0]["Condition"]


def more_values(resources: Resources) -> None:
    condition = policy_of(resources, "JobsRole")[0]["Condition"]["StringEquals"]
    condition["aws:ResourceAccount"] = [condition["aws:ResourceAccount"], "999999999999"]


def plain_http(resources: Resources) -> None:
    properties(resources, "DataPolicy")["PolicyDocument"]["Statement"] = []


def trusted_by_another(resources: Resources) -> None:
    trust = properties(resources, "JobsRole")["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}


def open_port(resources: Resources) -> None:
    properties(resources, "Group")["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    ]


def any_endpoint_policy(resources: Resources) -> None:
    del properties(resources, "Way")["PolicyDocument"]["Statement"][0]["Condition"]


def to_the_internet(resources: Resources) -> None:
    resources["Gateway"] = {"Type": "AWS::EC2::InternetGateway"}
    resources["Route"] = {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": {"Ref": "Routes"},
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": {"Ref": "Gateway"},
        },
    }


def out_of_the_network(resources: Resources) -> None:
    del properties(resources, "StartFunction")["VpcConfig"]


def no_key(resources: Resources) -> None:
    del properties(resources, "Letters")["KmsMasterKeyId"]


def renamed_bucket(resources: Resources) -> None:
    properties(resources, "Data")["BucketName"] = "another"


def gone_bucket(resources: Resources) -> None:
    resources["Other"] = resources.pop("Data")


def gone_queue(resources: Resources) -> None:
    del resources["Letters"]


def deletable_key(resources: Resources) -> None:
    del resources["Key"]["DeletionPolicy"]


def shorter(resources: Resources) -> None:
    rules = properties(resources, "Data")["LifecycleConfiguration"]["Rules"]
    rules[0]["ExpirationInDays"] = 1


def another_way(resources: Resources) -> None:
    resources["NewWay"] = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            **properties(resources, "Way"),
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.sts"},
        },
    }


def no_endpoint_policy(resources: Resources) -> None:
    del properties(resources, "Way")["PolicyDocument"]


def bounded(resources: Resources) -> None:
    resources["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": sample.policy(sample.statement("s3:*"))},
    }
    properties(resources, "StepRole")["PermissionsBoundary"] = {"Ref": "Boundary"}


def third_zone(resources: Resources) -> None:
    properties(resources, "Way")["SubnetIds"].append({"Ref": "SubnetA"})


# What is changed; the area, weight, subject and beginning of the sentence that must be said of it.
CASES: list[tuple[Change, str, str, str, str]] = [
    (widen, "permissions", "worse", "main/StepRole", "gains s3:DeleteObject on objects runs/*"),
    (narrow, "permissions", "better", "main/StepRole", "loses s3:PutObject on objects runs/* in"),
    (
        unconditional,
        "permissions",
        "worse",
        "main/JobsRole",
        "gains, under looser conditions, s3:G",
    ),
    (more_values, "permissions", "worse", "main/JobsRole", "gains, under looser conditions,"),
    (
        plain_http,
        "permissions",
        "worse",
        "everyone",
        "is no longer denied s3:* on bucket main/Data",
    ),
    (plain_http, "encryption", "worse", "main/Data", "TLS: not demanded by a policy instead of"),
    (trusted_by_another, "permissions", "worse", "account 999999999999", "gains sts:AssumeRole on"),
    (trusted_by_another, "exposure", "worse", "main/JobsRole", "is a way in: account 999999999999"),
    (open_port, "network", "worse", "main/Group", "opens tcp 22 in from anywhere (0.0.0.0/0)"),
    (open_port, "exposure", "worse", "main/Group", "is a way in: tcp 22 in from anywhere"),
    (any_endpoint_policy, "permissions", "worse", "everyone", "gains, under looser conditions, *"),
    (to_the_internet, "network", "worse", "main/SubnetA", "gains the route 0.0.0.0/0 to internet"),
    (to_the_internet, "exposure", "worse", "main/Gateway", "is a way out: a way to and from the"),
    (out_of_the_network, "network", "worse", "main/StartFunction", "(function) runs in outside a"),
    (
        no_key,
        "encryption",
        "worse",
        "main/Letters",
        "is under a key that SQS owns (SSE-SQS) instead",
    ),
    (
        renamed_bucket,
        "data",
        "blocks",
        "main/Data",
        "is replaced by an empty one, for another Buck",
    ),
    (
        gone_bucket,
        "data",
        "blocks",
        "main/Data",
        "is no longer in the templates; it is left behind",
    ),
    (gone_bucket, "data", "other", "main/Other", "is a new bucket"),
    (gone_queue, "data", "blocks", "main/Letters", "is no longer in the templates; it is del"),
    (deletable_key, "data", "worse", "main/Key", "on deletion: Delete instead of Retain"),
    (shorter, "data", "other", "main/Data", "is kept requests/*: 1 days instead of requests/*: 90"),
    (
        third_zone,
        "cost",
        "other",
        "AWS::EC2::VPCEndpoint",
        "21.90 USD a month for 3 instead of 14.",
    ),
]


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{change.__name__}-{area}" for change, area, *_ in CASES]
)
def test_a_change_is_told_in_a_sentence_and_weighed(
    difference: Callable[[Change], Difference], case: tuple[Change, str, str, str, str]
) -> None:
    """Who or what, what it does, and whether a reviewer must stop at it."""
    change, area, weight, who, says = case
    [changes] = [one.changes for one in difference(change).areas if one.id == area]
    found = [one for one in changes if one.who == who and one.says.startswith(says)]
    assert [one.weight for one in found] == [weight], changes


@pytest.mark.parametrize("change", [another_way, bounded])
def test_a_new_limit_grants_nothing(
    difference: Callable[[Change], Difference], change: Change
) -> None:
    """A boundary and an endpoint's policy name actions, and give none of them to anybody."""
    assert "worse" not in {one.weight for one in difference(change).changes}


@pytest.mark.parametrize("change", [renamed_bucket, gone_bucket, gone_queue])
def test_losing_a_place_of_data_blocks(
    difference: Callable[[Change], Difference], change: Change
) -> None:
    """The exit code of the comparison says so."""
    assert difference(change).blocks


@pytest.mark.parametrize("change", [widen, open_port, deletable_key, no_key])
def test_what_is_only_worse_is_left_to_the_reviewer(
    difference: Callable[[Change], Difference], change: Change
) -> None:
    """Findings forbid what must not be; a comparison shows what is new."""
    assert not difference(change).blocks


def test_the_other_way_round_everything_is_better(tmp_path: Path) -> None:
    """What one direction grants, opens or loosens, the other takes back."""
    changed = sample.resources()
    for change in (widen, unconditional, plain_http, open_port, to_the_internet, no_key):
        change(changed)
    before = audits.audit(sample.environment(tmp_path / "a", {"main": sample.resources()}))
    after = audits.audit(sample.environment(tmp_path / "b", {"main": changed}))
    there, back = compare(before, after), compare(after, before)
    areas = ("permissions", "network", "exposure", "encryption")
    for one, other in zip(there.areas, back.areas, strict=True):
        if one.id in areas:
            assert {c.weight for c in one.changes if c.weight != "other"} == {"worse"}
            assert "worse" not in {c.weight for c in other.changes}
            assert len(one.changes) == len(other.changes)


def test_nothing_changes_from_an_environment_to_itself(
    difference: Callable[[Change], Difference],
) -> None:
    """And an edit of the code, which renames its asset, is no other permission."""
    found = difference(lambda resources: None)
    assert found.changes == ()
    assert terminal(found).startswith("sample: nothing changes that a reviewer asks for\n")


def test_another_asset_is_no_other_permission(tmp_path: Path) -> None:
    """The build's role reads one file, called after its hash."""

    def role(digit: str) -> Resources:
        arn = f"arn:aws:s3:::assets/{digit * 64}.zip"
        return {"R": sample.role("codebuild.amazonaws.com", sample.statement("s3:GetObject", arn))}

    before, after = (
        audits.audit(sample.environment(tmp_path / digit, {"main": role(digit)})) for digit in "ab"
    )
    assert compare(before, after).changes == ()


def test_an_action_that_a_wildcard_had_already_is_not_gained(tmp_path: Path) -> None:
    """Writing out what `s3:Get*` meant loses the rest and gains nothing."""

    def role(actions: list[str]) -> Resources:
        return {
            "R": sample.role("ec2.amazonaws.com", sample.statement(actions, "arn:aws:s3:::b/*"))
        }

    wide = audits.audit(sample.environment(tmp_path / "a", {"main": role(["s3:Get*"])}))
    exact = audits.audit(sample.environment(tmp_path / "b", {"main": role(["s3:GetObject"])}))
    assert [c.says for c in compare(wide, exact).changes] == [
        "loses s3:Get* on objects * in bucket b"
    ]


def test_findings_that_open_block_and_those_that_go_are_told(tmp_path: Path) -> None:
    """New, gone and newly waived; what was open before and is open still is not told again."""
    environment = sample.environment(tmp_path, {"main": sample.resources()})
    judged = audits.judged()
    first, second = judged.open
    before = audits.audit(environment, Judged(open=(first,)))
    after = audits.audit(environment, Judged(open=(second,), waived=judged.waived))
    found = compare(before, after)
    assert found.blocks
    assert [(c.weight, c.says.partition(":")[0]) for c in found.areas[0].changes] == [
        ("blocks", "is open"),
        ("better", "is gone"),
        ("other", "is waived by data-platform"),
    ]
    assert not compare(after, after).blocks


def test_all_forms_tell_the_same(difference: Callable[[Change], Difference]) -> None:
    """For the terminal, for a pull request, for programs."""
    found = difference(renamed_bucket)
    document = json.loads(as_json(found))
    assert document["blocks"]
    assert document["areas"]["data"][0]["who"] == "main/Data"
    text, comment = terminal(found), markdown(found)
    assert text.splitlines()[0] == "sample: 1 change, 1 blocks"
    assert "  !! main/Data is replaced by an empty one, for another BucketName" in text
    assert "| ⛔ blocks | `main/Data` | is replaced by an empty one" in comment
    assert "Unchanged: findings, permissions, network" in comment


def test_a_comment_folds_what_is_long(tmp_path: Path) -> None:
    """Hundreds of changes are there, but do not bury the discussion."""
    before = audits.audit(sample.environment(tmp_path / "a", {"main": sample.resources()}))
    after = audits.big(tmp_path / "b", functions=60)
    comment = markdown(compare(before, after))
    assert "<details><summary>" in comment
    assert "Step059Role" in comment
