"""Alarms that are put into a state tell the topics of that state, if these let CloudWatch in.

Nothing here makes the metrics of AWS services, so that an alarm goes off by SetAlarmState alone.
An action that fails is a matter of the alarm's history, never of who set the state. AWS:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.cloudwatch.models import CloudWatchBackend

from autolote.local.aws.account import Account
from autolote.local.aws.acting import Service
from autolote.local.aws.patches import original, put
from autolote.local.aws.pending import Pending

logger = logging.getLogger(__name__)
KIND = "alarm action"
CLOUDWATCH = "cloudwatch.amazonaws.com"
_ACTIONS = {
    "ALARM": "alarm_actions",
    "OK": "ok_actions",
    "INSUFFICIENT_DATA": "insufficient_data_actions",
}


def install(account: Account, pending: Pending) -> None:
    """Carry out the actions of an alarm whose state is set to another one."""
    set_state = original(
        CloudWatchBackend,
        "set_alarm_state",
        signature="self, alarm_name, reason, reason_data, state_value",
    )

    def set_and_tell(
        self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
    ) -> None:
        before = getattr(self.alarms.get(alarm_name), "state_value", None)
        set_state(self, alarm_name, reason, reason_data, state_value)
        alarm = self.alarms[alarm_name]
        if before == state_value or not alarm.actions_enabled:
            return
        for action in getattr(alarm, _ACTIONS[state_value]):
            message = _message(account, alarm, old=before, reason=reason)
            pending.start(KIND, {"alarm": alarm.alarm_arn, "action": action, "message": message})

    def act(payload: dict[str, Any]) -> None:
        if payload["action"].split(":")[2] != "sns":
            logger.error("the local account carries out no action %s", payload["action"])
            return
        by = Service(name=CLOUDWATCH, source_arn=payload["alarm"])
        try:
            account.client("sns", by).publish(
                TopicArn=payload["action"], Message=json.dumps(payload["message"])
            )
        except ClientError as error:
            logger.error("Failed to execute action %s. %s", payload["action"], error)

    put(CloudWatchBackend, "set_alarm_state", set_and_tell)
    pending.register(KIND, act)


def _message(account: Account, alarm: Any, *, old: str | None, reason: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AWSAccountId": account.account_id,
        "NewStateValue": alarm.state_value,
        "OldStateValue": old,
        "NewStateReason": reason,
        "StateChangeTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
