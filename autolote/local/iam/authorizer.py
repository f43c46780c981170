"""Decides whether calls may be made, refuses those that may not, and records every decision."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autolote.local.iam.context import request_keys
from autolote.local.iam.evaluation import decide
from autolote.local.iam.mapping import accesses_of
from autolote.local.iam.model import Access, AccessDeniedError, Context, Decision, Principal
from autolote.local.iam.record import Record
from autolote.local.iam.sources import Sources
from autolote.local.iam.tags import resource_tags


class Authorizer:
    """The one place where the local account asks whether something is allowed.

    Args:
        account_id: the account.
        region: its Region.
        record: the file that decisions are written to; None for none.
    """

    def __init__(self, *, account_id: str, region: str, record: Path | None = None) -> None:
        self._account_id = account_id
        self._region = region
        self._sources = Sources(account_id=account_id)
        self._record = Record(record)

    def authorize(
        self, principal: Principal, accesses: Sequence[Access], *, operation: str
    ) -> None:
        """Let a call pass that needs all of `accesses`.

        Args:
            principal: who calls.
            accesses: what the call needs.
            operation: what is being done, for the record: `s3:GetObject`, `events rule delivery`.

        Raises:
            AccessDeniedError: one of them is not allowed.
        """
        for access in accesses:
            decision = self.decide(principal, access)
            self._record.add(principal, access, decision, operation=operation)
            if not decision.allowed:
                raise AccessDeniedError(principal, access, decision)

    def authorize_call(
        self,
        principal: Principal,
        *,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        context: Context | None = None,
    ) -> None:
        """`authorize` for an API operation: the accesses it needs follow from its parameters,
        those of keys it uses on the way too.

        Args:
            principal: who calls.
            service: the service's name in its signature (`s3`, `states`, `sagemaker`).
            operation: the API operation.
            parameters: its parameters as botocore names them.
            context: further condition keys, such as `aws:SourceArn` and `aws:SourceAccount`
                of a service that acts for itself.

        Raises:
            AccessDeniedError: something it needs is not allowed.
            UnmappedOperationError: it is not known what the operation needs.
        """
        found = accesses_of(
            service,
            operation,
            parameters,
            region=self._region,
            account_id=self._account_id,
            principal=principal,
        )
        if context:
            found = [
                Access(action=one.action, resource=one.resource, context={**context, **one.context})
                for one in found
            ]
        self.authorize(principal, found, operation=f"{service}:{operation}")

    def may_assume(
        self,
        role_arn: str,
        service: str,
        source_arn: str | None = None,
        source_account: str | None = None,
    ) -> Decision:
        """Whether a role's trust policy lets a service act under it.

        Args:
            role_arn: the role.
            service: the service's principal (`lambda.amazonaws.com`).
            source_arn: what the service acts for, where the service tells it.
            source_account: whose that is, where the service tells it.

        Returns:
            The decision; a role that does not exist is not allowed.
        """
        told = {"aws:SourceArn": source_arn, "aws:SourceAccount": source_account}
        context = {name: value for name, value in told.items() if value}
        principal = Principal.service(service)
        access = Access(action="sts:AssumeRole", resource=role_arn, context=context)
        decision = self.decide(principal, access)
        self._record.add(principal, access, decision, operation="sts:AssumeRole")
        return decision

    def decide(self, principal: Principal, access: Access) -> Decision:
        """The decision about one access, without a record of it.

        Raises:
            PolicyError: a policy that speaks of it cannot be evaluated.
        """
        role = self._sources.role(principal.arn) if principal.kind == "role" else None
        context = request_keys(
            principal,
            access,
            region=self._region,
            account_id=self._account_id,
            role_id=role.id if role else "",
            role_tags={tag["Key"]: tag["Value"] for tag in _tags(role)},
            resource_tags=lambda: resource_tags(access.resource),
        )
        return decide(principal, access, context, self._sources.policies(principal, access))

    def close(self) -> None:
        """Write the rest of the record."""
        self._record.close()


def _tags(role: Any) -> list[dict[str, str]]:
    return role.tags or [] if role else []
