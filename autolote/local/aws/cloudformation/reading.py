"""The operations of CloudFormation's API that show what there is.

Names and shapes are the service model's; requests are read and answers written by moto's core.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

from botocore.exceptions import ClientError
from moto.core.responses import ActionResult, BaseResponse

from autolote.local.aws.cloudformation import views
from autolote.local.aws.cloudformation.model import Request, Stack
from autolote.local.aws.cloudformation.stacks import ValidationError, request_of

if TYPE_CHECKING:
    from autolote.local.aws.cloudformation.api import CloudFormation


class Reading(BaseResponse):
    """One request. moto's core calls the method named after the operation."""

    def __init__(self, service: "CloudFormation") -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True
        self._service = service
        self._stacks = service.stacks

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        found = self._stacks.change_set(self._text("ChangeSetName"), self._get_param("StackName"))
        return ActionResult(views.change_set(found))

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets."""
        stack = self._stacks.get(self._text("StackName"))
        found = [
            views.change_set_summary(one)
            for one in self._stacks.change_sets.values()
            if one.stack_id == stack.stack_id
        ]
        return ActionResult({"Summaries": found})

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks."""
        name = self._get_param("StackName")
        if name:
            return ActionResult({"Stacks": [views.stack(self._stacks.get(name))]})
        there = [one for one in self._stacks.all() if one.status != "DELETE_COMPLETE"]
        return ActionResult({"Stacks": [views.stack(one) for one in there]})

    def list_stacks(self) -> ActionResult:
        """ListStacks."""
        wanted = self._get_param("StackStatusFilter") or []
        found = [one for one in self._stacks.all() if not wanted or one.status in wanted]
        return ActionResult({"StackSummaries": [views.stack(one) for one in found]})

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents, newest first."""
        stack = self._stacks.get(self._text("StackName"))
        events = [views.event(stack, one) for one in reversed(stack.events)]
        start = int(self._get_param("NextToken") or 0)
        page: dict[str, Any] = {"StackEvents": events[start : start + 100]}
        if start + 100 < len(events):
            page["NextToken"] = str(start + 100)
        return ActionResult(page)

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources."""
        stack = self._stacks.get(self._text("StackName"))
        wanted = self._get_param("LogicalResourceId")
        found = [
            views.resource(stack, one)
            for one in stack.resources.values()
            if wanted in (None, one.logical_id)
        ]
        return ActionResult({"StackResources": found})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack, wanted = self._stacks.get(self._text("StackName")), self._text("LogicalResourceId")
        if wanted not in stack.resources:
            raise ValidationError(f"Resource {wanted} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": views.resource(stack, stack.resources[wanted])})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self._stacks.get(self._text("StackName"))
        found = [views.resource(stack, one) for one in stack.resources.values()]
        return ActionResult({"StackResourceSummaries": found})

    def get_template(self) -> ActionResult:
        """GetTemplate: the text as it was given."""
        if self._get_param("ChangeSetName"):
            found = self._stacks.change_set(
                self._text("ChangeSetName"), self._get_param("StackName")
            )
            return ActionResult({"TemplateBody": found.request.body})
        stack = self._stacks.get(self._text("StackName"))
        stages = ["Original", "Processed"]
        return ActionResult({"TemplateBody": stack.request.body, "StagesAvailable": stages})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary."""
        name = self._get_param("StackName")
        request = self._stacks.get(name).request if name else self._request(None)
        return ActionResult(views.template_summary(request.template))

    def validate_template(self) -> ActionResult:
        """ValidateTemplate."""
        return ActionResult(views.template_summary(self._request(None).template))

    def list_exports(self) -> ActionResult:
        """ListExports."""
        return ActionResult({"Exports": self._stacks.exports()})

    def list_imports(self) -> ActionResult:
        """ListImports."""
        return ActionResult({"Imports": self._stacks.importers(self._text("ExportName"))})

    def _text(self, name: str) -> str:
        return str(self._get_param(name) or "")

    def _request(self, stack: Stack | None) -> Request:
        """What the caller asks for; parts may be those the stack has already."""
        before: Mapping[str, str] = stack.request.parameters if stack else {}
        parameters: dict[str, str] = {}
        for given in self._get_param("Parameters") or []:
            name = given["ParameterKey"]
            if given.get("UsePreviousValue"):
                parameters |= {name: before[name]} if name in before else {}
            else:
                parameters[name] = given.get("ParameterValue", "")
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("Tags") or []}
        return request_of(
            self._body(stack),
            parameters=parameters,
            tags=tags,
            role_arn=self._get_param("RoleARN") or (stack.request.role_arn if stack else None),
            disable_rollback=bool(self._get_param("DisableRollback"))
            or self._get_param("OnStackFailure") == "DO_NOTHING",
        )

    def _body(self, stack: Stack | None) -> str:
        if self._get_param("UsePreviousTemplate") and stack is not None:
            return stack.request.body
        if self._get_param("TemplateBody"):
            return self._text("TemplateBody")
        url = urlparse(self._text("TemplateURL"))
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        try:
            found = self._service.account.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise ValidationError(f"S3 error: {error} ({url.geturl()})") from error
        return str(found["Body"].read().decode())
