"""What a resource type is here: how it is created, updated and deleted with the account's API."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws.account import Account
from autolote.local.aws.acting import CLOUDFORMATION, Service, Session
from autolote.local.aws.shapes import as_modelled, input_shape

Properties = Mapping[str, Any]
GONE = (
    "NoSuch",
    "NotFound",
    "ResourceNotFound",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "StateMachineDoesNotExist",
    "404",
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that exists: what Ref gives, and what GetAtt gives by attribute."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The account under the deployment's role, and the resource it is about."""

    account: Account
    role_arn: str | None
    stack_name: str
    stack_id: str
    logical_id: str
    type: str

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation; values take the spelling and the types of its model.

        Raises:
            botocore.exceptions.ClientError: the service refused.
            botocore.exceptions.ParamValidationError: an argument is not one of the operation's.
        """
        client = self.client(service)
        shape = input_shape(service, operation)
        found: dict[str, Any] = getattr(client, operation)(**as_modelled(arguments, shape))
        return found

    def client(self, service: str) -> Any:
        """A client that acts as the deployment does: under its role, or as its caller."""
        if self.role_arn is None:
            return self.account.client(service)
        by = Service(name=CLOUDFORMATION)
        session = Session(role_arn=self.role_arn, name="AWSCloudFormation", by=by)
        return self.account.client(service, session)

    def call_if_there(self, service: str, operation: str, **arguments: Any) -> None:
        """Call an operation that ends something; that it is gone already is no failure."""
        try:
            self.call(service, operation, **arguments)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if not code.startswith(GONE) and not code.endswith("NotFound"):
                raise

    def name(self, *, longest: int, lower: bool = False) -> str:
        """A physical name in CloudFormation's manner: stack, logical id, something random."""
        end = uuid.uuid4().hex[:12]
        room = longest - len(end) - 1
        stack = self.stack_name[: max(room - len(self.logical_id) - 1, 8)].rstrip("-")
        found = f"{stack}-{self.logical_id}"[:room].rstrip("-") + f"-{end}"
        return found.lower() if lower else found

    def arn(self, service: str, rest: str, *, region: bool = True) -> str:
        """An ARN of this account."""
        where = self.account.region if region else ""
        return f"arn:aws:{service}:{where}:{self.account.account_id}:{rest}"


Create = Callable[[Context, Properties], Made]
Update = Callable[[Context, str, Properties, Properties], Made]
Delete = Callable[[Context, str, Properties], None]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A resource type.

    Attributes:
        update: takes context, physical id, properties before and after.
        replaced_by: properties whose change makes a new resource and deletes the old one.
    """

    create: Create
    update: Update
    delete: Delete
    replaced_by: frozenset[str] = frozenset()


def changed(before: Properties, after: Properties, *names: str) -> bool:
    """Whether any of these properties differs."""
    return any(before.get(name) != after.get(name) for name in names)


def tag_map(properties: Properties) -> dict[str, str]:
    """The Tags property, a list of Key and Value or a map, as a map."""
    tags = properties.get("Tags") or {}
    if isinstance(tags, Mapping):
        return {str(name): str(value) for name, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}


def tag_list(properties: Properties) -> list[dict[str, str]]:
    """The Tags property as a list of Key and Value."""
    return [{"Key": name, "Value": value} for name, value in tag_map(properties).items()]


def chosen(properties: Properties, *names: str) -> dict[str, Any]:
    """Those of these properties that are given."""
    return {name: properties[name] for name in names if name in properties}
