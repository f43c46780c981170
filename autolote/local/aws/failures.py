"""Where events go that could not be delivered or processed: a queue, or a destination."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from autolote.local.aws.account import Account

logger = logging.getLogger(__name__)


def send_to_queue(
    account: Account, queue_arn: str, body: str, attributes: Mapping[str, str]
) -> None:
    """Put a message with string attributes on a dead-letter queue (or topic, as Lambda allows)."""
    found = {
        name: {"DataType": "String", "StringValue": value or "-"}
        for name, value in attributes.items()
    }
    try:
        if queue_arn.split(":")[2] == "sns":
            account.client("sns").publish(TopicArn=queue_arn, Message=body, MessageAttributes=found)
            return
        url = queue_url(account, queue_arn)
        account.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=found)
    except ClientError:
        logger.exception("the dead-letter target %s could not be written", queue_arn)


def queue_url(account: Account, queue_arn: str) -> str:
    """The URL of a queue of this account."""
    found = account.client("sqs").get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])
    return str(found["QueueUrl"])


def send_to_destination(
    account: Account, arn: str, record: Mapping[str, Any], *, role_arn: str
) -> None:
    """Send an invocation record to a Lambda destination, under the function's role."""
    service, body = arn.split(":")[2], json.dumps(record)
    try:
        if service == "sqs":
            url = queue_url(account, arn)
            account.client("sqs", role_arn).send_message(QueueUrl=url, MessageBody=body)
        elif service == "sns":
            account.client("sns", role_arn).publish(TopicArn=arn, Message=body)
        elif service == "lambda":
            account.client("lambda", role_arn).invoke(
                FunctionName=arn, InvocationType="Event", Payload=body.encode()
            )
        else:
            logger.error("the local account sends no invocation record to %s", arn)
    except ClientError:
        logger.exception("the destination %s could not be written", arn)
