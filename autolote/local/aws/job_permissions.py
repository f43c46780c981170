"""What SageMaker's jobs may do, decided by the account's policies."""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.ec2.models import ec2_backends

from autolote.local.aws.account import Account
from autolote.local.aws.acting import SAGEMAKER, Service, Session
from autolote.local.aws.encryption import find_key
from autolote.local.iam.model import Access, AccessDeniedError
from autolote.local.sagemaker.permissions import RefusedError


class JobPermissions:
    """sagemaker.permissions.Permissions for an account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def credentials(self, role_arn: str, source_arn: str) -> Mapping[str, str]:
        """The role's credentials; RoleNotAssumedError if its trust policy refuses SageMaker."""
        return self._account.credentials(_session(role_arn, source_arn))

    def require(
        self,
        role_arn: str,
        source_arn: str,
        *,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
    ) -> None:
        """Raise RefusedError if the role may not call an operation."""
        session = _session(role_arn, source_arn)
        try:
            self._account.require_call(session, service, operation, **parameters)
        except AccessDeniedError as error:
            raise RefusedError(str(error)) from error

    def lend_key(self, role_arn: str, source_arn: str, *, key: str) -> None:
        """Raise RefusedError if the role may not let SageMaker make itself a grant on a key."""
        found = find_key(self._account, key)
        access = Access(
            action="kms:CreateGrant",
            resource=key if found is None else found.arn,
            context={
                "kms:CallerAccount": self._account.account_id,
                "kms:GrantIsForAWSResource": "true",
                "kms:ViaService": f"sagemaker.{self._account.region}.amazonaws.com",
            },
        )
        session = _session(role_arn, source_arn)
        try:
            self._account.require(session, access, operation="sagemaker: encrypt a volume")
        except AccessDeniedError as error:
            raise RefusedError(str(error)) from error

    def missing(self, *, subnets: Sequence[str], groups: Sequence[str]) -> Sequence[str]:
        """Those of the subnets and security groups that do not exist."""
        ec2 = ec2_backends[self._account.account_id][self._account.region]
        there = {one.id for one in ec2.describe_subnets()}
        there |= {one.id for one in ec2.describe_security_groups()}
        return [name for name in (*subnets, *groups) if name not in there]


def _session(role_arn: str, source_arn: str) -> Session:
    by = Service(name=SAGEMAKER, source_arn=source_arn)
    return Session(role_arn=role_arn, name="SageMaker", by=by)
