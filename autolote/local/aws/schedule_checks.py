"""Refusing, when it is created, a schedule that the clock cannot fire.

moto takes any expression and any target. AWS:
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import ValidationException as RuleValidationException
from moto.events.models import EventsBackend
from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend

from autolote.local.aws.account import Account, RoleNotAssumedError
from autolote.local.aws.acting import SCHEDULER, Service, Session
from autolote.local.aws.deliveries import TARGETS, supported
from autolote.local.aws.patches import original, put
from autolote.local.aws.schedule_expressions import parse

_NO_TRUST = (
    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
)


def acting(account: Account, role_arn: str, group: str) -> Session:
    """The Scheduler under a schedule's execution role.

    What it acts for is the schedule's group, not the schedule. Source:
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    where = f"{account.region}:{account.account_id}"
    arn = f"arn:aws:scheduler:{where}:schedule-group/{group}"
    by = Service(name=SCHEDULER, source_arn=arn)
    return Session(role_arn=role_arn, name="AmazonEventBridgeScheduler", by=by)


def install(account: Account, changed: Callable[[], None]) -> None:
    """Check first; `changed` is called after a schedule was created or changed."""
    create = original(
        EventBridgeSchedulerBackend,
        "create_schedule",
    )
    update = original(
        EventBridgeSchedulerBackend,
        "update_schedule",
    )
    put_rule = original(
        EventsBackend,
        "put_rule",
    )

    def create_checked(self: Any, **asked: Any) -> Any:
        if (asked.get("group_name") or "default") not in self.schedule_groups:
            raise ScheduleGroupNotFound(asked["group_name"])
        _check(account, asked)
        made = create(self, **asked)
        changed()
        return made

    def update_checked(self: Any, **asked: Any) -> Any:
        _check(account, asked)
        # UpdateSchedule replaces the whole schedule: what is not given takes its default.
        made = update(self, **{**asked, "state": asked.get("state") or "ENABLED"})
        changed()
        return made

    def put_checked_rule(self: Any, *given: Any, **asked: Any) -> Any:
        if text := asked.get("scheduled_expression"):
            try:
                parse(text, start=datetime.now(UTC))
            except ValueError as error:
                raise RuleValidationException(str(error)) from error
        made = put_rule(self, *given, **asked)
        changed()
        return made

    put(EventBridgeSchedulerBackend, "create_schedule", create_checked)
    put(EventBridgeSchedulerBackend, "update_schedule", update_checked)
    put(EventsBackend, "put_rule", put_checked_rule)


def _check(account: Account, asked: Mapping[str, Any]) -> None:
    timezone = asked.get("schedule_expression_timezone") or "UTC"
    try:
        parse(asked["schedule_expression"], timezone=timezone, start=datetime.now(UTC))
    except ValueError as error:
        raise _refusal(str(error)) from error
    if not supported(asked["target"]["Arn"]):
        raise _refusal(
            f"the local account's schedules reach {', '.join(TARGETS)}, "
            f"and this target is {asked['target']['Arn']}"
        )
    role, group = asked["target"]["RoleArn"], asked.get("group_name") or "default"
    try:
        account.check_trust(acting(account, role, group))
    except RoleNotAssumedError as error:
        raise _refusal(_NO_TRUST) from error


def _refusal(message: str) -> JsonRESTError:
    return ValidationException(message=message)
