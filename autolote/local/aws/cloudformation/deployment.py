"""Making a stack what its request says: create, update, delete resources; roll back on failure."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autolote.local.aws import changes
from autolote.local.aws.account import Account
from autolote.local.aws.cloudformation import coverage
from autolote.local.aws.cloudformation.evaluation import Evaluation
from autolote.local.aws.cloudformation.model import (
    DeploymentFailedError,
    Request,
    Resource,
    Stack,
)
from autolote.local.aws.cloudformation.provider import Context, Made, Provider
from autolote.local.aws.cloudformation.providers import provider_of
from autolote.local.aws.cloudformation.template import dependencies, in_order

logger = logging.getLogger(__name__)
KEEP = ("Retain", "RetainExceptOnCreate")
EXPECTED = (DeploymentFailedError, ClientError, BotoCoreError, KeyError, TypeError, ValueError)


class Deployment:
    """One deployment of one stack.

    Args:
        account: where.
        stack: what; its resources, events, outputs and status are changed as it goes.
        exports: name -> value, of all stacks.
    """

    def __init__(
        self, *, account: Account, stack: Stack, exports: Callable[[], Mapping[str, str]]
    ) -> None:
        self._account = account
        self._stack = stack
        self._exports = exports
        self._undo: list[Callable[[], None]] = []
        self._replaced: list[Resource] = []

    def create(self) -> None:
        """Make every resource; on failure delete again what was made."""
        stack = self._stack
        try:
            self._apply(stack.request)
        except EXPECTED as error:
            reason = _reason(error)
            if stack.request.disable_rollback:
                stack.tell("CREATE_FAILED", reason)
                return
            stack.tell("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
            failed = self._delete(list(stack.resources), creating=True)
            stack.tell("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", failed)
            return
        stack.tell("CREATE_COMPLETE")

    def update(self) -> None:
        """Change what differs; on failure go back to what was there before."""
        stack, before = self._stack, self._stack.previous
        try:
            wanted = self._apply(stack.request)
        except EXPECTED as error:
            stack.tell("UPDATE_ROLLBACK_IN_PROGRESS", _reason(error))
            try:
                for undo in reversed(self._undo):
                    undo()
            except EXPECTED as second:
                stack.tell("UPDATE_ROLLBACK_FAILED", _reason(second))
                return
            if before is not None:
                stack.request = before
            stack.tell("UPDATE_ROLLBACK_COMPLETE")
            return
        stack.tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._delete([name for name in stack.resources if name not in wanted], creating=False)
        for old in reversed(self._replaced):
            self._delete_one(old, creating=False)
        stack.updated = datetime.now(UTC)
        stack.tell("UPDATE_COMPLETE")

    def delete(self) -> None:
        """Delete every resource that its DeletionPolicy does not keep."""
        failed = self._delete(list(self._stack.resources), creating=False)
        if failed:
            self._stack.tell("DELETE_FAILED", failed)
            return
        self._stack.deleted = datetime.now(UTC)
        self._stack.outputs, self._stack.imports = [], frozenset()
        self._stack.tell("DELETE_COMPLETE")

    def _apply(self, request: Request) -> set[str]:
        stack = self._stack
        evaluation = Evaluation(
            account=self._account, stack=stack, request=request, exports=self._exports
        )
        definitions = evaluation.wanted()
        for logical_id in in_order(definitions):
            definition = definitions[logical_id]
            try:
                self._make(logical_id, definition, evaluation.properties(definition))
            except EXPECTED as error:
                kind = "UPDATE_FAILED" if logical_id in stack.resources else "CREATE_FAILED"
                logger.warning("%s %s %s: %s", stack.name, logical_id, kind, error)
                stack.tell_of(logical_id, definition["Type"], kind, reason=_reason(error))
                raise DeploymentFailedError(
                    f"The following resource(s) failed to "
                    f"{'update' if kind == 'UPDATE_FAILED' else 'create'}: [{logical_id}]."
                ) from error
            changes.mark()
        stack.outputs = evaluation.outputs()
        stack.imports = frozenset(evaluation.imports)
        return set(definitions)

    def _make(
        self, logical_id: str, definition: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> None:
        stack, type_name = self._stack, definition["Type"]
        existing = stack.resources.get(logical_id)
        if existing is not None and existing.type != type_name:
            raise DeploymentFailedError(
                f"Update of resource type is not permitted: {logical_id} is a {existing.type}"
            )
        policy = definition.get("DeletionPolicy", "Delete")
        needs = tuple(sorted(dependencies(definition)))
        if existing is not None and existing.properties == properties:
            existing.deletion_policy, existing.depends_on = policy, needs
            return
        context = self._context(logical_id, type_name)
        verb = "CREATE" if existing is None else "UPDATE"
        stack.tell_of(
            logical_id,
            type_name,
            f"{verb}_IN_PROGRESS",
            physical_id=existing.physical_id if existing else "",
        )
        coverage.check(type_name, properties)
        provider = provider_of(type_name)
        made = self._carry_out(provider, context, existing, properties)
        resource = Resource(
            logical_id=logical_id,
            type=type_name,
            physical_id=made.id,
            attributes=made.attributes,
            properties=properties,
            status=f"{verb}_COMPLETE",
            deletion_policy=policy,
            depends_on=needs,
        )
        self._remember_undo(existing, resource)
        stack.resources[logical_id] = resource
        stack.tell_of(logical_id, type_name, f"{verb}_COMPLETE", physical_id=made.id)

    def _carry_out(
        self,
        provider: Provider,
        context: Context,
        existing: Resource | None,
        properties: Mapping[str, Any],
    ) -> Made:
        if existing is None:
            return provider.create(context, properties)
        before = existing.properties
        if any(before.get(name) != properties.get(name) for name in provider.replaced_by):
            return provider.create(context, properties)
        return provider.update(context, existing.physical_id, before, properties)

    def _remember_undo(self, before: Resource | None, now: Resource) -> None:
        stack = self._stack

        def undo() -> None:
            if before is None or before.physical_id != now.physical_id:
                self._delete_one(now, creating=True)
            if before is None:
                stack.resources.pop(now.logical_id, None)
                return
            if before.physical_id == now.physical_id:
                context = self._context(before.logical_id, before.type)
                provider_of(before.type).update(
                    context, before.physical_id, now.properties, before.properties
                )
            stack.resources[before.logical_id] = before
            stack.tell_of(
                before.logical_id, before.type, "UPDATE_COMPLETE", physical_id=before.physical_id
            )

        self._undo.append(undo)
        if before is not None and before.physical_id != now.physical_id:
            self._replaced.append(before)

    def _delete(self, names: Iterable[str], *, creating: bool) -> str | None:
        """Delete resources, what depends on others first; returns why one could not be."""
        stack = self._stack
        remaining = {name: stack.resources[name] for name in names}
        while remaining:
            needed = {need for found in remaining.values() for need in found.depends_on}
            free = [name for name in remaining if name not in needed] or list(remaining)
            for name in reversed(free):
                resource = remaining.pop(name)
                try:
                    self._delete_one(resource, creating=creating)
                except EXPECTED as error:
                    reason = _reason(error)
                    logger.warning("%s %s DELETE_FAILED: %s", stack.name, name, reason)
                    stack.tell_of(
                        name,
                        resource.type,
                        "DELETE_FAILED",
                        physical_id=resource.physical_id,
                        reason=reason,
                    )
                    return f"The following resource(s) failed to delete: [{name}]. "
                stack.resources.pop(name, None)
                changes.mark()
        return None

    def _delete_one(self, resource: Resource, *, creating: bool) -> None:
        stack, kept = self._stack, resource.deletion_policy
        where = {"physical_id": resource.physical_id}
        if kept in (("Retain",) if creating else KEEP):
            stack.tell_of(resource.logical_id, resource.type, "DELETE_SKIPPED", **where)
            return
        stack.tell_of(resource.logical_id, resource.type, "DELETE_IN_PROGRESS", **where)
        context = self._context(resource.logical_id, resource.type)
        provider_of(resource.type).delete(context, resource.physical_id, resource.properties)
        stack.tell_of(resource.logical_id, resource.type, "DELETE_COMPLETE", **where)

    def _context(self, logical_id: str, type_name: str) -> Context:
        return Context(
            account=self._account,
            role_arn=self._stack.request.role_arn,
            stack_name=self._stack.name,
            stack_id=self._stack.stack_id,
            logical_id=logical_id,
            type=type_name,
        )


def _reason(error: BaseException) -> str:
    if isinstance(error, ClientError):
        found = error.response["Error"]
        return f"{found['Message']} (Service: {error.operation_name}, Error: {found['Code']})"
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)
