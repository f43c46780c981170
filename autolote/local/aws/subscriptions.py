"""SNS to its subscribers in the account: a queue's or a function's policy must let the topic in.

moto hands a message over without asking. A subscriber that refuses is not tried again: the message
goes to the subscription's dead-letter queue, or is lost.
AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html and
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

import json
import logging
from typing import Any

from moto.sns.models import Subscription

from autolote.local.aws.account import Account
from autolote.local.aws.acting import Service
from autolote.local.aws.failures import send_to_queue
from autolote.local.aws.patches import original, put
from autolote.local.iam.model import AccessDeniedError

logger = logging.getLogger(__name__)
SNS = "sns.amazonaws.com"


def install(account: Account) -> None:
    """Ask each subscriber before it is handed a message."""
    publish = original(Subscription, "publish")

    def publish_allowed(self: Any, message: str, *given: Any, **named: Any) -> None:
        by = Service(name=SNS, source_arn=self.topic.arn)
        try:
            _ask(account, by, protocol=self.protocol, endpoint=self.endpoint)
        except AccessDeniedError as error:
            _give_up(account, by, self, message, error)
            return
        publish(self, message, *given, **named)

    put(Subscription, "publish", publish_allowed)


def _ask(account: Account, by: Service, *, protocol: str, endpoint: str) -> None:
    if protocol == "sqs":
        name = endpoint.rpartition(":")[2]
        account.require_call(by, "sqs", "SendMessage", QueueUrl=name)
    elif protocol == "lambda":
        account.require_call(by, "lambda", "Invoke", FunctionName=endpoint)


def _give_up(
    account: Account, by: Service, subscription: Any, message: str, error: AccessDeniedError
) -> None:
    logger.warning("%s does not get a message: %s", subscription.endpoint, error)
    policy = subscription.attributes.get("RedrivePolicy")
    if policy:
        queue = json.loads(policy)["deadLetterTargetArn"]
        told = {"ERROR_CODE": "AccessDenied", "ERROR_MESSAGE": str(error)[:1024]}
        send_to_queue(account, by, queue, message, told)
