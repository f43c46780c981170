"""The private network: no way to the internet, the account's own calls alone, exact ports."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from autolote.network_settings import S3_PREFIX_LISTS
from autolote.settings import load
from stacks.app import ROOT
from stacks.endpoints import ENDPOINTS
from tests.template.assembly import Assembly, Resource, as_list, joined

# What an endpoint is called that serves a boto3 client, where the names differ.
ENDPOINT_OF = {"sagemaker": "sagemaker.api", "stepfunctions": "states", "ecr": "ecr.api"}
WITHOUT_ACCOUNT = {
    "ImageLayers": "arn:aws:s3:::prod-sa-east-1-starport-layer-bucket/*",
    "Answers": "arn:aws:s3:::cloudformation-custom-resource-response-saeast1/*",
}
IMAGE_READS = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
}


def endpoints(assembly: Assembly) -> dict[str, Resource]:
    """The endpoints of `prod` by the end of their service's name."""
    found = assembly.resources("prod", "AWS::EC2::VPCEndpoint")
    services = {joined(one.properties["ServiceName"]): one for one in found}
    return {name.removeprefix("com.amazonaws.sa-east-1."): one for name, one in services.items()}


def test_there_is_no_way_to_the_internet(assembly: Assembly) -> None:
    """No gateway, no route of ours, no public address."""
    kinds = {resource.body["Type"] for resource in assembly.resources("prod")}
    assert not kinds & {
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::TransitGatewayAttachment",
        "AWS::EC2::Route",
        "AWS::EC2::EIP",
    }
    for subnet in assembly.resources("prod", "AWS::EC2::Subnet"):
        assert subnet.properties["MapPublicIpOnLaunch"] is False


def test_subnets_are_quarters_of_the_vpc_in_zones_that_the_deployment_asks_for(
    assembly: Assembly,
) -> None:
    """No zone is looked up at synthesis, and a third one can come without moving the others."""
    subnets = [one.properties for one in assembly.resources("prod", "AWS::EC2::Subnet")]
    assert [one["CidrBlock"] for one in subnets] == ["10.42.0.0/18", "10.42.64.0/18"]
    zones = [{"Fn::Select": [zone, {"Fn::GetAZs": ""}]} for zone in range(2)]
    assert [one["AvailabilityZone"] for one in subnets] == zones
    assert not (ROOT / "cdk.context.json").exists()
    vpc = assembly.resource("prod", "AWS::EC2::VPC").properties
    assert vpc["CidrBlock"] == load(ROOT / "environments" / "prod.toml").network.cidr
    assert vpc["EnableDnsSupport"] is vpc["EnableDnsHostnames"] is True


def test_every_service_that_a_function_calls_has_an_endpoint(assembly: Assembly) -> None:
    """A function in the VPC reaches all it calls: found in the code, not remembered."""
    called = {
        node.args[0].value
        for path in (ROOT / "lambda").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        in ("client", "_client")
    }
    assert {"s3", "sagemaker", "stepfunctions", "codebuild"} <= called
    assert {ENDPOINT_OF.get(service, service) for service in called} <= endpoints(assembly).keys()


def test_there_is_an_endpoint_for_each_row_of_the_table_and_one_to_s3(assembly: Assembly) -> None:
    """Each with a reason; each answers under the service's usual name, in both subnets."""
    made = endpoints(assembly)
    assert made.keys() == {"s3", *(row.service for row in ENDPOINTS)}
    assert all(len(row.reason.split()) >= 4 for row in ENDPOINTS)
    assert made["s3"].properties["VpcEndpointType"] == "Gateway"
    assert len(made["s3"].properties["RouteTableIds"]) == 1
    for name in made.keys() - {"s3"}:
        properties = made[name].properties
        assert properties["VpcEndpointType"] == "Interface"
        assert properties["PrivateDnsEnabled"] is True
        assert len(properties["SubnetIds"]) == 2
        [group] = properties["SecurityGroupIds"]
        assert group["Fn::GetAtt"][0].startswith("GroupsEndpoints")


