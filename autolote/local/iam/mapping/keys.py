"""KMS keys that a call uses on the way: what is encrypted needs its key as well.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html and
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from collections.abc import Mapping, Sequence

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from autolote.local.iam.mapping.readers import key_arn
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, Value

_AWS_MANAGED = "alias/aws/"


def key_uses(
    request: Request,
    key: str | None,
    *,
    service: str,
    actions: Sequence[str],
    context: Mapping[str, str],
) -> list[Access]:
    """The use of a key by a service for the caller.

    Args:
        request: the call on whose behalf.
        key: the key's id, ARN or alias; nothing is needed without one, or with a key of AWS's,
            whose policy lets everybody in the account use it through that service.
        service: through which service (`s3`).
        actions: of KMS, without their prefix.
        context: the encryption context.
    """
    if not key or _AWS_MANAGED in key:
        return []
    keys: dict[str, Value] = {
        "kms:ViaService": f"{service}.{request.region}.amazonaws.com",
        "kms:CallerAccount": request.account_id,
    }
    if context:
        keys["kms:EncryptionContextKeys"] = tuple(context)
    for name, value in context.items():
        keys[f"kms:EncryptionContext:{name}"] = value
    arn = key_arn(key, request)
    return [Access(action=f"kms:{name}", resource=arn, context=keys) for name in actions]


_QUEUE_USES = {
    "SendMessage": ("GenerateDataKey", "Decrypt"),
    "SendMessageBatch": ("GenerateDataKey", "Decrypt"),
    "ReceiveMessage": ("Decrypt",),
}
_TOPIC_USES = ("Publish", "PublishBatch")
_MACHINE_READS = (
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "StartSyncExecution",
)


def implied_keys(request: Request, accesses: Sequence[Access]) -> list[Access]:
    """What a call needs of the key of the queue, topic or state machine it is about."""
    if not accesses:
        return []
    arn = accesses[0].resource
    if request.service == "sqs" and request.operation in _QUEUE_USES:
        queue = sqs_backends[request.account_id][request.region].queues.get(_last(arn))
        key = getattr(queue, "kms_master_key_id", None)
        uses: Sequence[str] = _QUEUE_USES[request.operation]
        return key_uses(request, key, service="sqs", actions=uses, context={"aws:sqs:arn": arn})
    if request.service == "sns" and request.operation in _TOPIC_USES:
        topic = sns_backends[request.account_id][request.region].topics.get(arn)
        key = topic.kms_master_key_id if topic else None
        uses = ("GenerateDataKey", "Decrypt")
        return key_uses(
            request, key, service="sns", actions=uses, context={"aws:sns:topicArn": arn}
        )
    if request.service == "states" and request.operation in _MACHINE_READS:
        if request.given("includedData") == "METADATA_ONLY":
            return []
        return machine_key(request, _machine(arn), actions=("Decrypt",))
    return []


def machine_key(request: Request, machine_arn: str, *, actions: Sequence[str]) -> list[Access]:
    """The use of the key of a state machine, where it has one."""
    machines = stepfunctions_parser_backends[request.account_id][request.region].state_machines
    machine = next((one for one in machines if one.arn == machine_arn), None)
    key = (machine.encryptionConfiguration or {}).get("kmsKeyId") if machine else None
    context = {"aws:states:stateMachineArn": machine_arn}
    return key_uses(request, key, service="states", actions=actions, context=context)


def _machine(arn: str) -> str:
    """The state machine of an execution's ARN, or itself."""
    parts = arn.split(":")
    if parts[5] != "execution":
        return arn
    return ":".join([*parts[:5], "stateMachine", parts[6]])


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]
