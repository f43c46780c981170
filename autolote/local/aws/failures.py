"""Where events go that could not be delivered or processed: a queue, or a destination."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws.account import Account
from autolote.local.aws.acting import Actor, Session

logger = logging.getLogger(__name__)


def send_to_queue(
    account: Account, actor: Actor, queue_arn: str, body: str, attributes: Mapping[str, str]
) -> None:
    """Put a message with string attributes on a dead-letter queue (or topic, as Lambda allows)."""
    found = {
        name: {"DataType": "String", "StringValue": value or "-"}
        for name, value in attributes.items()
    }
    try:
        if queue_arn.split(":")[2] == "sns":
            account.client("sns", actor).publish(
                TopicArn=queue_arn, Message=body, MessageAttributes=found
            )
            return
        url = queue_url(account, queue_arn)
        account.client("sqs", actor).send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes=found
        )
    except ClientError:
        logger.exception("the dead-letter target %s could not be written", queue_arn)


def queue_url(account: Account, queue_arn: str) -> str:
    """The URL of a queue of this account."""
    found = account.client("sqs").get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])
    return str(found["QueueUrl"])


def send_to_destination(
    account: Account, session: Session, arn: str, record: Mapping[str, Any]
) -> None:
    """Send an invocation record to a Lambda destination, under the function's role."""
    service, body = arn.split(":")[2], json.dumps(record)
    try:
        if service == "sqs":
            url = queue_url(account, arn)
            account.client("sqs", session).send_message(QueueUrl=url, MessageBody=body)
        elif service == "sns":
            account.client("sns", session).publish(TopicArn=arn, Message=body)
        elif service == "lambda":
            account.client("lambda", session).invoke(
                FunctionName=arn, InvocationType="Event", Payload=body.encode()
            )
        else:
            logger.error("the local account sends no invocation record to %s", arn)
    except ClientError:
        logger.exception("the destination %s could not be written", arn)
