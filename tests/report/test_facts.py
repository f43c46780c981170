"""Encryption, network, exposure, retention, cost and inventory of the sample."""

from __future__ import annotations

import pytest

from autolote.audit.facts.cost import table
from autolote.audit.facts.everything import Facts
from autolote.audit.facts.network import NO_VPC
from tests.report import sample
from tests.report.conftest import Gather


def test_every_store_names_its_key_and_what_it_demands_of_connections(facts: Facts) -> None:
    """The template's own key, or whose key it is instead."""
    stores = {store.where: store for store in facts.stores}
    data = stores["main/Data"]
    assert (data.own_key, data.key) == (True, "key main/Key")
    assert data.in_transit == "TLS: its policy denies plain HTTP"
    assert stores["main/Key"].key == "made and kept by KMS; rotates every year"
    assert stores["main/Topic"].in_transit == "not demanded by a policy"
    assert not stores["main/Machine"].own_key


@pytest.mark.parametrize(
    ("type_", "properties", "key"),
    [
        ("AWS::SQS::Queue", {"SqsManagedSseEnabled": False}, "nothing"),
        ("AWS::SQS::Queue", {}, "a key that SQS owns (SSE-SQS)"),
        ("AWS::SNS::Topic", {}, "nothing"),
        ("AWS::S3::Bucket", {}, "a key that S3 owns (SSE-S3)"),
        ("AWS::EFS::FileSystem", {}, "nothing"),
        ("AWS::EFS::FileSystem", {"Encrypted": True}, "the key of AWS for EFS in this account"),
        ("AWS::SNS::Topic", {"KmsMasterKeyId": "alias/aws/sns"}, "the key of AWS alias/aws/sns"),
    ],
)
def test_a_store_without_the_key_says_what_is_there_instead(
    facts_of: Gather, type_: str, properties: dict[str, object], key: str
) -> None:
    """What AWS does by default is told, not left blank."""
    [store] = facts_of({"S": {"Type": type_, "Properties": properties}}).stores
    assert (store.own_key, store.key) == (False, key)


def test_the_network_tells_ways_ports_and_places(facts: Facts) -> None:
    """Endpoints with their policies, rules with ports, what runs where."""
    gateway, way = facts.network.endpoints
    assert (gateway.type, gateway.zones) == ("Gateway", 0)
    assert gateway.policy == ("everyone may everything on any resource (AWS's default policy)",)
    assert (way.service, way.zones, way.private_dns) == ("sagemaker.api", 2, True)
    assert way.policy == (
        "everyone may everything on any resource if aws:PrincipalAccount is this account",
    )
    assert [(rule.direction, rule.ports, rule.peer) for rule in facts.network.rules] == [
        ("out to", "tcp 443", "10.0.0.0/24"),
        ("out to", "esp", "prefix list pl-1"),
    ]
    places = {(place.where, place.kind): place for place in facts.network.placements}
    assert places["main/StartFunction", "function"].network == "main/SubnetA, main/SubnetB"
    assert places["main/StartFunction", "jobs that it starts"].groups == ("main/JobsGroup",)
    assert places["main/StepFunction", "function"].network == NO_VPC
    assert [s.routes for s in facts.network.subnets] == [("s3 to endpoint main/S3Way",), ()]
    assert facts.network.subnets[0].zone == "zone 1 of the Region"


def test_what_runs_outside_a_network_is_the_only_exposure(facts: Facts) -> None:
    """An endpoint policy for everyone of this account, and a denial to everyone, open nothing."""
    assert [(e.direction, e.where) for e in facts.exposures.found] == [("out", "main/StepFunction")]
    assert dict(facts.exposures.checked)["buckets"] == 1


OPENED: dict[str, tuple[dict[str, object], str]] = {
    "a bucket that does not block": (
        {"Type": "AWS::S3::Bucket", "Properties": {}},
        "public access is not blocked",
    ),
    "a topic for everyone": (
        {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": ["t"],
                "PolicyDocument": sample.policy(sample.statement("sns:Publish", Principal="*")),
            },
        },
        "everyone may sns:Publish",
    ),
    "a role for another account": (
        {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": sample.policy(
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                    }
                )
            },
        },
        "account 999999999999 may sts:AssumeRole",
    ),
    "a function's URL": (
        {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE"}},
        "a URL that anybody may call",
    ),
    "a port for the world": (
        {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "SecurityGroupIngress": [
                    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
                ],
                "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}],
            },
        },
        "tcp 22 in from anywhere (0.0.0.0/0)",
    ),
    "a public subnet": (
        {"Type": "AWS::EC2::Subnet", "Properties": {"MapPublicIpOnLaunch": True}},
        "gives out public addresses",
    ),
}


@pytest.mark.parametrize("opened", OPENED)
def test_each_way_in_is_told(facts_of: Gather, opened: str) -> None:
    """One sentence for each, naming what it opens."""
    resource, says = OPENED[opened]
    [exposure] = facts_of({"X": resource}).exposures.found
    assert exposure.direction == "in"
    assert exposure.says.startswith(says)


def test_a_group_without_egress_rules_lets_everything_out(facts_of: Gather) -> None:
    """That is what EC2 does with a group whose template names no rule for it."""
    [exposure] = facts_of({"G": {"Type": "AWS::EC2::SecurityGroup"}}).exposures.found
    assert exposure.direction == "out"


def test_retention_tells_periods_and_fates(facts: Facts) -> None:
    """How long, what on deletion, what on replacement."""
    kept = {one.where: one for one in facts.kept}
    assert kept["main/Data"].kept == ("requests/*: 90 days",)
    assert kept["main/Data"].on_deletion == "kept"
    assert kept["main/Letters"].kept == ("4 days",)
    assert kept["main/Letters"].on_deletion == "deleted"


def test_what_deleting_a_key_means_is_said(facts_of: Gather) -> None:
    """Data outlives its key only as noise."""
    [key] = facts_of({"K": {"Type": "AWS::KMS::Key"}}).kept
    assert key.on_deletion == "deleted 30 days later, and with it access to all it has encrypted"


def test_the_fixed_cost_counts_interfaces_by_zone(facts: Facts) -> None:
    """Two interfaces of an endpoint, a key and an alarm; the rest is by use and named."""
    lines = {line.type: (line.count, line.total) for line in facts.cost.lines}
    assert lines == {
        "AWS::CloudWatch::Alarm": (1, 0.1),
        "AWS::EC2::VPCEndpoint": (2, 14.6),
        "AWS::KMS::Key": (1, 1.0),
    }
    assert facts.cost.total == 15.7
    assert "AWS::S3::Bucket" in dict(facts.cost.by_use)


def test_every_price_has_a_source() -> None:
    """A price is worth what its source is."""
    for price in table()["prices"].values():
        assert price["source"].startswith("https://aws.amazon.com/")


def test_the_inventory_says_what_each_resource_is_for(facts: Facts) -> None:
    """By its own words, or by what it serves."""
    items = {item.where: item for item in facts.inventory}
    assert len(items) == len(sample.resources())
    assert items["main/StartFunction"].purpose == "Starts runs"
    assert items["main/Way"].purpose == "A private way to sagemaker.api"
    assert items["main/DataPolicy"].attached == ("main/Data",)
    assert all(item.purpose for item in items.values())
