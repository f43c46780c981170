"""Bringing an event to its target: retries with backoff, then the dead-letter queue.

EventBridge and EventBridge Scheduler share it. Errors that another try cannot mend (the target is
gone, the role may not) go to the dead-letter queue at once.
Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import json
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autolote.local.aws.account import Account, RoleNotAssumedError
from autolote.local.aws.acting import EVENTS, SCHEDULER, Actor, Service, Session
from autolote.local.aws.failures import queue_url, send_to_queue
from autolote.local.aws.pending import Pending

KIND = "event delivery"
MAX_DELAY = 900  # account seconds between two attempts
TARGETS = ("lambda", "states", "sqs", "sns", "logs", "events")
_RETRYABLE = ("Throttl", "TooManyRequests", "ServiceUnavailable", "InternalFailure", "Internal")


def supported(target_arn: str) -> bool:
    """Whether the local account can deliver to this target."""
    parts = target_arn.split(":")
    return len(parts) > 5 and parts[2] in TARGETS


class Deliveries:
    """The deliveries of the account, each a piece of pending work."""

    def __init__(self, *, account: Account, pending: Pending) -> None:
        self._account = account
        self._pending = pending
        pending.register(KIND, self._deliver)

    def start(
        self,
        *,
        target: Mapping[str, Any],
        body: str,
        dead_letter_body: str,
        origin: Mapping[str, str],
        by: Service,
    ) -> None:
        """Deliver `body` to an EventBridge or Scheduler target.

        Args:
            target: the target as it was put (Arn, RoleArn, RetryPolicy, DeadLetterConfig, ...).
            body: what the target receives; `<aws.scheduler.attempt-number>` is filled in here.
            dead_letter_body: what a dead-letter message holds.
            origin: message attributes that name the rule or schedule.
            by: the service that delivers, and for what. It acts under the target's role if that
                has one, and for itself if not.
        """
        self._pending.start(
            KIND,
            {
                "id": str(uuid.uuid4()),
                "target": dict(target),
                "body": body,
                "dead_letter_body": dead_letter_body,
                "origin": dict(origin),
                "by": asdict(by),
                "attempts": 0,
                "age": 0.0,
            },
        )

    def _deliver(self, work: dict[str, Any]) -> None:
        policy = work["target"].get("RetryPolicy") or {}
        retries = int(policy.get("MaximumRetryAttempts", 185))
        oldest = float(policy.get("MaximumEventAgeInSeconds", 86400))
        while True:
            try:
                self._send(work)
                return
            except (ClientError, BotoCoreError) as error:
                code, message = _error(error, by=_service(work))
                final = isinstance(error, ClientError) and not _may_pass(error)
            work["attempts"] += 1
            delay = random.uniform(0.5, 1) * min(2.0 ** work["attempts"], MAX_DELAY)
            work["age"] += delay
            if final or work["attempts"] > retries or work["age"] > oldest:
                break
            time.sleep(delay / self._account.speed)
        condition = (
            ""
            if final
            else ("MaximumEventAge" if work["attempts"] <= retries else "MaximumRetryAttempts")
        )
        self._give_up(work, code=code, message=message, condition=condition)

    def _give_up(self, work: dict[str, Any], *, code: str, message: str, condition: str) -> None:
        queue = (work["target"].get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        by = _service(work)
        # A rule writes its dead letters itself, a schedule under its execution role.
        actor = by if by.name == EVENTS else _actor(work)
        attributes = {
            **work["origin"],
            "TARGET_ARN": work["target"]["Arn"],
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message[:1024],
            "RETRY_ATTEMPTS": str(work["attempts"] - 1),
        }
        if condition:
            attributes["EXHAUSTED_RETRY_CONDITION"] = condition
        send_to_queue(self._account, actor, queue, work["dead_letter_body"], attributes)

    def _send(self, work: dict[str, Any]) -> None:
        target = work["target"]
        arn: str = target["Arn"]
        body = work["body"].replace("<aws.scheduler.attempt-number>", str(work["attempts"] + 1))
        service = arn.split(":")[2]
        client = self._account.client(_CLIENTS.get(service, service), _actor(work))
        if service == "lambda":
            client.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
        elif service == "states":
            name = f"{work['id']}_{uuid.uuid4()}"
            client.start_execution(stateMachineArn=arn, name=name[:80], input=body)
        elif service == "sqs":
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            extra = {"MessageGroupId": group} if group else {}
            url = queue_url(self._account, arn)
            client.send_message(QueueUrl=url, MessageBody=body, **extra)
        elif service == "sns":
            client.publish(TopicArn=arn, Message=body)
        elif service == "events":
            _put_event(client, target, body)
        else:
            self._write_log(client, arn.split("log-group:")[1].removesuffix(":*"), body)

    @staticmethod
    def _write_log(client: Any, group: str, body: str) -> None:
        stream = str(uuid.uuid4())
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        client.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": int(time.time() * 1000), "message": body}],
        )


_CLIENTS = {"states": "stepfunctions"}


def _put_event(client: Any, target: Mapping[str, Any], body: str) -> None:
    """To another bus: as the event it was, or as a Scheduler target's own parameters say."""
    asked = target.get("EventBridgeParameters")
    event = {} if asked else json.loads(body)
    entry = {
        "Source": asked["Source"] if asked else event["source"],
        "DetailType": asked["DetailType"] if asked else event["detail-type"],
        "Detail": body if asked else json.dumps(event["detail"]),
        "EventBusName": target["Arn"],
    }
    if not asked:
        entry["Resources"] = event.get("resources", [])
    client.put_events(Entries=[entry])


def _may_pass(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 400))
    return status >= 500 or code.startswith(_RETRYABLE)


def _error(error: Exception, *, by: Service) -> tuple[str, str]:
    """The ERROR_CODE and ERROR_MESSAGE of a dead letter: a schedule's names the target's error,
    a rule's is one of EventBridge's own."""
    if not isinstance(error, ClientError):
        return "SDK_CLIENT_ERROR", str(error)
    code, message = (str(error.response["Error"][part]) for part in ("Code", "Message"))
    return (code if by.name != EVENTS else _rule_error(error, code)), message


def _rule_error(error: ClientError, code: str) -> str:
    if isinstance(error, RoleNotAssumedError):
        return "FAILED_TO_ASSUME_ROLE"
    found = (ours for start, ours in _RULE_ERRORS.items() if code.startswith(start))
    return next(found, "ERROR_FROM_TARGET")


_RULE_ERRORS = {
    "AccessDenied": "NO_PERMISSIONS",
    "AuthorizationError": "NO_PERMISSIONS",
    "KMSAccessDenied": "NO_PERMISSIONS",
    "KMS.AccessDenied": "NO_PERMISSIONS",
    "ResourceNotFound": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
    "QueueDoesNotExist": "NO_RESOURCE",
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "Throttl": "THROTTLING",
    "TooManyRequests": "THROTTLING",
    "Internal": "INTERNAL_ERROR",
    "ServiceUnavailable": "INTERNAL_ERROR",
}
"""How a target's error begins, and what EventBridge makes of it (eb-rule-dlq.html)."""


_SESSIONS = {EVENTS: "events", SCHEDULER: "AmazonEventBridgeScheduler"}


def _service(work: Mapping[str, Any]) -> Service:
    return Service(**work["by"])


def _actor(work: Mapping[str, Any]) -> Actor:
    by, role = _service(work), work["target"].get("RoleArn")
    return Session(role_arn=role, name=_SESSIONS[by.name], by=by) if role else by
