"""EventBridge: rules that reach Lambda, Step Functions, SQS and SNS, with retries and dead letters.

moto matches patterns, but delivers to few targets, ignores Input, InputPath and disabled rules,
has no retries and no dead-letter queue, lets a rule with only a schedule match every event, and
sends S3's events to every bus twice for a multipart upload.
AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule, events_backends
from moto.s3 import notifications

from autolote.local.aws.account import Account
from autolote.local.aws.acting import EVENTS, Service
from autolote.local.aws.deliveries import TARGETS, Deliveries, supported
from autolote.local.aws.input_transformation import target_input
from autolote.local.aws.patches import original, put, replace

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete": "DeleteObject",
    "s3:ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}


def install(account: Account, deliveries: Deliveries) -> None:
    """Put our delivery in the place of moto's."""

    def send_to_targets(
        self: Any, original_event: Mapping[str, Any], transform_input: bool = True
    ) -> None:
        if self.state == "DISABLED" or not self.event_pattern.get_pattern():
            return
        event = envelope(original_event)
        if self.event_pattern.matches_event(event):
            deliver(self, event, deliveries)

    replace(
        Rule, "send_to_targets", send_to_targets, signature="self, original_event, transform_input"
    )
    put_targets = original(
        EventsBackend, "put_targets", signature="self, name, event_bus_arn, targets"
    )

    def put_deliverable_targets(
        self: Any, name: str, event_bus_arn: str, targets: list[dict[str, Any]]
    ) -> None:
        for target in targets:
            if not supported(target["Arn"]):
                raise ValidationException(
                    f"the local account delivers events to {', '.join(TARGETS)}, "
                    f"and this target is {target['Arn']}"
                )
        put_targets(self, name, event_bus_arn, targets)

    put(EventsBackend, "put_targets", put_deliverable_targets)
    replace(
        notifications,
        "_send_event_bridge_message",
        _object_event(account),
        signature="account_id, bucket, event_name, key",
    )


def deliver(rule: Any, event: Mapping[str, Any], deliveries: Deliveries) -> None:
    """Start the delivery of an event to every target of a rule."""
    for target in list(rule.targets):
        deliveries.start(
            target=target,
            body=target_input(target, event, rule_name=rule.name, rule_arn=rule.arn),
            dead_letter_body=json.dumps(event),
            origin={"RULE_ARN": rule.arn},
            by=Service(name=EVENTS, source_arn=rule.arn),
        )


def envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as targets see it, with the time as EventBridge writes it."""
    moment = event.get("time")
    if isinstance(moment, int | float):
        moment = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "version": "0",
        "id": event["id"],
        "detail-type": event["detail-type"],
        "source": event["source"],
        "account": event["account"],
        "time": moment,
        "region": event["region"],
        "resources": list(event.get("resources") or []),
        "detail": event["detail"],
    }


def publish(account: Account, event: Mapping[str, Any]) -> None:
    """Put one event of an AWS service on the default bus (callers may not use `aws.*` sources).

    Args:
        event: `source`, `detail-type`, `detail`, and `resources` if there are any.
    """
    found = {"id": str(uuid.uuid4()), "time": time.time(), **event}
    found |= {"account": account.account_id, "region": account.region}
    backend = events_backends[account.account_id][account.region]
    for rule in list(backend.event_buses["default"].rules.values()):
        rule.send_to_targets(found)  # type: ignore[arg-type]


def _object_event(account: Account) -> Any:
    def send(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
        event_name = str(getattr(event_name, "value", event_name))
        if event_name == "s3:ObjectCreated:Put" and key.multipart is not None:
            return  # moto tells of the end of a multipart upload twice
        publish(
            account,
            {
                "source": "aws.s3",
                "detail-type": notifications._detail_type(event_name),
                "resources": [bucket.arn],
                "detail": _object_detail(account, bucket, event_name, key),
            },
        )

    return send


def _object_detail(account: Account, bucket: Any, event_name: str, key: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"key": key.name}
    if hasattr(key, "size"):
        found |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        found["version-id"] = key.version_id
    found["sequencer"] = f"{time.time_ns():018X}"
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": found,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account.account_id,
        "source-ip-address": "127.0.0.1",
    }
    if reason := _REASONS.get(event_name):
        detail["reason"] = reason
    if "ObjectRemoved" in event_name:
        marker = event_name.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if marker else "Permanently Deleted"
    return detail
