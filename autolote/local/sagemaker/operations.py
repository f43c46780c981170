"""The operations of the API: a registry, and the way of one request through it."""

import json
from collections.abc import Callable
from typing import Any

from .context import Context
from .errors import ServiceError
from .validation import answer_problems, checked_request, service_model

Params = dict[str, Any]
Handler = Callable[[Context, Params], Params | None]
Resume = Callable[[Context], None]

_HANDLERS: dict[str, Handler] = {}
_RESUMES: list[Resume] = []
_KINDS: set[str] = set()


def operation(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of an operation of the service model, named as in the model."""

    def register(handler: Handler) -> Handler:
        if name not in service_model().operation_names:
            raise LookupError(f"{name} is not an operation of SageMaker")
        _HANDLERS[name] = handler
        return handler

    return register


def resumes(resume: Resume) -> Resume:
    """Register what goes on with the jobs of a module when the account starts again."""
    _RESUMES.append(resume)
    return resume


def resource_kind(kind: str) -> str:
    """Register a kind of resource, named as in its ARN: `transform-job`. Its records have tags."""
    _KINDS.add(kind)
    return kind


def is_resource_kind(kind: str) -> bool:
    return kind in _KINDS


def supported() -> list[str]:
    """The operations the local account answers."""
    return sorted(_HANDLERS)


def resume_all(context: Context) -> None:
    for resume in _RESUMES:
        resume(context)


def answer(context: Context, target: str, body: bytes) -> Params | None:
    """Answer one request: `target` is the X-Amz-Target header, `body` JSON.

    Raises ServiceError; status 500 means that our own answer would break the service model.
    """
    name = target.rpartition(".")[2]
    if name not in service_model().operation_names:
        raise ServiceError("UnknownOperationException", f"SageMaker has no operation {name!r}.")
    if name not in _HANDLERS:
        raise ServiceError(
            "UnsupportedOperationException",
            f"{name}: the local account does not support this operation of SageMaker. "
            f"It supports {', '.join(supported())}.",
        )
    params = checked_request(name, _parsed(body))
    result = _HANDLERS[name](context, params)
    problems = answer_problems(name, result or {})
    if problems:
        raise ServiceError(
            "InternalFailure",
            f"The answer to {name} breaks the service model: {'; '.join(problems)}",
            status=500,
        )
    return result


def _parsed(body: bytes) -> Params:
    try:
        params = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"The body is not JSON: {error}") from error
    if not isinstance(params, dict):
        raise ServiceError("SerializationException", "The body is not a JSON object.")
    return params
