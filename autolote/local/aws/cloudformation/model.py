"""What CloudFormation knows: stacks, their resources and events, change sets."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(kw_only=True)
class Resource:
    """One resource that exists: its type, physical id, attributes, and the properties it has."""

    logical_id: str
    type: str
    physical_id: str
    attributes: Mapping[str, Any]
    properties: Mapping[str, Any]
    deletion_policy: str
    depends_on: tuple[str, ...]
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(kw_only=True)
class StackEvent:
    """One line of a stack's history."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None = None
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a stack is to become."""

    body: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    role_arn: str | None
    capabilities: tuple[str, ...] = ()
    disable_rollback: bool = False


@dataclass(kw_only=True)
class Stack:
    """A stack. `request` is what it was last asked to be; `resources` is what there is of it."""

    stack_id: str
    name: str
    request: Request
    status: str
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime | None = None
    deleted: datetime | None = None
    reason: str | None = None
    termination_protection: bool = False
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    outputs: list[dict[str, str]] = field(default_factory=list)
    imports: frozenset[str] = frozenset()
    resolved_parameters: dict[str, Any] = field(default_factory=dict)
    change_set_id: str | None = None
    previous: Request | None = None

    @property
    def in_progress(self) -> bool:
        """Whether a deployment of it is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def tell(self, status: str, reason: str | None = None) -> None:
        """Take a new status, and write the event."""
        self.status, self.reason = status, reason
        self.events.append(
            StackEvent(
                logical_id=self.name,
                physical_id=self.stack_id,
                type="AWS::CloudFormation::Stack",
                status=status,
                reason=reason,
            )
        )

    def tell_of(
        self,
        logical_id: str,
        type_name: str,
        status: str,
        *,
        physical_id: str = "",
        reason: str | None = None,
    ) -> None:
        """Write an event of one resource."""
        self.events.append(
            StackEvent(
                logical_id=logical_id,
                physical_id=physical_id,
                type=type_name,
                status=status,
                reason=reason,
            )
        )


@dataclass(kw_only=True)
class ChangeSet:
    """A change set and what it would do."""

    change_set_id: str
    name: str
    stack_id: str
    stack_name: str
    kind: str  # CREATE or UPDATE
    request: Request
    changes: list[dict[str, Any]]
    status: str
    execution_status: str
    description: str | None = None
    reason: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


class DeploymentFailedError(Exception):
    """A resource, a template or an import could not be had; the text is the status reason."""
