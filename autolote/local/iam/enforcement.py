"""Every request at the front door, decided before it is carried out."""

from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.aws.account import Account
from autolote.local.calls import Asked, Caller
from autolote.local.iam import wire
from autolote.local.iam.answers import Refusal, denied
from autolote.local.iam.model import (
    AccessDeniedError,
    Context,
    Principal,
    UnmappedOperationError,
)
from autolote.local.sagemaker.sign_in import PATH as SIGN_IN_PATH

TEMPORARY = "ASIA"
"""How the access keys of sessions begin; one that is not known is not taken for the root's.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes"""


UNSIGNED = Refusal(
    status=403, code="MissingAuthenticationToken", message="Missing Authentication Token"
)


UNKNOWN_SESSION = Refusal(
    status=403,
    code="InvalidClientTokenId",
    message="The security token included in the request is invalid.",
)


class Enforcement:
    """Asks the authorizer about each request.

    Args:
        account: whose policies decide.
        sagemaker_keys: the condition keys that SageMaker adds to an operation and its parameters.
    """

    def __init__(
        self,
        account: Account,
        *,
        sagemaker_keys: Callable[[str, Mapping[str, Any]], Mapping[str, str]],
    ) -> None:
        self._account = account
        self._sagemaker_keys = sagemaker_keys

    def refusal(self, environ: dict[str, Any], caller: Caller, asked: Asked) -> Refusal | None:
        """Why a request is not carried out; None when it may be.

        Raises:
            UnmappedOperationError: a role calls what nobody has said the permissions of.
            PolicyError: a policy that speaks of it cannot be evaluated.
        """
        if not caller.service:
            return None if _needs_no_signature(environ) else UNSIGNED
        principal, context = self._account.caller(caller.access_key_id)
        if principal.kind == "root" and caller.access_key_id.startswith(TEMPORARY):
            return UNKNOWN_SESSION
        try:
            self._check(principal, context, environ, caller, asked)
        except AccessDeniedError as error:
            return denied(caller.service, error)
        except UnmappedOperationError:
            if principal.kind != "root":
                raise
        return None

    def _check(
        self,
        principal: Principal,
        context: Context,
        environ: dict[str, Any],
        caller: Caller,
        asked: Asked,
    ) -> None:
        if asked.model is None:
            raise UnmappedOperationError(
                f"{asked.operation} of {caller.service} is no operation that is known here"
            )
        given = wire.parameters(
            environ, model=asked.model, operation=asked.operation, uri=asked.uri
        )
        if caller.service == "sagemaker":
            context = {**context, **self._sagemaker_keys(asked.operation, given)}
        self._account.authorizer.authorize_call(
            principal,
            service=caller.service,
            operation=asked.operation,
            parameters=given,
            context=context,
        )


def _needs_no_signature(environ: dict[str, Any]) -> bool:
    """Answers of custom resources go to a URL that is its own permission; so is the URL that
    opens Studio."""
    return str(environ.get("PATH_INFO", "")).startswith(("/cloudformation-response/", SIGN_IN_PATH))
