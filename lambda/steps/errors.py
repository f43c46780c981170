# ruff: noqa: N818 - the names are a contract: the state machine's Retry and Catch match on them.
"""The errors a handler raises. Lambda tells Step Functions the class's name as the error."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rules.violations import Violation, as_dicts, within

# A state's Cause has 32,768 characters at most, and holds the message as JSON within JSON:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
_LONGEST_CAUSE = 12_000


class InvalidRequest(Exception):
    """The request is refused; the message is a JSON list of every violation."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = within(as_dicts(violations), longest=_LONGEST_CAUSE)
        super().__init__(json.dumps(self.violations, ensure_ascii=False))


class InvalidEvent(Exception):
    """The starter was called with something that is no trigger it knows."""


class TokenUsed(Exception):
    """The token belongs to another request of the same experiment."""


class GateNotMet(Exception):
    """The trained model does not reach what the request asks for."""


class AutoMLJobFailed(Exception):
    """The AutoML job ended as Failed; the message has SageMaker's reason."""


class AutoMLJobStopped(Exception):
    """Somebody stopped the AutoML job."""


class AutoMLTimedOut(Exception):
    """The AutoML job runs on beyond its limit and margin."""


class TrainingJobFailed(Exception):
    """The training job ended as Failed; the message has SageMaker's reason."""


class TrainingJobStopped(Exception):
    """Somebody stopped the training job."""


class TrainingTimedOut(Exception):
    """The training job reached its limit of runtime or of waiting for spot capacity."""


class NoModel(Exception):
    """The training job completed without a model that could be used."""


class NoCandidate(Exception):
    """The AutoML job completed without a candidate that could be used."""


class TransformJobFailed(Exception):
    """The transform job ended as Failed; the message has SageMaker's reason."""


class TransformJobStopped(Exception):
    """Somebody stopped the transform job; a stopped job leaves no output."""


class TransformTimedOut(Exception):
    """The transform job runs on beyond its limit."""


class UnknownStatus(Exception):
    """SageMaker gave a status that this version does not know."""


class OutputMismatch(Exception):
    """The predictions do not fit the rows that were scored."""


class GoldenMismatch(Exception):
    """The model does not predict what is stored as right for the golden rows."""


class JobNameTaken(Exception):
    """A job of the run's name exists and is not the run's."""


class ThrottlingException(Exception):
    """An AWS service was asked too often."""


class ResourceLimitExceeded(Exception):
    """A service quota is used up, as that of one AutoML job at a time in some Regions."""


class AccessDenied(Exception):
    """The function's role, a bucket policy or a KMS key does not allow the call."""


class ServiceUnavailable(Exception):
    """An AWS service answered with an error of its own or not at all."""


_THROTTLED = frozenset(
    (
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
    )
)
_DENIED = frozenset(("AccessDenied", "AccessDeniedException", "403", "Forbidden"))
_FIRST_SERVER_ERROR = 500


def named(error: ClientError | BotoCoreError) -> Exception:
    """An exception whose class name says what an AWS call ended with.

    Codes that no class here stands for, as KMS.DisabledException, become a class of that name, so
    that the state machine's history shows them.
    """
    if not isinstance(error, ClientError):
        return ServiceUnavailable(f"{type(error).__name__}: {error}")
    code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _THROTTLED:
        return ThrottlingException(str(error))
    if code in _DENIED:
        return AccessDenied(str(error))
    if code == "ResourceLimitExceeded":
        return ResourceLimitExceeded(
            f"{error} The state machine tries again later; a higher quota is asked for in Service "
            "Quotas, for SageMaker."
        )
    if isinstance(status, int) and status >= _FIRST_SERVER_ERROR:
        return ServiceUnavailable(str(error))
    kind: type[Exception] = type(code, (Exception,), {})
    return kind(str(error))


def code_of(error: ClientError) -> str:
    """The error code of an AWS answer."""
    return str(error.response.get("Error", {}).get("Code") or "ClientError")


def is_missing(error: ClientError) -> bool:
    """Whether SageMaker says that there is no such job or model.

    ResourceNotFound is modelled, but Describe* of models and of transform jobs answers with a
    ValidationException whose text says so.
    """
    text = str(error).lower()
    return code_of(error) in ("ResourceNotFound", "ResourceNotFoundException") or (
        code_of(error) == "ValidationException"
        and any(words in text for words in ("not find", "not found", "does not exist"))
    )


def reason(described: Mapping[str, Any]) -> str:
    """SageMaker's reason for a failed job."""
    return str(described.get("FailureReason") or "SageMaker gave no reason")
