"""The environment's stacks, there and deleted, and deleting one."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from autolote.teardown.cloud import Cloud
from autolote.teardown.model import NotDoneError, Tell, Thing

_ATTEMPTS = 6
KEEPS = ("Retain", "RetainExceptOnCreate")
NETWORK = ("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a stack; `kept` says that it outlives its stack."""

    type: str
    id: str
    kept: bool


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that is not deleted."""

    thing: Thing
    created: datetime
    protected: bool
    resources: tuple[Resource, ...]
    exports: frozenset[str]
    imports: frozenset[str]

    def ids(self, *types: str) -> list[str]:
        """Physical ids of its resources of some types."""
        return [one.id for one in self.resources if one.type in types]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What CloudFormation knows of an environment.

    Attributes:
        stacks: those that are there, the newest first.
        outlived: resources that were kept when their stack was deleted.
        domains: ids of the domains of all stacks, deleted ones too.
        past: ids of everything that deleted stacks had.
    """

    name: str
    stacks: tuple[Stack, ...] = ()
    outlived: tuple[Resource, ...] = ()
    domains: tuple[str, ...] = ()
    past: frozenset[str] = frozenset()
    partition: str = "aws"


def read(cloud: Cloud, environment: str) -> Environment:
    """Find the environment: stacks of its name that also have its tags."""
    live = [
        _stack(cloud, told)
        for told in cloud.pages("cloudformation", "describe_stacks", "Stacks")
        if _is_of(told, environment) and told["StackStatus"] != "DELETE_COMPLETE"
    ]
    past = [
        event
        for stack_id in _deleted(cloud, environment)
        for event in cloud.pages(
            "cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id
        )
    ]
    domains = {one for stack in live for one in stack.ids("AWS::SageMaker::Domain") if one}
    domains |= {
        event["PhysicalResourceId"]
        for event in past
        if event["ResourceType"] == "AWS::SageMaker::Domain" and event.get("PhysicalResourceId")
    }
    held = {one.id for stack in live for one in stack.resources}
    outlived = {
        Resource(type=event["ResourceType"], id=event["PhysicalResourceId"], kept=True)
        for event in past
        if event["ResourceStatus"] == "DELETE_SKIPPED"
        and event.get("PhysicalResourceId")
        and event["PhysicalResourceId"] not in held
    }
    newest_first = sorted(live, key=lambda one: one.created, reverse=True)
    return Environment(
        name=environment,
        stacks=tuple(newest_first),
        outlived=tuple(sorted(outlived, key=lambda one: (one.type, one.id))),
        domains=tuple(sorted(domains)),
        past=frozenset(event.get("PhysicalResourceId", "") for event in past),
        partition=live[0].thing.arn.split(":")[1] if live else "aws",
    )


def _is_of(told: Mapping[str, Any], environment: str) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in told.get("Tags", [])}
    named = str(told["StackName"]).startswith(f"autolote-{environment}-")
    return named and (tags.get("project"), tags.get("environment")) == ("autolote", environment)


def _deleted(cloud: Cloud, environment: str) -> Iterator[str]:
    """Ids of deleted stacks of the environment; CloudFormation knows them for 90 days."""
    for summary in cloud.pages(
        "cloudformation",
        "list_stacks",
        "StackSummaries",
        StackStatusFilter=["DELETE_COMPLETE"],
    ):
        if summary["StackName"].startswith(f"autolote-{environment}-"):
            described = cloud.client("cloudformation").describe_stacks(StackName=summary["StackId"])
            if _is_of(described["Stacks"][0], environment):
                yield summary["StackId"]


