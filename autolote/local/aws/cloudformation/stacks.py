"""The stacks and change sets there are, and what may be done to them."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.exceptions import ServiceException

from autolote.local.aws.account import Account
from autolote.local.aws.cloudformation.model import (
    ChangeSet,
    DeploymentFailedError,
    Request,
    Stack,
)
from autolote.local.aws.cloudformation.template import read

NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


class ValidationError(ServiceException):
    """What CloudFormation answers to nearly everything it refuses."""

    code = "ValidationError"


class ChangeSetNotFoundError(ServiceException):
    """There is no such change set."""

    code = "ChangeSetNotFound"


class Stacks:
    """All stacks of the account."""

    def __init__(self, *, account: Account) -> None:
        self._account = account
        self._stacks: dict[str, Stack] = {}
        self.change_sets: dict[str, ChangeSet] = {}

    def all(self) -> Iterator[Stack]:
        """Every stack, deleted ones too."""
        return iter(list(self._stacks.values()))

    def restore(self, stacks: list[Stack], change_sets: list[ChangeSet]) -> None:
        """Know these and no others."""
        self._stacks = {stack.stack_id: stack for stack in stacks}
        self.change_sets = {found.change_set_id: found for found in change_sets}

    def find(self, name_or_id: str) -> Stack | None:
        """A stack by id, or one that is not deleted by name."""
        if name_or_id in self._stacks:
            return self._stacks[name_or_id]
        for stack in self._stacks.values():
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        return None

    def get(self, name_or_id: str) -> Stack:
        """As `find`.

        Raises:
            ValidationError: there is none.
        """
        found = self.find(name_or_id)
        if found is None:
            raise ValidationError(f"Stack with id {name_or_id} does not exist")
        return found

    def new(self, name: str, request: Request, *, status: str) -> Stack:
        """A stack that is not there yet.

        Raises:
            ValidationError: the name is taken.
        """
        if self.find(name) is not None:
            raise ValidationError(f"Stack [{name}] already exists")
        made = Stack(
            stack_id=self._arn(f"stack/{name}/{uuid.uuid4()}"),
            name=name,
            request=request,
            status=status,
        )
        self._stacks[made.stack_id] = made
        return made

    def forget(self, stack: Stack) -> None:
        """Take away a stack that was never made (a change set was only looked at)."""
        self._stacks.pop(stack.stack_id, None)

    def export_values(self) -> dict[str, str]:
        """Every export, name to value."""
        return {found["Name"]: found["Value"] for found in self.exports()}

    def exports(self) -> list[dict[str, str]]:
        """Every export, with the stack it is of."""
        return [
            {
                "ExportingStackId": stack.stack_id,
                "Name": output["ExportName"],
                "Value": output["OutputValue"],
            }
            for stack in self.all()
            for output in stack.outputs
            if "ExportName" in output
        ]

    def importers(self, export: str) -> list[str]:
        """Names of the stacks that import an export."""
        return [stack.name for stack in self.all() if export in stack.imports]

    def require_unused(self, stack: Stack) -> None:
        """Refuse to delete a stack whose exports others import.

        Raises:
            ValidationError: one does.
        """
        for output in stack.outputs:
            name = output.get("ExportName", "")
            users = [user for user in self.importers(name) if user != stack.name]
            if name and users:
                raise ValidationError(
                    f"Export {name} cannot be deleted as it is in use by {', '.join(users)}"
                )

    def plan(
        self, *, stack: Stack, name: str, kind: str, request: Request, description: str | None
    ) -> ChangeSet:
        """A change set, kept until it is executed or deleted."""
        changes = _changes(stack, request)
        same = kind == "UPDATE" and not _differs(stack, request)
        made = ChangeSet(
            change_set_id=self._arn(f"changeSet/{name}/{uuid.uuid4()}"),
            name=name,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            kind=kind,
            request=request,
            changes=changes,
            status="FAILED" if same else "CREATE_COMPLETE",
            execution_status="UNAVAILABLE" if same else "AVAILABLE",
            description=description,
            reason=NO_CHANGES if same else None,
        )
        self.change_sets[made.change_set_id] = made
        return made

    def change_set(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        """A change set by id, or by name and stack.

        Raises:
            ChangeSetNotFoundError: there is none.
        """
        if name_or_id in self.change_sets:
            return self.change_sets[name_or_id]
        for found in reversed(list(self.change_sets.values())):
            if found.name == name_or_id and stack_name in (found.stack_name, found.stack_id):
                return found
        raise ChangeSetNotFoundError(f"ChangeSet [{name_or_id}] does not exist")

    def _arn(self, rest: str) -> str:
        where = f"{self._account.region}:{self._account.account_id}"
        return f"arn:aws:cloudformation:{where}:{rest}"


def request_of(
    body: str,
    *,
    parameters: Mapping[str, str],
    tags: Mapping[str, str],
    role_arn: str | None,
    disable_rollback: bool = False,
) -> Request:
    """What a caller asks a stack to be.

    Raises:
        ValidationError: the template cannot be read.
    """
    try:
        template = read(body)
    except DeploymentFailedError as error:
        raise ValidationError(str(error)) from error
    return Request(
        body=body,
        template=template,
        parameters=dict(parameters),
        tags=dict(tags),
        role_arn=role_arn,
        disable_rollback=disable_rollback,
    )


def _differs(stack: Stack, request: Request) -> bool:
    was = stack.request
    return (was.template, was.parameters, was.tags) != (
        request.template,
        request.parameters,
        request.tags,
    )


def _changes(stack: Stack, request: Request) -> list[dict[str, Any]]:
    """What differs in the text of the templates; values that only a deployment finds do not."""
    old: Mapping[str, Any] = {} if not stack.resources else stack.request.template["Resources"]
    new: Mapping[str, Any] = request.template["Resources"]
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        if name in old and name in new and old[name] == new[name]:
            continue
        action = "Add" if name not in old else "Modify" if name in new else "Remove"
        change = {
            "Action": action,
            "LogicalResourceId": name,
            "ResourceType": (new.get(name) or old[name])["Type"],
        }
        if name in stack.resources:
            change["PhysicalResourceId"] = stack.resources[name].physical_id
        if action == "Modify":
            change["Replacement"] = "False"
        found.append({"Type": "Resource", "ResourceChange": change})
    return found
