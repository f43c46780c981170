"""Defects of resources' policies, and of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.audit.defects.copies import TAGS, Body, Copy, Defect, Plant, change, drop

_BUCKET, _BUCKET_POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
_TOPIC_POLICY, _QUEUE_POLICY = "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"
_KEY = "AWS::KMS::Key"
_OTHER = {"AWS": "arn:aws:iam::999988887777:root"}


def allow(type_: str, statement: dict[str, Any], path: str = "PolicyDocument") -> Plant:
    """A resource's policy allows something more."""

    def plant(templates: Copy) -> Body:
        policy = templates.one(type_)
        policy.properties[path]["Statement"].append({"Effect": "Allow", **statement})
        return policy

    return plant


def without(
    type_: str, path: str, doomed: Callable[[dict[str, Any]], bool], of: str = ""
) -> Callable[[Copy], Body]:
    """A resource's policy lacks its statements of a kind."""

    def plant(templates: Copy) -> Body:
        policy = templates.one(type_, of)
        document = policy.properties[path]
        kept = [one for one in document["Statement"] if not doomed(one)]
        assert len(kept) < len(document["Statement"]), "nothing was taken away"
        document["Statement"] = kept
        return policy

    return plant


def of_service(service: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a statement is for a service."""
    return lambda statement: service in str(statement.get("Principal"))


def _at(type_: str, plant: Plant, name: str = "") -> Plant:
    """The finding is about another resource than the one that was changed."""

    def elsewhere(templates: Copy) -> Body:
        plant(templates)
        return templates.one(type_, name)

    return elsewhere


def _permission(templates: Copy) -> Body:
    permission = templates.one("AWS::Lambda::Permission")
    del permission.properties["SourceArn"]
    return permission


def _repository(templates: Copy) -> Body:
    repository = templates.one("AWS::ECR::Repository")
    repository.properties["RepositoryPolicyText"] = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    }
    return repository


def _topic_without_policy(templates: Copy) -> Body:
    return templates.add(
        "AWS::SNS::Topic",
        {
            "KmsMasterKeyId": templates.key(),
            "Tags": TAGS,
            "Subscription": [{"Protocol": "email", "Endpoint": "team@example.com"}],
        },
    )


def _is_plain(statement: dict[str, Any]) -> bool:
    return "aws:SecureTransport" in str(statement)


DEFECTS = (
    Defect(
        name="a bucket that anybody may read",
        rule="policy-public",
        plant=allow(_BUCKET_POLICY, {"Principal": "*", "Action": "s3:GetObject", "Resource": "*"}),
    ),
    Defect(
        name="a topic on which anybody may publish",
        rule="policy-public",
        plant=allow(
            _TOPIC_POLICY, {"Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": "*"}
        ),
    ),
    Defect(
        name="images that anybody may pull",
        rule="policy-public",
        plant=_repository,
    ),
    Defect(
        name="a function that anybody may invoke",
        rule="policy-public",
        plant=lambda templates: templates.add(
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": templates.one("AWS::Lambda::Function", "StartRun").arn,
                "Principal": "*",
            },
        ),
    ),
    Defect(
        name="a queue into which another account may write",
        rule="policy-other-account",
        plant=allow(
            _QUEUE_POLICY, {"Principal": _OTHER, "Action": "sqs:SendMessage", "Resource": "*"}
        ),
    ),
    Defect(
        name="a key that another account may use",
        rule="policy-other-account",
        plant=allow(
            _KEY, {"Principal": _OTHER, "Action": "kms:Decrypt", "Resource": "*"}, "KeyPolicy"
        ),
    ),
    Defect(
        name="a rule of any account may invoke a function",
        rule="policy-service-source",
        plant=_permission,
    ),
    Defect(
        name="a key that CloudWatch may use for anybody",
        rule="policy-service-source",
        plant=allow(
            _KEY,
            {
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
            "KeyPolicy",
        ),
    ),
    Defect(
        name="a service may do everything with a queue",
        rule="policy-action-wildcard",
        plant=allow(
            _QUEUE_POLICY,
            {
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            },
        ),
    ),
    Defect(
        name="a bucket without TLS",
        rule="bucket-tls",
        plant=_at(_BUCKET, without(_BUCKET_POLICY, "PolicyDocument", _is_plain)),
    ),
    Defect(
        name="a bucket with old TLS",
        rule="bucket-tls-version",
        plant=_at(
            _BUCKET,
            without(_BUCKET_POLICY, "PolicyDocument", lambda one: "s3:TlsVersion" in str(one)),
        ),
    ),
    Defect(name="a topic without a policy", rule="topic-tls", plant=_topic_without_policy),
    Defect(
        name="a queue without TLS",
        rule="queue-tls",
        plant=_at("AWS::SQS::Queue", without(_QUEUE_POLICY, "PolicyDocument", _is_plain)),
    ),
    Defect(
        name="a key without rotation", rule="key-rotation", plant=drop(_KEY, "EnableKeyRotation")
    ),
    Defect(
        name="a key that is gone after a week",
        rule="key-window",
        plant=change(_KEY, "PendingWindowInDays", 7),
    ),
    Defect(
        name="a role that may do everything with the key",
        rule="key-everything",
        plant=allow(
            _KEY,
            {
                "Principal": {"AWS": "arn:aws:iam::${AWS::AccountId}:role/admin"},
                "Action": "kms:*",
                "Resource": "*",
            },
            "KeyPolicy",
        ),
        also=("key-grant",),
    ),
    Defect(
        name="a key policy that lets a service lend the key to anybody",
        rule="key-grant",
        plant=allow(
            _KEY,
            {
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            },
            "KeyPolicy",
        ),
    ),
)
