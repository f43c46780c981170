"""What Lambda asks of a function's role when the function is created or changed.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html,
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.awslambda.exceptions import InvalidParameterValueException

from autolote.local.aws.account import Account, RoleNotAssumedError
from autolote.local.aws.acting import LAMBDA, Service, Session
from autolote.local.aws.encryption import find_key
from autolote.local.iam.model import AccessDeniedError

_NO_TRUST = "The role defined for the function cannot be assumed by Lambda."
_NOT_ALLOWED = "The provided execution role does not have permissions to call"
_NO_KEY = (
    "Lambda was unable to configure access to your environment variables because the KMS key is "
    "invalid for CreateGrant. Please check your KMS key settings. KMS Exception: "
    "NotFoundException KMS Message: Key '{key}' does not exist"
)


def acting(role_arn: str, function_name: str) -> Session:
    """Lambda under the role of a function. It documents no aws:SourceArn for execution roles."""
    return Session(role_arn=role_arn, name=function_name, by=Service(name=LAMBDA))


def check(
    account: Account, *, name: str, role_arn: str, changes: Mapping[str, Any], new_role: bool
) -> None:
    """Refuse a configuration that the function's role does not allow.

    Args:
        name: of the function.
        role_arn: the role it has, or is to have.
        changes: the members of CreateFunction or UpdateFunctionConfiguration that are given.
        new_role: whether the role is among them.

    Raises:
        InvalidParameterValueException: in Lambda's words.
    """
    session = acting(role_arn, name)
    if new_role:
        try:
            account.check_trust(session)
        except RoleNotAssumedError as error:
            raise InvalidParameterValueException(_NO_TRUST) from error
    vpc = changes.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        _check_network(account, session, vpc)
    target = (changes.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        _check_dead_letters(account, session, target)
    key = changes.get("KMSKeyArn")
    if key and find_key(account, key) is None:
        raise InvalidParameterValueException(_NO_KEY.format(key=key))


def _check_network(account: Account, session: Session, vpc: Mapping[str, Any]) -> None:
    """What configuration-vpc.html lists; hyperplane.py looks for the subnets and groups."""
    groups = vpc.get("SecurityGroupIds") or []
    interface = "eni-0"
    for operation, parameters in {
        "CreateNetworkInterface": {"SubnetId": vpc["SubnetIds"], "Groups": groups},
        "DescribeNetworkInterfaces": {},
        "DescribeSubnets": {},
        "DeleteNetworkInterface": {"NetworkInterfaceId": interface},
        "AssignPrivateIpAddresses": {"NetworkInterfaceId": interface},
        "UnassignPrivateIpAddresses": {"NetworkInterfaceId": interface},
    }.items():
        try:
            account.require_call(session, "ec2", operation, **parameters)
        except AccessDeniedError as error:
            raise InvalidParameterValueException(f"{_NOT_ALLOWED} {operation} on EC2") from error


def _check_dead_letters(account: Account, session: Session, target: str) -> None:
    queue = target.split(":")[2] == "sqs"
    operation = "SendMessage" if queue else "Publish"
    try:
        if queue:
            account.require_call(session, "sqs", operation, QueueUrl=target.rpartition(":")[2])
        else:
            account.require_call(session, "sns", operation, TopicArn=target)
    except (AccessDeniedError, ClientError) as error:
        service = "SQS" if queue else "SNS"
        raise InvalidParameterValueException(f"{_NOT_ALLOWED} {operation} on {service}") from error
