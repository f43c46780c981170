"""Keys that services use for what they keep: found, and asked whether they may.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#encrypt_context
"""

from collections.abc import Mapping
from typing import Any

from moto.kms.models import kms_backends

from autolote.local.aws.account import Account
from autolote.local.aws.acting import Actor, Service
from autolote.local.iam.model import Access, Value


def find_key(account: Account, key: str) -> Any | None:
    """A key as moto keeps it, by its id, its ARN or an alias; None if there is none."""
    backend = kms_backends[account.account_id][account.region]
    return backend.keys.get(backend.any_id_to_key_id(key))


def use_key(
    account: Account,
    actor: Actor,
    key: str,
    *actions: str,
    context: Mapping[str, str],
    operation: str,
    via: str = "",
) -> None:
    """Ask whether an actor may use a key.

    Args:
        key: its id, its ARN or an alias.
        actions: of KMS, without their prefix.
        context: the encryption context.
        operation: what for, for the record of decisions.
        via: the service that uses it for a role (`lambda`), which is kms:ViaService then.

    Raises:
        AccessDeniedError: it may not; a key that does not exist lets nobody in.
    """
    found = find_key(account, key)
    keys: dict[str, Value] = {"kms:CallerAccount": account.account_id}
    if context:
        keys["kms:EncryptionContextKeys"] = tuple(context)
    keys |= {f"kms:EncryptionContext:{name}": text for name, text in context.items()}
    if via and not isinstance(actor, Service):
        keys["kms:ViaService"] = f"{via}.{account.region}.amazonaws.com"
    arn = key if found is None else str(found.arn)
    accesses = [Access(action=f"kms:{name}", resource=arn, context=keys) for name in actions]
    account.require(actor, *accesses, operation=operation)
