"""EventBridge Scheduler, and EventBridge rules with a schedule: a clock that fires them.

moto keeps schedules and never fires one. The clock here runs at the account's speed and stands
still while the account is down; `<aws.scheduler.scheduled-time>` is its time. A flexible window
is entered at its beginning.
AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
import logging
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from autolote.local.aws import events, schedule_checks
from autolote.local.aws.account import Account
from autolote.local.aws.acting import Session
from autolote.local.aws.clock import Clock
from autolote.local.aws.deliveries import Deliveries
from autolote.local.aws.encryption import use_key
from autolote.local.aws.schedule_expressions import Expression, parse
from autolote.local.iam.model import AccessDeniedError

logger = logging.getLogger(__name__)
LONGEST_SLEEP = 3600.0  # real seconds; the clock is woken when a schedule changes


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One schedule or rule as it stands now."""

    arn: str
    expression: Expression
    starts: datetime | None
    ends: datetime | None
    source: Any


class Schedules:
    """Fires what is due. `created` and `fired` (by ARN) are part of the kept state."""

    def __init__(self, *, account: Account, deliveries: Deliveries) -> None:
        self._account = account
        self._deliveries = deliveries
        self.clock = Clock(speed=account.speed, anchor=datetime.now(UTC))
        self._created: dict[str, tuple[str, datetime]] = {}
        self._fired: dict[str, datetime] = {}
        self._wake = threading.Event()
        self._ended = False

    def start(self) -> None:
        """Begin to fire."""
        threading.Thread(target=self._run, name="schedules", daemon=True).start()

    def close(self) -> None:
        """Stop firing."""
        self._ended = True
        self._wake.set()

    def changed(self) -> None:
        """A schedule was created, changed or deleted."""
        self._wake.set()

    def snapshot(self) -> dict[str, Any]:
        """What is to be kept."""
        return {
            "now": self.clock.now(),
            "created": dict(self._created),
            "fired": dict(self._fired),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on where the account went down."""
        self.clock = Clock(speed=self._account.speed, anchor=kept["now"])
        self._created, self._fired = dict(kept["created"]), dict(kept["fired"])

    def _run(self) -> None:
        while not self._ended:
            self._wake.clear()
            try:
                soonest = self.fire_what_is_due()
            except Exception:
                logger.exception("the schedules could not be read")
                soonest = None
            wait = self.clock.seconds_until(soonest) if soonest else LONGEST_SLEEP
            self._wake.wait(min(max(wait, 0.01), LONGEST_SLEEP))

    def fire_what_is_due(self) -> datetime | None:
        """Fire every schedule whose time has come; returns when the next one's will."""
        now = self.clock.now()
        soonest: datetime | None = None
        entries = list(self._entries(now))
        for gone in set(self._created) - {entry.arn for entry in entries}:
            self._created.pop(gone)
            self._fired.pop(gone, None)
        for entry in entries:
            due = self._next(entry, now)
            while due is not None and due <= now:
                self._fired[entry.arn] = due
                self._fire(entry, due)
                due = self._next(entry, now)
            if due is not None and (soonest is None or due < soonest):
                soonest = due
        return soonest

    def _next(self, entry: Entry, now: datetime) -> datetime | None:
        last = self._fired.get(entry.arn)
        begin = max(self._created[entry.arn][1], entry.starts or self._created[entry.arn][1])
        is_schedule = ":scheduler:" in entry.arn
        if last is None and entry.expression.period is not None and is_schedule:
            due: datetime | None = begin  # a Scheduler rate fires when it begins, a rule's later
        else:
            due = entry.expression.next_after(last or begin)
        if due is None or (entry.ends is not None and due > entry.ends):
            return None
        return due

    def _entries(self, now: datetime) -> Iterator[Entry]:
        account, region = self._account.account_id, self._account.region
        for group in list(scheduler_backends[account][region].schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                if schedule.state == "ENABLED":
                    yield self._of_schedule(schedule, now)
        for rule in list(events_backends[account][region].event_buses["default"].rules.values()):
            if rule.scheduled_expression and rule.state == "ENABLED":
                yield self._entry(rule.arn, rule.scheduled_expression, "UTC", now, source=rule)

    def _of_schedule(self, schedule: Any, now: datetime) -> Entry:
        return self._entry(
            schedule.arn,
            schedule.schedule_expression,
            schedule.schedule_expression_timezone,
            now,
            source=schedule,
            starts=_moment(schedule.start_date),
            ends=_moment(schedule.end_date),
        )

    def _entry(
        self,
        arn: str,
        text: str,
        timezone: str,
        now: datetime,
        *,
        source: Any,
        starts: datetime | None = None,
        ends: datetime | None = None,
    ) -> Entry:
        definition = f"{text} {timezone} {starts}"
        if self._created.get(arn, ("",))[0] != definition:
            self._created[arn] = (definition, now)
            self._fired.pop(arn, None)
        begin = max(self._created[arn][1], starts or self._created[arn][1])
        expression = parse(text, timezone=timezone, start=begin)
        return Entry(arn=arn, expression=expression, starts=starts, ends=ends, source=source)

    def _fire(self, entry: Entry, due: datetime) -> None:
        logger.info("%s fires for %s", entry.arn, due.isoformat())
        if ":scheduler:" not in entry.arn:
            events.deliver(entry.source, self._scheduled_event(entry, due), self._deliveries)
            return
        target = entry.source.target
        session = schedule_checks.acting(self._account, target["RoleArn"], entry.source.group_name)
        if not self._opens(entry, session):
            return
        body = self._scheduler_input(entry, due)
        self._deliveries.start(
            target=target,
            body=body,
            dead_letter_body=body,
            origin={"SCHEDULE_ARN": entry.arn},
            by=session.by,
        )
        if entry.source.action_after_completion == "DELETE":
            last = entry.expression.next_after(due) is None
            if last:
                account, region = self._account.account_id, self._account.region
                backend = scheduler_backends[account][region]
                backend.delete_schedule(entry.source.group_name, entry.source.name)

    def _opens(self, entry: Entry, session: Session) -> bool:
        """Whether a schedule under a key can be read, which its execution role must be allowed:
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html"""
        if not entry.source.kms_key_arn:
            return True
        try:
            use_key(
                self._account,
                session,
                entry.source.kms_key_arn,
                "Decrypt",
                context={"aws:scheduler:schedule:arn": entry.arn},
                via="scheduler",
                operation="scheduler: read a schedule",
            )
        except AccessDeniedError as error:
            logger.warning("%s does not fire: %s", entry.arn, error)
            return False
        return True

    def _scheduler_input(self, entry: Entry, due: datetime) -> str:
        given = entry.source.target.get("Input")
        if given is None:
            event = self._scheduled_event(entry, due)
            return json.dumps({**event, "source": "aws.scheduler", "detail": "{}"})
        filled = str(given)
        for name, value in {
            "schedule-arn": entry.arn,
            "scheduled-time": f"{due:%Y-%m-%dT%H:%M:%SZ}",
            "execution-id": str(uuid.uuid4()),
        }.items():
            filled = filled.replace(f"<aws.scheduler.{name}>", value)
        return filled

    def _scheduled_event(self, entry: Entry, due: datetime) -> dict[str, Any]:
        return events.envelope(
            {
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": self._account.account_id,
                "time": f"{due:%Y-%m-%dT%H:%M:%SZ}",
                "region": self._account.region,
                "resources": [entry.arn],
                "detail": {},
            }
        )


def install(account: Account, deliveries: Deliveries) -> Schedules:
    """The clock, not yet started; what it cannot fire is refused from now on."""
    schedules = Schedules(account=account, deliveries=deliveries)
    schedule_checks.install(account, schedules.changed)
    return schedules


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(float(value), UTC)
