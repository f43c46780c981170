"""A role that one AWS service assumes, with one policy that belongs to it alone."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct


class ServiceRole(Construct):
    """A role and its customer-managed policy.

    Managed, because NIST 800-53 asks for policies that can be listed and reviewed by themselves;
    attached from the policy's side, so that a policy may name its own role.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        principal: iam.IPrincipal,
        description: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(self, "Role", assumed_by=principal, description=description)

    def grant(self, statements: Sequence[iam.PolicyStatement]) -> iam.ManagedPolicy:
        """Give the role everything it may do; to be called once.

        Returns:
            The policy, for what must not be made before the role is allowed what it needs."""
        return iam.ManagedPolicy(
            self,
            "Policy",
            roles=[self.role],
            description=f"All that {self.node.id} may do",
            statements=list(statements),
        )
