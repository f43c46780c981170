"""Defects that one program knows and others do not, and every way to hide them in a template."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autolote.audit.model import Environment
from tests.audit.small import BUCKET_ARN, IDENTITY, STORAGE, allow, environment, policy, resource

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def bucket() -> dict[str, Any]:
    """A bucket without access logs, replication or object lock."""
    return resource(
        "AWS::S3::Bucket",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        Tags=[{"Key": "note", "Value": "checkov:skip=CKV_AWS_18: hidden in a tag"}],
    )


def function() -> dict[str, Any]:
    """A function without reserved concurrency, of a runtime that is no more, with a secret."""
    return resource(
        "AWS::Lambda::Function",
        Code={"S3Bucket": "code", "S3Key": "code.zip"},
        Handler="index.handler",
        Role="arn:aws:iam::111122223333:role/function",
        Runtime="python3.6",
        KmsKeyArn=KEY_ARN,
        Environment={"Variables": {"ACCESS": "AKIAIOSFODNN7" + "ABCDEFG"}},
    )


HIDING: Mapping[str, Any] = {
    "cdk_nag": {
        "rules_to_suppress": [
            {"id": "NIST.800.53.R5-S3BucketReplicationEnabled", "reason": "hidden"},
            {"id": "AwsSolutions-IAM5", "reason": "hidden"},
        ]
    },
    "checkov": {"skip": [{"id": "CKV_AWS_115", "comment": "hidden"}]},
    "cfn-lint": {"config": {"ignore_checks": ["E2531", "W2531", "E2533"]}},
    "guard": {"SuppressedRules": ["s3_bucket_object_lock_enabled_check"]},
    "cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": "hidden"}]},
}


def planted(folder: Path, *, metadata: Mapping[str, Any] = HIDING) -> Environment:
    """Both stacks of the kit with all defects, each resource with `metadata`."""
    stacks = {
        STORAGE: {"Data": bucket(), "Function": function()},
        IDENTITY: {
            "Jobs": policy(
                allow("s3:GetObject", {"Fn::Join": ["", [BUCKET_ARN, "/runs/*"]]}),
                allow("sagemaker:CreateTrainingJob", "*"),
            ),
            "Topic": resource("AWS::SNS::Topic", KmsMasterKeyId=BUCKET_ARN),
        },
    }
    for resources in stacks.values():
        for body in resources.values():
            body["Metadata"] = dict(metadata)
    return environment(folder, stacks, metadata=metadata)
