"""What a Task state sends to a service and gets back, in the spelling AWS uses.

moto's interpreter passes parameters on as they are written in the definition (PascalCase, while
some services' members begin in lower case), gives answers back with dates that no JSON holds, and
names an error of calling Lambda "Exception", which no Retry matches.
AWS: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html and
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from datetime import date
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.api import HistoryEventType, LambdaFunctionFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import (
    StateTaskLambda,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from autolote.local.aws.patches import original, put, replace
from autolote.local.aws.shapes import as_modelled, input_shape

_LAMBDA_ERRORS = (
    "TooManyRequestsException",
    "ResourceNotFoundException",
    "ServiceException",
    "InvalidParameterValueException",
    "RequestTooLargeException",
)


def install() -> None:
    """Put our spelling in the place of the interpreter's."""
    from_error = original(StateTaskLambda, "_from_error", signature="self, env, ex")

    def lambda_error(self: Any, env: Any, ex: Exception) -> Any:
        name = _lambda_error_name(ex)
        if name is None:
            return from_error(self, env, ex)
        cause = ex.response["Error"]["Message"] if isinstance(ex, ClientError) else str(ex)
        details = LambdaFunctionFailedEventDetails(error=name, cause=cause)
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(name),
            event_type=HistoryEventType.LambdaFunctionFailed,
            event_details=EventDetails(  # type: ignore[typeddict-item]
                lambdaFunctionFailedEventDetails=details
            ),
        )

    put(StateTaskLambda, "_from_error", lambda_error)
    for owner in (
        state_task_service_aws_sdk.StateTaskServiceAwsSdk,
        state_task_service_sfn.StateTaskServiceSfn,
    ):
        replace(
            owner,
            "_normalise_parameters",
            _spell_parameters,
            signature="self, parameters, boto_service_name, service_action_name",
        )
        replace(
            owner,
            "_normalise_response",
            _spell_response,
            signature="self, response, boto_service_name, service_action_name",
        )


def _lambda_error_name(error: Exception) -> str | None:
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        return f"Lambda.{code if code in _LAMBDA_ERRORS else 'AWSLambdaException'}"
    return "Lambda.SdkClientException" if isinstance(error, BotoCoreError) else None


def _spell_parameters(
    self: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    service = boto_service_name or self._get_boto_service_name()
    action = service_action_name or self._get_boto_service_action()
    spelled = as_modelled(dict(parameters), input_shape(service, action))
    parameters.clear()
    parameters.update(spelled)


def _spell_response(
    self: Any,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    if isinstance(response, dict):
        spelled = _as_json(response)
        response.clear()
        response.update(spelled)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _as_json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
