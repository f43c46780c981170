"""The key of a function's environment variables, which Lambda holds by a grant.

Lambda makes a grant for the function's role when the function is configured, and decrypts the
variables with it whenever an environment starts. The role needs no permission of its own; what
takes the grant or the key away stops the function. AWS:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html and
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.kms.models import kms_backends

from autolote.local.aws.account import Account
from autolote.local.aws.encryption import find_key, use_key
from autolote.local.aws.function_checks import acting
from autolote.local.iam.model import AccessDeniedError

_FAILED = "Lambda was unable to decrypt the environment variables because"
_STATES = {
    "Disabled": ("KMSDisabledException", "the KMS key used is disabled"),
    "PendingDeletion": (
        "KMSInvalidStateException",
        "the KMS key used is in an invalid state for Decrypt",
    ),
}


class EnvironmentKeyError(LambdaClientError):
    """An environment cannot start: its variables cannot be decrypted."""

    code = 502

    def __init__(self, name: str, why: str, more: str = "") -> None:
        settings = "Please check the function's KMS key settings."
        super().__init__(name, f"{_FAILED} {why}. {settings} {more}".rstrip())


def lend(account: Account, function: Any) -> None:
    """Make the grant by which the function's role decrypts, in place of an older one."""
    function.key_grant = None
    key = find_key(account, function.kms_key_arn) if function.kms_key_arn else None
    if key is None:
        return
    grant, _ = kms_backends[account.account_id][account.region].create_grant(
        key.id,
        grantee_principal=function.role,
        operations=["Decrypt", "RetireGrant"],
        name="",
        constraints={"EncryptionContextEquals": _context(function)},
        retiring_principal="",
    )
    function.key_grant = grant


def unlock(account: Account, function: Any) -> None:
    """Decrypt the variables of a function, for a new environment.

    Raises:
        EnvironmentKeyError: the key is not usable, or neither a grant nor a policy lets the role
            use it.
    """
    if not function.kms_key_arn:
        return
    key = find_key(account, function.kms_key_arn)
    if key is not None and key.key_state in _STATES:
        raise EnvironmentKeyError(*_STATES[key.key_state])
    if key is not None and function.key_grant in key.grants:
        return
    try:
        use_key(
            account,
            acting(function.role, function.function_name),
            function.kms_key_arn,
            "Decrypt",
            context=_context(function),
            via="lambda",
            operation="lambda: decrypt environment variables",
        )
    except AccessDeniedError as error:
        more = f"KMS Exception: AccessDeniedException KMS Message: {error}"
        raise EnvironmentKeyError(
            "KMSAccessDeniedException", "KMS access was denied", more
        ) from error


def _context(function: Any) -> dict[str, str]:
    return {"aws:lambda:FunctionArn": function.function_arn}
