"""Who we are: the one account of this process, and clients of it that act under a role."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.sts.models import sts_backends

from autolote.local.aws.acting import Actor, Service, Session
from autolote.local.iam.authorizer import Authorizer
from autolote.local.iam.model import Access, Context, Principal

_NO_RETRY = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=10,
    read_timeout=960,  # a Lambda function may take 900 seconds
    max_pool_connections=20,
)


class RoleNotAssumedError(ClientError):  # type: ignore[misc]
    """A role's trust policy does not let the service in; each service has its own words for it."""

    def __init__(self, session: Session, reason: str) -> None:
        message = (
            f"Service: {session.by.name} is not authorized to perform: sts:AssumeRole on resource: "
            f"{session.role_arn} {reason}"
        )
        answer = {
            "Error": {"Code": "AccessDenied", "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": 403},
        }
        super().__init__(answer, "AssumeRole")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account this process is.

    `speed` is how many account seconds pass in one real second of waiting (retry delays, Wait
    states, schedules). It never touches a timestamp or a time-out.
    """

    home: Path
    region: str
    account_id: str
    endpoint_url: str
    speed: float
    authorizer: Authorizer
    _clients: dict[tuple[str, Actor | None], Any] = field(default_factory=dict, repr=False)
    _sessions: dict[Session, Mapping[str, str]] = field(default_factory=dict, repr=False)
    _actors: dict[str, Actor] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def credentials(self, actor: Actor) -> Mapping[str, str]:
        """Credentials of a service or of a role's session, as environment variables.

        One set for each: they do not expire here, and new ones for every call would only make
        the request log harder to read.

        Raises:
            RoleNotAssumedError: the role's trust policy refuses the service.
        """
        if isinstance(actor, Service):
            return self._own_credentials(actor)
        self.check_trust(actor)
        with self._lock:
            if actor not in self._sessions:
                account = actor.role_arn.split(":")[4]
                made = sts_backends[account]["aws"].assume_role(
                    self.region, actor.name, actor.role_arn, "", 3600, ""
                )
                self._sessions[actor] = {
                    "AWS_ACCESS_KEY_ID": made.access_key_id,
                    "AWS_SECRET_ACCESS_KEY": made.secret_access_key,
                    "AWS_SESSION_TOKEN": made.session_token,
                }
                self._actors[made.access_key_id] = actor
            return self._sessions[actor]

    def check_trust(self, session: Session) -> None:
        """Ask a role's trust policy whether the service may act under the role.

        Raises:
            RoleNotAssumedError: it may not, or there is no such role.
        """
        by = session.by
        owner = None if by.source_arn is None else self.account_id
        decision = self.authorizer.may_assume(session.role_arn, by.name, by.source_arn, owner)
        if not decision.allowed:
            raise RoleNotAssumedError(session, decision.reason)

    def client(self, service: str, actor: Actor | None = None) -> Any:
        """A boto3 client of this account that calls as `actor`; without one, as its root."""
        held = self.credentials(actor) if actor else {}
        with self._lock:
            key = (service, actor)
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=held.get("AWS_ACCESS_KEY_ID", "local"),
                    aws_secret_access_key=held.get("AWS_SECRET_ACCESS_KEY", "local"),
                    aws_session_token=held.get("AWS_SESSION_TOKEN"),
                    config=_NO_RETRY,
                )
            return self._clients[key]

    def require(self, actor: Actor, *accesses: Access, operation: str) -> None:
        """Ask whether an actor may do what its service does for it without an API call.

        Raises:
            AccessDeniedError: it may not.
        """
        brought = self._brought(actor)
        asked = [
            Access(action=one.action, resource=one.resource, context={**brought, **one.context})
            for one in accesses
        ]
        self.authorizer.authorize(self._principal(actor), asked, operation=operation)

    def require_call(self, actor: Actor, service: str, operation: str, **parameters: Any) -> None:
        """Ask whether an actor may call an operation that its service carries out by itself.

        Args:
            service: its name in a signature (`logs`).
            operation: the API operation, with its parameters as botocore names them.

        Raises:
            AccessDeniedError: it may not.
        """
        self.authorizer.authorize_call(
            self._principal(actor),
            service=service,
            operation=operation,
            parameters=parameters,
            context=self._brought(actor),
        )

    def caller(self, access_key_id: str) -> tuple[Principal, Context]:
        """Who calls with an access key, and the condition keys that its calls bring with them."""
        actor = self._actors.get(access_key_id)
        if actor is not None:
            return self._principal(actor), self._brought(actor)
        session = sts_backends[self.account_id]["aws"].get_assumed_role_from_access_key(
            access_key_id
        )
        if session is None:
            return Principal.root(self.account_id), {}
        return Principal.role(session.role_arn, session.session_name), {}

    def _principal(self, actor: Actor) -> Principal:
        if isinstance(actor, Service):
            return Principal.service(actor.name)
        return Principal.role(actor.role_arn, actor.name)

    def _brought(self, actor: Actor) -> Context:
        """The condition keys of an actor's calls: a session's own; a service that acts for itself
        says what for. Under a role it says that to the role's trust policy alone."""
        if isinstance(actor, Session):
            return dict(actor.keys)
        if actor.source_arn is None:
            return {}
        return {"aws:SourceArn": actor.source_arn, "aws:SourceAccount": self.account_id}

    def _own_credentials(self, service: Service) -> Mapping[str, str]:
        with self._lock:
            known = {held: key for key, held in self._actors.items()}
            key = known.get(service) or f"SERVICE{len(known):013d}"
            self._actors[key] = service
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": key}


def principal(access_key_id: str, account_id: str) -> str:
    """The role ARN (or root) behind an access key, for the request log."""
    session = sts_backends[account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
    return session.role_arn if session else f"arn:aws:iam::{account_id}:root"


def request_id() -> str:
    """A fresh request id in AWS's form."""
    return str(uuid.uuid4())
