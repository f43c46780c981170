"""What is decided about: who calls, what is asked for, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Value = str | Sequence[str]
Context = Mapping[str, Value]
"""Condition keys of a request. A multivalued key has a sequence, even of one value."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who calls.

    Attributes:
        kind: a session of a role, the account's root, or an AWS service for itself.
        arn: ARN of the role or of the root; of a service its name (`events.amazonaws.com`).
        session: name of the role's session.
    """

    kind: Literal["role", "root", "service"]
    arn: str
    session: str = ""

    @classmethod
    def role(cls, arn: str, session: str) -> "Principal":
        """A session of a role."""
        return cls(kind="role", arn=arn, session=session)

    @classmethod
    def root(cls, account_id: str) -> "Principal":
        """The root of an account, which also stands for its administrator."""
        return cls(kind="root", arn=f"arn:aws:iam::{account_id}:root")

    @classmethod
    def service(cls, name: str) -> "Principal":
        """An AWS service that acts for itself, by its name."""
        return cls(kind="service", arn=name)

    @property
    def account_id(self) -> str:
        """The principal's account; a service has none."""
        return "" if self.kind == "service" else self.arn.split(":")[4]

    @property
    def session_arn(self) -> str:
        """How AWS names the caller: a role's session has an ARN of its own."""
        if self.kind != "role":
            return self.arn
        name = self.arn.rpartition("/")[2]
        return f"arn:aws:sts::{self.account_id}:assumed-role/{name}/{self.session}"


@dataclass(frozen=True, kw_only=True)
class Access:
    """One permission that a call needs.

    Attributes:
        action: `service:Action`, as IAM spells it.
        resource: the ARN, or `*` where the action has no resource.
        context: condition keys of the request beyond those that every request has.
    """

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A statement that applied.

    Attributes:
        policy: ARN of a managed policy; of an inline one `ROLE_ARN/inline/NAME`; of a resource's
            own policy the resource's ARN.
        index: the statement's place in its policy, from 0.
        sid: its Sid, if it has one.
        effect: `Allow` or `Deny`.
        element: the entry of Action (or NotAction) that matched.
        resource: the entry of Resource (or NotResource) that matched.
    """

    policy: str
    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    element: str = ""
    resource: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether an access is allowed, which statements decided it, and why in AWS's words."""

    allowed: bool
    statements: tuple[Matched, ...]
    reason: str


class AccessDeniedError(Exception):
    """A call is not allowed; the message has AWS's wording.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    def __init__(self, principal: Principal, access: Access, decision: Decision) -> None:
        who = "User" if principal.kind != "service" else "Service"
        what = "" if access.resource == "*" else f" on resource: {access.resource}"
        super().__init__(
            f"{who}: {principal.session_arn} is not authorized to perform: "
            f"{access.action}{what} {decision.reason}"
        )
        self.principal = principal
        self.access = access
        self.decision = decision


class PolicyError(Exception):
    """A policy says something that cannot be evaluated: it is neither passed over nor guessed."""


class UnmappedOperationError(NotImplementedError):
    """No permission is known for an operation, so nobody is allowed to call it."""
