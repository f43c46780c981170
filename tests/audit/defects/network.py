"""Defects of the network and of the SageMaker domain."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.audit.defects.copies import TAGS, Body, Copy, Defect, Plant, adding

_VPC, _GROUP = "AWS::EC2::VPC", "AWS::EC2::SecurityGroup"
_DOMAIN, _PROFILE = "AWS::SageMaker::Domain", "AWS::SageMaker::UserProfile"
_FUNCTION, _ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
_NOWHERE = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
_IDLE = {
    "AppLifecycleManagement": {
        "IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}
    }
}


def _vpc(templates: Copy) -> Body:
    """A whole VPC: its flows are logged."""
    vpc = templates.add(_VPC, {"CidrBlock": "10.9.0.0/16", "Tags": TAGS})
    log = {"ResourceId": vpc.ref, "ResourceType": "VPC", "TrafficType": "ALL", "Tags": TAGS}
    templates.add("AWS::EC2::FlowLog", log)
    return vpc


def _rejected_only(templates: Copy) -> Body:
    vpc = _vpc(templates)
    templates.one("AWS::EC2::FlowLog", "Planted").properties["TrafficType"] = "REJECT"
    return vpc


def _outside(templates: Copy) -> Body:
    function = templates.one(_FUNCTION, "StartRun")
    del function.properties["VpcConfig"]
    return function


def _model(templates: Copy) -> Body:
    return templates.add(
        "AWS::SageMaker::Model", {"ExecutionRoleArn": "arn:aws:iam::1:role/any", "Tags": TAGS}
    )


def _group(**rules: Any) -> Plant:
    return adding(_GROUP, {"GroupDescription": "planted", **rules}, tagged=True)


def _endpoint(statement: dict[str, Any] | None) -> Plant:
    policy = {"PolicyDocument": {"Statement": [statement]}} if statement else {}
    return adding("AWS::EC2::VPCEndpoint", {"ServiceName": "any", **policy}, tagged=True)


def domain(templates: Copy) -> Body:
    """The domain; where there is none, a whole one."""
    if templates.all(_DOMAIN):
        return templates.one(_DOMAIN)
    return templates.add(
        _DOMAIN,
        {
            "AuthMode": "IAM",
            "DomainName": "planted",
            "AppNetworkAccessType": "VpcOnly",
            "KmsKeyId": templates.key(),
            "TagPropagation": "ENABLED",
            "DomainSettings": {"DockerSettings": {"EnableDockerAccess": "DISABLED"}},
            "DefaultUserSettings": {
                "ExecutionRole": "arn:aws:iam::1:role/domain-default",
                "JupyterLabAppSettings": copy.deepcopy(_IDLE),
                "CodeEditorAppSettings": copy.deepcopy(_IDLE),
                "StudioWebPortalSettings": {"HiddenAppTypes": ["Canvas"]},
            },
            "Tags": TAGS,
        },
    )


def _bad_domain(doing: Callable[[dict[str, Any]], object]) -> Plant:
    def plant(templates: Copy) -> Body:
        body = domain(templates)
        doing(body.properties)
        return body

    return plant


def _idle(settings: dict[str, Any], minutes: int | None) -> None:
    app = settings["DefaultUserSettings"]["JupyterLabAppSettings"]
    if minutes is None:
        del app["AppLifecycleManagement"]
    else:
        app["AppLifecycleManagement"]["IdleSettings"]["IdleTimeoutInMinutes"] = minutes


def _docker(settings: dict[str, Any]) -> None:
    settings["DomainSettings"]["DockerSettings"]["EnableDockerAccess"] = "ENABLED"


def _profile(templates: Copy, name: str, project: str, role: Any) -> Body:
    tags = [*TAGS[:2], TAGS[3], {"Key": "project", "Value": project}]
    settings = {"ExecutionRole": role} if role else {}
    return templates.put(
        f"Planted{name}", _PROFILE, {"UserSettings": settings, "Tags": tags, "DomainId": "d-any"}
    )


def _shared_role(templates: Copy) -> Body:
    domain(templates)
    role = "arn:aws:iam::1:role/somebody"
    _profile(templates, "Ana", "digits", role)
    return _profile(templates, "Bea", "churn", role)


def _foreign_reach(templates: Copy) -> Body:
    domain(templates)
    role = templates.add(
        _ROLE,
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Condition": {
                            "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                        },
                    }
                ]
            },
            "Tags": TAGS,
        },
    )
    bucket = {"Fn::ImportValue": "autolote-prod-data-bucket-arn"}
    reached = [{"Fn::Join": ["", [bucket, key]]} for key in ("/digits/*", "/churn/*")]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": reached}
    templates.add(
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": {"Statement": [statement]}, "Roles": [role.ref]},
    )
    _profile(templates, "Ana", "digits", role.arn)
    return role


_EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}

DEFECTS = (
    Defect(
        name="an internet gateway",
        rule="network-gate",
        plant=adding("AWS::EC2::InternetGateway", {}, tagged=True),
    ),
    Defect(
        name="a NAT gateway",
        rule="network-gate",
        plant=adding("AWS::EC2::NatGateway", {"SubnetId": "subnet-any"}, tagged=True),
    ),
    Defect(
        name="a route to the internet",
        rule="network-route",
        plant=adding("AWS::EC2::Route", {"DestinationCidrBlock": "0.0.0.0/0"}),
    ),
    Defect(
        name="a subnet with public addresses",
        rule="network-public-subnet",
        plant=adding("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": True}, tagged=True),
    ),
    Defect(
        name="a VPC whose flows nobody logs",
        rule="network-flow-log",
        plant=_rejected_only,
    ),
    Defect(
        name="a security group open to the world",
        rule="network-ingress",
        plant=_group(
            SecurityGroupIngress=[
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
            ],
            SecurityGroupEgress=[_NOWHERE],
        ),
    ),
    Defect(
        name="an ingress rule for the world, beside its group",
        rule="network-ingress",
        plant=adding("AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-any", "CidrIpv6": "::/0"}),
    ),
    Defect(
        name="a security group that lets out to the world",
        rule="network-egress",
        plant=_group(SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
    ),
    Defect(name="a security group without an egress rule", rule="network-egress", plant=_group()),
    Defect(
        name="a function in the default security group",
        rule="network-default-group",
        plant=lambda templates: (
            vpc := _vpc(templates),
            templates.add(
                "AWS::SageMaker::Model",
                {
                    "VpcConfig": {
                        "Subnets": ["subnet-any"],
                        "SecurityGroupIds": [
                            {"Fn::GetAtt": [vpc.logical_id, "DefaultSecurityGroup"]}
                        ],
                    },
                    "Tags": TAGS,
                },
            ),
        )[-1],
    ),
    Defect(name="an endpoint without a policy", rule="endpoint-policy", plant=_endpoint(None)),
    Defect(
        name="an endpoint for any account",
        rule="endpoint-policy-open",
        plant=_endpoint(_EVERYBODY),
    ),
    Defect(
        name="a function outside the VPC",
        rule="function-outside-vpc",
        plant=_outside,
    ),
    Defect(
        name="a model outside the VPC",
        rule="model-outside-vpc",
        plant=_model,
    ),
    Defect(
        name="a public domain",
        rule="domain-public",
        plant=_bad_domain(lambda one: one.update(AppNetworkAccessType="PublicInternetOnly")),
    ),
    Defect(
        name="a domain with AWS's own key",
        rule="domain-key",
        plant=_bad_domain(lambda one: one.pop("KmsKeyId")),
    ),
    Defect(
        name="notebooks that nobody stops",
        rule="domain-idle",
        plant=_bad_domain(lambda one: _idle(one, None)),
    ),
    Defect(
        name="notebooks that are stopped after a week",
        rule="domain-idle",
        plant=_bad_domain(lambda one: _idle(one, 10_080)),
    ),
    Defect(name="a domain with Docker", rule="domain-docker", plant=_bad_domain(_docker)),
    Defect(
        name="a domain with Canvas",
        rule="domain-canvas",
        plant=_bad_domain(lambda one: one["DefaultUserSettings"].pop("StudioWebPortalSettings")),
    ),
    Defect(
        name="a domain that passes no tags on",
        rule="domain-tags",
        plant=_bad_domain(lambda one: one.pop("TagPropagation")),
    ),
    Defect(
        name="a user with the domain's default role",
        rule="profile-role",
        plant=lambda templates: (
            domain(templates),
            _profile(templates, "Ana", "digits", None),
        )[-1],
    ),
    Defect(name="two projects with one role", rule="profile-role", plant=_shared_role),
    Defect(
        name="a user who reaches another project's data",
        rule="profile-reach",
        plant=_foreign_reach,
        also=("iam-resource-scope",),
    ),
)
