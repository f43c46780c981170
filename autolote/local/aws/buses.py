"""Event buses under a key: EventBridge must be let in by the key, or events do not pass.

An event that cannot be encrypted is told of in the bus's dead-letter queue, never to its caller.
AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend
from moto.events.responses import EventsHandler

from autolote.local.aws.account import Account
from autolote.local.aws.acting import EVENTS, Service
from autolote.local.aws.encryption import use_key
from autolote.local.aws.failures import send_to_queue
from autolote.local.aws.patches import original, put
from autolote.local.iam.model import AccessDeniedError

logger = logging.getLogger(__name__)


def install(account: Account) -> None:
    """Ask the keys of buses: when a bus gets its key, and for every event."""
    create = original(EventsBackend, "create_event_bus")
    put_events = original(EventsBackend, "put_events", signature="self, events")

    def create_checked(self: Any, name: str, *given: Any, **asked: Any) -> Any:
        _check(account, name, asked.get("kms_key_identifier"))
        return create(self, name, *given, **asked)

    def update(self: Any) -> Any:
        name, key = self._get_param("Name"), self._get_param("KmsKeyIdentifier")
        bus = self.events_backend.describe_event_bus(name)
        _check(account, name, key)
        bus.kms_key_identifier = key
        bus.description = self._get_param("Description")
        bus.dead_letter_config = self._get_param("DeadLetterConfig")
        return json.dumps({"Arn": bus.arn, "Name": name}), self.response_headers

    def put_encrypted(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answers = []
        for event in events:
            if _passes(account, self, event):
                answers += put_events(self, [event])
            else:
                answers.append({"EventId": str(uuid.uuid4())})
        return answers

    put(EventsBackend, "create_event_bus", create_checked)
    put(EventsHandler, "update_event_bus", update)
    put(EventsBackend, "put_events", put_encrypted)


def _check(account: Account, name: str, key: str | None) -> None:
    """EventBridge reads what kind of key it is."""
    if not key:
        return
    try:
        _use(account, name, key, "DescribeKey")
    except AccessDeniedError as error:
        raise ValidationException(str(error)) from error


def _passes(account: Account, backend: Any, event: Mapping[str, Any]) -> bool:
    """Whether an event can be encrypted and read again; if not, the bus's dead letters get it."""
    name = backend._normalize_event_bus_arn(event.get("EventBusName"))
    bus = backend.event_buses.get(name)
    if bus is None or not bus.kms_key_identifier:
        return True
    try:
        _use(account, name, bus.kms_key_identifier, "GenerateDataKey", "Decrypt")
    except AccessDeniedError as error:
        logger.warning("an event cannot be encrypted: %s", error)
        queue = (bus.dead_letter_config or {}).get("Arn")
        if queue:
            told = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": str(error)[:1024]}
            attributes = {"EVENT_BUS_ARN": bus.arn, **told}
            by = Service(name=EVENTS, source_arn=bus.arn)
            send_to_queue(account, by, queue, json.dumps(event, default=str), attributes)
        return False
    return True


def _use(account: Account, name: str, key: str, *actions: str) -> None:
    arn = f"arn:aws:events:{account.region}:{account.account_id}:event-bus/{name}"
    # DescribeKey takes no encryption context.
    context = {} if actions == ("DescribeKey",) else {"aws:events:event-bus:arn": arn}
    by = Service(name=EVENTS, source_arn=arn)
    use_key(account, by, key, *actions, context=context, operation="events: encrypt a bus")
