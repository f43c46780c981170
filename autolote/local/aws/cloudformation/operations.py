"""The operations of CloudFormation's API that change a stack.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from moto.core.responses import ActionResult, EmptyResult

from autolote.local.aws.cloudformation.model import Stack
from autolote.local.aws.cloudformation.reading import Reading
from autolote.local.aws.cloudformation.stacks import (
    NO_CHANGES,
    ChangeSetNotFoundError,
    ValidationError,
    request_of,
)


class Operations(Reading):
    """One request of any operation."""

    def create_stack(self) -> ActionResult:
        """CreateStack."""
        request = self._request(None)
        stack = self._stacks.new(self._text("StackName"), request, status="CREATE_PENDING")
        stack.termination_protection = bool(self._get_param("EnableTerminationProtection"))
        self._service.start(stack, "CREATE")
        return ActionResult({"StackId": stack.stack_id})

    def update_stack(self) -> ActionResult:
        """UpdateStack."""
        stack = self._stacks.get(self._text("StackName"))
        self._require_at_rest(stack)
        request = self._request(stack)
        plan = self._stacks.plan(
            stack=stack, name="update", kind="UPDATE", request=request, description=None
        )
        del self._stacks.change_sets[plan.change_set_id]
        if plan.reason == NO_CHANGES:
            raise ValidationError("No updates are to be performed.")
        stack.previous, stack.request = stack.request, request
        self._service.start(stack, "UPDATE")
        return ActionResult({"StackId": stack.stack_id})

    def delete_stack(self) -> ActionResult:
        """DeleteStack."""
        stack = self._stacks.find(self._text("StackName"))
        if stack is None or stack.status == "DELETE_COMPLETE":
            return EmptyResult()
        if stack.termination_protection:
            raise ValidationError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        self._require_at_rest(stack)
        self._stacks.require_unused(stack)
        if self._get_param("RoleARN"):
            stack.request = request_of(
                stack.request.body,
                parameters=stack.request.parameters,
                tags=stack.request.tags,
                role_arn=self._text("RoleARN"),
            )
        self._service.start(stack, "DELETE")
        return EmptyResult()

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet."""
        kind = self._get_param("ChangeSetType") or "UPDATE"
        name = self._text("StackName")
        stack = self._stacks.find(name)
        if kind == "IMPORT":
            raise ValidationError("the local account imports no resources into stacks")
        if kind == "UPDATE" and (stack is None or stack.status == "REVIEW_IN_PROGRESS"):
            raise ValidationError(f"Stack [{name}] does not exist")
        request = self._request(stack)
        if stack is None or (kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS"):
            stack = self._stacks.new(name, request, status="REVIEW_IN_PROGRESS")
            stack.tell("REVIEW_IN_PROGRESS", "User Initiated")
        found = self._stacks.plan(
            stack=stack,
            name=self._text("ChangeSetName"),
            kind=kind,
            request=request,
            description=self._get_param("Description"),
        )
        return ActionResult({"Id": found.change_set_id, "StackId": stack.stack_id})

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet; one that is not there is deleted already."""
        try:
            found = self._stacks.change_set(
                self._text("ChangeSetName"), self._get_param("StackName")
            )
        except ChangeSetNotFoundError:
            return EmptyResult()
        del self._stacks.change_sets[found.change_set_id]
        return EmptyResult()

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet."""
        found = self._stacks.change_set(self._text("ChangeSetName"), self._get_param("StackName"))
        stack = self._stacks.get(found.stack_id)
        if found.execution_status != "AVAILABLE":
            raise ValidationError(
                f"ChangeSet [{found.change_set_id}] cannot be executed: {found.reason}"
            )
        self._require_at_rest(stack)
        found.execution_status = "EXECUTE_COMPLETE"
        stack.previous, stack.request = stack.request, found.request
        stack.change_set_id = found.change_set_id
        self._service.start(stack, found.kind)
        return EmptyResult()

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self._stacks.get(self._text("StackName"))
        stack.termination_protection = bool(self._get_param("EnableTerminationProtection"))
        return ActionResult({"StackId": stack.stack_id})

    @staticmethod
    def _require_at_rest(stack: Stack) -> None:
        if stack.in_progress:
            raise ValidationError(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
            )