def test_only_the_accounts_own_calls_pass_an_endpoint(assembly: Assembly) -> None:
    """Own principals on own resources; images of AWS's can be read; two of AWS's buckets, which
    presigned URLs lead to, are named in full."""
    for name, endpoint in endpoints(assembly).items():
        for statement in endpoint.properties["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            same = statement.get("Condition", {}).get("StringEquals", {})
            match statement["Sid"]:
                case "OwnPrincipalsOwnResources":
                    assert same == {
                        "aws:PrincipalAccount": {"Ref": "AWS::AccountId"},
                        "aws:ResourceAccount": {"Ref": "AWS::AccountId"},
                    }
                case "ReadImagesOfOthers":
                    assert name.startswith("ecr.")
                    assert same == {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
                    assert set(statement["Action"]) == IMAGE_READS
                case sid:
                    assert name == "s3"
                    assert statement["Resource"] == WITHOUT_ACCOUNT[sid]
                    assert statement["Action"] in ("s3:GetObject", "s3:PutObject")


def test_an_endpoint_passes_calls_of_its_service_only(assembly: Assembly) -> None:
    """A statement of one service's endpoint says nothing of another service."""
    services = {row.service: row.actions.split(":")[0] for row in ENDPOINTS} | {"s3": "s3"}
    for name, endpoint in endpoints(assembly).items():
        for statement in endpoint.properties["PolicyDocument"]["Statement"]:
            prefixes = {action.split(":")[0] for action in as_list(statement["Action"])}
            assert prefixes == {services[name]}


def rules(assembly: Assembly) -> set[tuple[str, str, str, Any, str]]:
    """Every rule of the network's groups: group, direction, protocol, ports, the other side."""
    found = set()
    for group in assembly.resources("prod", "AWS::EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in group.properties
        for rule in group.properties["SecurityGroupEgress"]:
            found.add((group.name, "out", *_said(rule, "Destination")))
    for way, other in (("Ingress", "Source"), ("Egress", "Destination")):
        for rule in assembly.resources("prod", f"AWS::EC2::SecurityGroup{way}"):
            group_name = _group(rule.properties["GroupId"])
            found.add(
                (group_name, "in" if way == "Ingress" else "out", *_said(rule.properties, other))
            )
    return found


def _said(rule: dict[str, Any], other: str) -> tuple[str, Any, str]:
    assert len(rule["Description"]) > 5
    ports = (rule["FromPort"], rule["ToPort"]) if "FromPort" in rule else None
    group = rule.get(f"{other}SecurityGroupId")
    side = _group(group) if group else rule.get(f"{other}PrefixListId") or rule["CidrIp"]
    return rule["IpProtocol"], ports, side


def _group(reference: dict[str, Any]) -> str:
    [(_, target)] = reference.items()
    return Resource("", target[0], {}).name


def test_ports_are_exact(assembly: Assembly) -> None:
    """All rules there are: HTTPS to endpoints and to S3, NFS to home folders, what jobs encrypt,
    and the parts of one user's Studio, which no other user's reach."""
    https, s3 = ("tcp", (443, 443)), S3_PREFIX_LISTS["sa-east-1"]
    nowhere = ("-1", None, "127.0.0.1/32")
    clients = ("GroupsFunctions", "GroupsJobs", "GroupsStudio")
    lonely = ("SharedSpaces", "UseranaApps", "UserbrunoApps")
    apps = ("tcp", (8192, 65535))
    assert rules(assembly) == {
        ("GroupsEndpoints", "out", *nowhere),
        *(("GroupsEndpoints", "in", *https, client) for client in clients),
        *((client, "out", *https, "GroupsEndpoints") for client in clients),
        *((client, "out", *https, s3) for client in clients),
        ("GroupsStudio", "out", "tcp", (2049, 2049), "10.42.0.0/16"),
        *(
            ("GroupsJobs", way, *what, "GroupsJobs")
            for way in ("in", "out")
            for what in (("udp", (500, 500)), ("50", None))
        ),
        *((group, "out", *nowhere) for group in lonely),
        *((group, way, *apps, group) for group in lonely for way in ("in", "out")),
    }


def test_nothing_runs_in_the_default_security_group(assembly: Assembly) -> None:
    """It lets its members talk and lets all of them out, and CloudFormation cannot change that."""
    text = json.dumps([resource.body for resource in assembly.resources("prod")])
    assert "DefaultSecurityGroup" not in text
    for function in assembly.resources("prod", "AWS::Lambda::Function"):
        assert function.properties["VpcConfig"]["SecurityGroupIds"]


def test_flows_are_logged_under_a_role_that_can_do_nothing_else(assembly: Assembly) -> None:
    """Every connection, in a group under our key, written by this account's flow logs alone."""
    log = assembly.resource("prod", "AWS::EC2::FlowLog").properties
    assert (log["ResourceType"], log["TrafficType"]) == ("VPC", "ALL")
    group = assembly.resource("prod", "AWS::Logs::LogGroup", "FlowsLog")
    assert log["LogGroupName"] == {"Ref": group.logical_id}
    assert group.properties["LogGroupName"] == "/aws/vpc/autolote-prod"
    role = assembly.resource("prod", "AWS::IAM::Role", "FlowsWriter").properties
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert joined(trust["Condition"]["ArnLike"]["aws:SourceArn"]) == (
        "arn:aws:ec2:sa-east-1:${AWS::AccountId}:vpc-flow-log/*"
    )
    [allowed] = [
        s for policy, s in assembly.statements("prod") if policy.name == "FlowsWriterPolicy"
    ]
    assert set(allowed["Action"]) == {
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    }
    assert joined(allowed["Resource"]).endswith(":log-group:/aws/vpc/autolote-prod:*")


@pytest.mark.parametrize("environment", ["dev", "local", "full"])
def test_a_network_is_made_only_where_the_settings_say_so(
    assembly: Assembly, environment: str
) -> None:
    """None by default, and none beside a VPC that exists."""
    assert "network" not in assembly.stacks(environment)
    kinds = {resource.body["Type"] for resource in assembly.resources(environment)}
    assert not kinds & {"AWS::EC2::VPC", "AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog"}
