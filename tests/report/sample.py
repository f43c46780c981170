"""A small environment with one of everything that a report tells about, made of plain dicts."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autolote.audit.model import Environment

Template = dict[str, Any]


def environment(folder: Path, stacks: Mapping[str, Mapping[str, Any]]) -> Environment:
    """The environment that the resources of these stacks are."""
    home = folder / "sample"
    home.mkdir(parents=True, exist_ok=True)
    for stack, resources in stacks.items():
        path = home / f"{stack}.template.json"
        path.write_text(json.dumps({"Resources": resources}, indent=1))
    return Environment(home, "sample")


def statement(actions: object, resources: object = "*", **more: object) -> Template:
    """One statement that allows, unless `more` says otherwise."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def policy(*statements: Mapping[str, Any]) -> Template:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(service: str, *statements: Mapping[str, Any], **more: object) -> Template:
    """A role that a service takes on, with one inline policy."""
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": policy(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": service},
                }
            ),
            "Policies": [{"PolicyName": "p", "PolicyDocument": policy(*statements)}],
            **more,
        },
    }


def function(role_: str, **more: object) -> Template:
    """A function that runs as a role."""
    return {"Type": "AWS::Lambda::Function", "Properties": {"Role": arn(role_), **more}}


def arn(logical_id: str) -> Template:
    """A reference to the ARN of a resource."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def below(logical_id: str, path: str) -> Template:
    """An ARN of objects in a bucket."""
    return {"Fn::Join": ["", [arn(logical_id), path]]}


_ROOT = "arn:aws:iam::${AWS::AccountId}:root"
_RESOURCES: Template = {
    "Key": {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "EnableKeyRotation": True,
            "KeyPolicy": policy(
                statement(
                    "kms:*", Principal={"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
                )
            ),
        },
    },
    "Data": {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": arn("Key"),
                        }
                    }
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [{"Prefix": "requests/", "ExpirationInDays": 90, "Status": "Enabled"}]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    },
    "DataPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Data"},
            "PolicyDocument": policy(
                {
                    "Effect": "Deny",
                    "Action": "s3:*",
                    "Principal": {"AWS": "*"},
                    "Resource": [arn("Data"), below("Data", "/*")],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ),
        },
    },
    "Letters": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": arn("Key")}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": arn("Key")}},
    "Mail": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "email",
            "Endpoint": "team@example.com",
        },
    },
    "StartRole": role(
        "lambda.amazonaws.com",
        statement("states:StartExecution", {"Ref": "Machine"}),
        statement("s3:GetObject", below("Data", "/requests/*")),
        statement(["iam:PassRole"], arn("JobsRole")),
        statement("sagemaker:CreateTrainingJob"),
    ),
    "StartFunction": function(
        "StartRole",
        Description="Starts runs",
        DeadLetterConfig={"TargetArn": arn("Letters")},
        Environment={
            "Variables": {
                "SUBNETS": {"Fn::Join": [",", [{"Ref": "SubnetA"}]]},
                "GROUPS": {"Fn::GetAtt": ["JobsGroup", "GroupId"]},
            }
        },
        VpcConfig={
            "SubnetIds": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
            "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
        },
    ),
    "StepRole": role("lambda.amazonaws.com", statement("s3:PutObject", below("Data", "/runs/*"))),
    "StepFunction": function("StepRole"),
    "JobsRole": role(
        "sagemaker.amazonaws.com",
        statement(
            "s3:GetObject",
            below("Data", "/*"),
            Condition={"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
        ),
    ),
    "MachineRole": role(
        "states.amazonaws.com", statement("lambda:InvokeFunction", arn("StepFunction"))
    ),
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": arn("MachineRole"),
            "DefinitionString": {
                "Fn::Join": [
                    "",
                    ['{"StartAt":"A","States":{"A":{"Resource":"', arn("StepFunction"), '"}}}'],
                ]
            },
        },
    },
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": ["autolote"], "detail-type": ["RunRequested"]},
            "Targets": [
                {
                    "Arn": arn("StartFunction"),
                    "Id": "t",
                    "DeadLetterConfig": {"Arn": arn("Letters")},
                }
            ],
        },
    },
    "Alarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {"AlarmActions": [{"Ref": "Topic"}]},
    },
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/24"}},
    "SubnetA": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "10.0.0.0/26",
            "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        },
    },
    "SubnetB": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.64/26"},
    },
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "functions",
            "VpcId": {"Ref": "Vpc"},
            "SecurityGroupEgress": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/24"}
            ],
        },
    },
    "JobsGroup": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "jobs",
            "VpcId": {"Ref": "Vpc"},
            "SecurityGroupEgress": [{"IpProtocol": "50", "DestinationPrefixListId": "pl-1"}],
        },
    },
    "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "RoutesOfA": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"SubnetId": {"Ref": "SubnetA"}, "RouteTableId": {"Ref": "Routes"}},
    },
    "S3Way": {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
            "VpcId": {"Ref": "Vpc"},
            "RouteTableIds": [{"Ref": "Routes"}],
        },
    },
    "Way": {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcEndpointType": "Interface",
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.sagemaker.api"},
            "VpcId": {"Ref": "Vpc"},
            "SubnetIds": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
            "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
            "PrivateDnsEnabled": True,
            "PolicyDocument": policy(
                statement(
                    "*",
                    Principal={"AWS": "*"},
                    Condition={"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}},
                )
            ),
        },
    },
}


def resources() -> Template:
    """All of them, for one stack; a copy of its own for each test to change."""
    return copy.deepcopy(_RESOURCES)
