"""What Step Functions asks of a machine's role: to act under it, to log, to use the machine's key.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html,
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and
https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from autolote.local.aws.account import Account, RoleNotAssumedError
from autolote.local.aws.acting import STATES, Service, Session
from autolote.local.aws.encryption import use_key
from autolote.local.aws.patches import original, put
from autolote.local.iam.model import Access, AccessDeniedError

DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What sets up logging under the machine's role, on no resource; some are no API operations."""
_NO_TRUST = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is "
    "authorized to assume the provided role."
)
_NO_LOG = "The state machine IAM Role is not authorized to access the Log Destination"


class RoleRefusedError(AWSError):
    """The machine's role does not allow what the machine is to do."""

    TYPE = "AccessDeniedException"
    STATUS = 400


class KeyRefusedError(AWSError):
    """The key of a machine does not let its role in."""

    TYPE = "KmsAccessDeniedException"
    STATUS = 400


def acting(role_arn: str, machine_arn: str) -> Session:
    """Step Functions under the role of a machine."""
    by = Service(name=STATES, source_arn=machine_arn)
    return Session(role_arn=role_arn, name="states", by=by)


def install(account: Account) -> None:
    """Ask before a machine is made or changed."""
    create = original(StepFunctionsParserBackend, "create_state_machine")
    update = original(StepFunctionsParserBackend, "update_state_machine")

    def create_checked(self: Any, **asked: Any) -> Any:
        where = f"{account.region}:{account.account_id}"
        session = acting(asked["roleArn"], f"arn:aws:states:{where}:stateMachine:{asked['name']}")
        _check_trust(account, session)
        _check_log(
            account,
            session,
            asked.get("loggingConfiguration") or {},
            encryption=asked.get("encryptionConfiguration"),
        )
        return create(self, **asked)

    def update_checked(self: Any, arn: str, *asked: Any, **named: Any) -> Any:
        machine = self.describe_state_machine(arn)
        session = acting(named.get("role_arn") or machine.roleArn, arn)
        if named.get("role_arn"):
            _check_trust(account, session)
        logging = named.get("logging_configuration")
        encryption = named.get("encryption_configuration") or machine.encryptionConfiguration
        _check_log(account, session, logging or {}, encryption=encryption)
        return update(self, arn, *asked, **named)

    put(StepFunctionsParserBackend, "create_state_machine", create_checked)
    put(StepFunctionsParserBackend, "update_state_machine", update_checked)


def use_machine_key(account: Account, machine: Any, role_arn: str) -> None:
    """What an execution needs of its machine's key, under the machine's role.

    Raises:
        KeyRefusedError: the key or the role does not allow it.
    """
    arn = getattr(machine, "source_arn", None) or machine.arn
    key = (machine.encryptionConfiguration or {}).get("kmsKeyId")
    if not key:
        return
    try:
        use_key(
            account,
            acting(role_arn, arn),
            key,
            "GenerateDataKey",
            "Decrypt",
            context={"aws:states:stateMachineArn": arn},
            via="states",
            operation="states: encrypt an execution",
        )
    except AccessDeniedError as error:
        raise KeyRefusedError(str(error)) from error


def _check_trust(account: Account, session: Session) -> None:
    try:
        account.check_trust(session)
    except RoleNotAssumedError as error:
        raise RoleRefusedError(_NO_TRUST) from error


def _check_log(
    account: Account, session: Session, logging: Mapping[str, Any], *, encryption: Any
) -> None:
    """Set up the delivery of the log, under the machine's role.

    A machine under a key of its own encrypts what it hands to the delivery: the role makes the
    data key, and the delivery opens it.
    """
    if not logging.get("destinations") or logging.get("level", "OFF") == "OFF":
        return
    key = (encryption or {}).get("kmsKeyId")
    source = f"arn:aws:logs:{account.region}:{account.account_id}:*"
    delivery = Service(name="delivery.logs.amazonaws.com", source_arn=source)
    try:
        accesses = [Access(action=action) for action in DELIVERY]
        account.require(session, *accesses, operation="states: deliver the log of a machine")
        for actor, use in ((session, "GenerateDataKey"), (delivery, "Decrypt")) if key else ():
            use_key(
                account,
                actor,
                str(key),
                use,
                context={"SourceArn": source},
                via="states",
                operation="states: deliver the log of an encrypted machine",
            )
    except AccessDeniedError as error:
        raise RoleRefusedError(_NO_LOG) from error
