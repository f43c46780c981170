"""The policy of the environment's key: which AWS services may use it, for which of our resources.

Principals of the account get their permissions from IAM; CDK's own statement lets IAM decide.
"""

from __future__ import annotations

from aws_cdk import aws_iam as iam

from stacks.names import Names


def statements(names: Names) -> list[iam.PolicyStatement]:
    """Everything in the policy but the statement that lets IAM decide."""
    return [
        _only_services_make_grants(),
        _write_logs(names),
        _deliver_the_machines_log(names),
        *_encrypt_the_bus(names),
        _write_to_encrypted_targets(names),
    ]


def _only_services_make_grants() -> iam.PolicyStatement:
    """A grant outlives the role that makes it, so only AWS services are given one, for a resource
    of theirs: Control Tower's CT.KMS.PR.3 and
    https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html"""
    return iam.PolicyStatement(
        sid="OnlyServicesMakeGrants",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["kms:CreateGrant"],
        resources=["*"],
        conditions={
            "BoolIfExists": {
                "kms:GrantIsForAWSResource": "false",
                "aws:PrincipalIsAWSService": "false",
            }
        },
    )


def _write_logs(names: Names) -> iam.PolicyStatement:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    groups = [
        names.machine_log_group,
        names.function_log_group("*"),
        names.build_log_group,
        names.flow_log_group,
    ]
    return _use(
        "CloudWatchLogs",
        service=f"logs.{names.region}.amazonaws.com",
        actions=[
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
        ],
        conditions={
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [
                    names.arn("logs", f"log-group:{group}") for group in groups
                ]
            }
        },
    )


def _deliver_the_machines_log(names: Names) -> iam.PolicyStatement:
    """What Step Functions logs of an encrypted machine is encrypted on its way as well:
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html

    KMS decrypts only under the context that something was encrypted with, and the machine's role
    encrypts under this one (stacks/policies.py)."""
    return _use(
        "LogDelivery",
        service="delivery.logs.amazonaws.com",
        actions=["kms:Decrypt"],
        conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": names.arn("logs", "*")}},
    )


def _encrypt_the_bus(names: Names) -> list[iam.PolicyStatement]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
    and, for the conditions, eb-encryption-key-policy.html beside it."""
    service = "events.amazonaws.com"
    return [
        _use(
            "EventBusLooksAtKey",
            service=service,
            actions=["kms:DescribeKey"],
            conditions={"StringEquals": {"aws:SourceAccount": names.account}},
        ),
        _use(
            "EventBus",
            service=service,
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            conditions={
                "StringEquals": {
                    "aws:SourceAccount": names.account,
                    "aws:SourceArn": names.bus,
                    "kms:EncryptionContext:aws:events:event-bus:arn": names.bus,
                }
            },
        ),
    ]


def _write_to_encrypted_targets(names: Names) -> iam.PolicyStatement:
    """Rules and the bus put what they cannot deliver into the queue, and aborted runs on the topic.
    Condition keys: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    return _use(
        "EventBridge",
        service="events.amazonaws.com",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        conditions={
            "StringEquals": {"aws:SourceAccount": names.account},
            "ArnLike": {"aws:SourceArn": [*names.rules, names.bus]},
        },
    )


def _use(
    sid: str, *, service: str, actions: list[str], conditions: dict[str, object]
) -> iam.PolicyStatement:
    """A statement of the key's own policy, in which "*" is the key itself."""
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.ServicePrincipal(service)],
        actions=actions,
        resources=["*"],
        conditions=conditions,
    )
