"""The account as a teardown uses it: clients, pages, and patience with what is still in use."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from autolote.accounts import Account
from autolote.teardown.model import NotDoneError, Tell

Answer = TypeVar("Answer")

# Codes of services that mean "not yet", as their API references list them.
IN_USE = (
    "ResourceInUse",
    "ResourceInUseException",
    "DependencyViolation",
    "FileSystemInUse",
    "IncorrectMountTargetState",
    "IncorrectFileSystemLifeCycleState",
    "BucketNotEmpty",
    "RepositoryNotEmptyException",
    "OperationAborted",
    "ConflictException",
    "InvalidParameterValue",  # EC2: a network interface that is in use
)
THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalError",
)
_GONE = ("NoSuchBucket", "NoSuchUpload", "404", "RepositoryNotFoundException")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often to look, and how long to go on looking, in seconds.

    `patience` is for one thing: an interface of a Lambda function stays for up to 20 minutes:
    https://docs.aws.amazon.com/lambda/latest/dg/foundation-networking.html
    """

    first: float = 2.0
    longest: float = 30.0
    patience: float = 45 * 60.0


LOCAL = Pace(first=0.1, longest=0.5, patience=120.0)


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """An account, and how patiently it is asked."""

    account: Account
    pace: Pace = field(default_factory=Pace)
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client, made once."""
        if service not in self._clients:
            self._clients[service] = self.account.client(service)
        return self._clients[service]

    def pages(self, service: str, operation: str, member: str, **given: Any) -> Iterator[Any]:
        """Every item of a paginated operation."""
        for page in self.client(service).get_paginator(operation).paginate(**given):
            yield from page.get(member, [])

    def until(self, done: Callable[[], bool], *, what: str, tell: Tell) -> None:
        """Wait until `done`; tells `what` is waited for.

        Raises:
            NotDoneError: it was not within the patience of this account.
        """
        deadline, pause = time.monotonic() + self.pace.patience, self.pace.first
        while not done():
            tell(what)
            if time.monotonic() > deadline:
                raise NotDoneError(f"{what}: not within {self.pace.patience / 60:g} minutes")
            time.sleep(pause)
            pause = min(pause * 1.5, self.pace.longest)

    def insist(
        self,
        call: Callable[[], Answer],
        *,
        tell: Tell,
        unblock: Callable[[], None] = lambda: None,
    ) -> Answer | None:
        """Call until it is accepted, clearing the way in between; None if the thing is gone.

        Raises:
            ClientError: refused for another reason than being in use, or for too long.
        """
        deadline, pause = time.monotonic() + self.pace.patience, self.pace.first
        while True:
            try:
                return call()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if is_gone(error):
                    return None
                if code not in (*IN_USE, *THROTTLED) or time.monotonic() > deadline:
                    raise
                tell(f"{code}: {error.response['Error']['Message']}")
            time.sleep(pause)
            pause = min(pause * 1.5, self.pace.longest)
            unblock()


def is_gone(error: ClientError) -> bool:
    """Whether a refusal means that the thing is not there (any more)."""
    code = str(error.response["Error"]["Code"])
    message = str(error.response["Error"]["Message"])
    # DeleteApp has no code of its own for an app that is deleted already.
    deleted = code == "ValidationException" and "already been deleted" in message
    ends = ("NotFound", "NotFoundException", "NotFoundError", "DoesNotExist")
    return deleted or code in _GONE or code.endswith(ends)


def found(call: Callable[[], Answer]) -> Answer | None:
    """What a Describe answers, None if there is nothing."""
    try:
        return call()
    except ClientError as error:
        if is_gone(error):
            return None
        raise