def _stack(cloud: Cloud, told: Mapping[str, Any]) -> Stack:
    name = told["StackName"]
    body = cloud.client("cloudformation").get_template(StackName=name)["TemplateBody"]
    definitions: Mapping[str, Any] = body["Resources"]
    resources = (
        Resource(
            type=one["ResourceType"],
            id=one.get("PhysicalResourceId", ""),
            kept=definitions.get(one["LogicalResourceId"], {}).get("DeletionPolicy") in KEEPS,
        )
        for one in cloud.pages(
            "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name
        )
        if one["ResourceStatus"] != "DELETE_COMPLETE"
    )
    return Stack(
        thing=Thing(kind="stack", name=name, arn=told["StackId"]),
        created=told["CreationTime"],
        protected=bool(told.get("EnableTerminationProtection")),
        resources=tuple(resources),
        exports=frozenset(
            one["ExportName"] for one in told.get("Outputs", []) if "ExportName" in one
        ),
        imports=frozenset(_imports(body)),
    )


def _imports(part: Any) -> Iterator[str]:
    """Names of the exports that a template imports."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "Fn::ImportValue" and isinstance(value, str):
                yield value
            else:
                yield from _imports(value)
    elif isinstance(part, list):
        for value in part:
            yield from _imports(value)


def importers(stack: Stack, stacks: tuple[Stack, ...]) -> list[Stack]:
    """The stacks that cannot be there without this one."""
    return [one for one in stacks if one is not stack and one.imports & stack.exports]


def delete(cloud: Cloud, thing: Thing, tell: Tell, *, unblock: Callable[[Tell], None]) -> None:
    """Delete a stack; one that stays DELETE_FAILED is tried again once its way has been cleared.

    Nothing is ever retained to get a stack deleted.

    Raises:
        NotDoneError: it stays, with the reason of the resource that does.
    """
    deadline, before = time.monotonic() + cloud.pace.patience, ""
    for attempt in range(_ATTEMPTS):
        if _at_rest(cloud, thing, tell) == "DELETE_COMPLETE":
            return
        if attempt:
            reason = _failure(cloud, thing)
            # The same failure again, after its way was cleared, is no matter of time.
            if (attempt > 2 and reason == before) or time.monotonic() > deadline:
                raise NotDoneError(reason)
            before = reason
            tell(f"{thing.name}: {reason}")
            time.sleep(cloud.pace.longest)
            unblock(tell)
        try:
            cloud.client("cloudformation").delete_stack(StackName=thing.arn)
        except ClientError as error:
            raise NotDoneError(error.response["Error"]["Message"]) from error
    if _at_rest(cloud, thing, tell) != "DELETE_COMPLETE":
        raise NotDoneError(_failure(cloud, thing))


def _at_rest(cloud: Cloud, thing: Thing, tell: Tell) -> str:
    """The status of a stack, once nothing is under way."""
    status = ""

    def settled() -> bool:
        nonlocal status
        told = cloud.client("cloudformation").describe_stacks(StackName=thing.arn)["Stacks"][0]
        status = told["StackStatus"]
        # A change set that was never executed leaves a stack "in progress" for good.
        return not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS"

    cloud.until(settled, what=f"{thing.name} is being deleted", tell=tell)
    return status


def _failure(cloud: Cloud, thing: Thing) -> str:
    """Which resource could not be deleted the last time, and why."""
    for event in cloud.pages(
        "cloudformation", "describe_stack_events", "StackEvents", StackName=thing.arn
    ):
        is_stack = event["ResourceType"] == "AWS::CloudFormation::Stack"
        if event["ResourceStatus"] == "DELETE_FAILED" and not is_stack:
            reason = event.get("ResourceStatusReason", "no reason given")
            return f"{event['LogicalResourceId']} ({event.get('PhysicalResourceId')}): {reason}"
    return "it is not deleted, and CloudFormation gives no reason"


def in_order(stacks: Iterable[Stack]) -> list[Stack]:
    """Stacks, each after those that import from it; among these the newest first."""
    waiting, order = list(stacks), []
    while waiting:
        free = [one for one in waiting if not importers(one, tuple(waiting))] or waiting
        order.append(free[0])
        waiting.remove(free[0])
    return order
