"""Errors: what a caller of the API gets, and why a job ends Failed."""


class ServiceError(Exception):
    """An answer of the API that is not a success.

    `code` is AWS's error code (what boto3 shows as `Error.Code`), `status` the HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ValidationError(ServiceError):
    """ValidationException: the request breaks a rule; nothing was started."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class UnsupportedError(ValidationError):
    """ValidationException: AWS can do this, the local account cannot. It says so, by field."""

    def __init__(self, field: str, value: object, instead: str) -> None:
        super().__init__(
            f"{field} = {value}: the local account does not support this value. {instead}"
        )


class ResourceNotFoundError(ServiceError):
    """ResourceNotFound: no resource of that name."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFound", message)


class ResourceInUseError(ServiceError):
    """ResourceInUse: the name is taken."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceInUse", message)


class JobFailedError(Exception):
    """A job ends with status Failed; the message becomes its FailureReason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# FailureReason of both kinds of job: at most 1024 characters (service model).
MAX_FAILURE_REASON = 1024


def internal_error(error: BaseException) -> str:
    """The FailureReason of a fault on our side: AWS's sentence, then what really happened."""
    return (
        "InternalServerError: We encountered an internal error. Please try again. "
        f"({type(error).__name__}: {error})"
    )[:MAX_FAILURE_REASON]
