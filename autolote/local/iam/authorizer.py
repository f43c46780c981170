"""Decides whether calls may be made, refuses those that may not, and records every decision."""

from collections.abc import Mapping, Sequence
from typing import Any

from autolote.local.iam.model import Access, Context, Decision, Principal


class Authorizer:
    """The one place where the local account asks whether something is allowed."""

    def __init__(self, *, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

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
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError
