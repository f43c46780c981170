"""CloudWatch Logs: a group under a key needs a key policy that lets CloudWatch Logs in.

moto keeps a group's key without asking anybody, and knows no AssociateKmsKey.
AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from typing import Any

from moto.logs.exceptions import (
    InvalidParameterException,
    LogsClientError,
    ResourceNotFoundException,
)
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from autolote.local.aws.account import Account
from autolote.local.aws.acting import Service
from autolote.local.aws.encryption import find_key, use_key
from autolote.local.aws.patches import original, put
from autolote.local.iam.model import AccessDeniedError

USES = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey")
"""The uses that AWS's key policy for log groups is about."""


def install(account: Account) -> None:
    """Check keys of log groups; let them be changed."""
    create = original(LogsBackend, "create_log_group")

    def create_checked(self: Any, log_group_name: str, tags: Any, **more: Any) -> Any:
        if key := more.get("kmsKeyId"):
            _check(account, key, log_group_name)
        return create(self, log_group_name, tags, **more)

    def associate(self: Any) -> str:
        name, key = self._get_param("logGroupName"), self._get_param("kmsKeyId")
        group = _group(self, name)
        _check(account, key, name)
        group.kms_key_id = key
        return ""

    def disassociate(self: Any) -> str:
        _group(self, self._get_param("logGroupName")).kms_key_id = None
        return ""

    put(LogsBackend, "create_log_group", create_checked)
    put(LogsResponse, "associate_kms_key", associate)
    put(LogsResponse, "disassociate_kms_key", disassociate)


def _group(response: Any, name: str) -> Any:
    groups = response.logs_backend.groups
    if name not in groups:
        raise ResourceNotFoundException()
    return groups[name]


def _check(account: Account, key: str, group: str) -> None:
    if find_key(account, key) is None:
        raise InvalidParameterException("The specified KMS Key Id could not be found.")
    arn = f"arn:aws:logs:{account.region}:{account.account_id}:log-group:{group}"
    service = Service(name=f"logs.{account.region}.amazonaws.com")
    try:
        use_key(
            account,
            service,
            key,
            *USES,
            context={"aws:logs:arn": arn},
            operation="logs: encrypt a log group",
        )
    except AccessDeniedError as error:
        raise LogsClientError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'",
        ) from error
