"""The condition keys that SageMaker itself adds to requests about spaces and their apps.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from collections.abc import Mapping
from typing import Any

from .context import Context
from .errors import ResourceNotFoundError
from .studio import PROFILE, SPACE, existing

_OF_SPACES = ("CreateSpace", "UpdateSpace", "DeleteSpace", "CreateApp", "DeleteApp")
_TAGGED_BY = ("CreateSpace", "CreateApp")


def condition_keys(
    context: Context, operation: str, parameters: Mapping[str, Any]
) -> dict[str, str]:
    """What is known of the space that a request is about: whether it is shared, and whose it is.

    sagemaker:TaggingAction names the operation that tags what it creates.
    """
    keys = {"sagemaker:TaggingAction": operation} if operation in _TAGGED_BY else {}
    if operation not in _OF_SPACES:
        return keys
    space = parameters if operation == "CreateSpace" else _space(context, parameters)
    sharing = space.get("SpaceSharingSettings", {}).get("SharingType")
    owner = space.get("OwnershipSettings", {}).get("OwnerUserProfileName")
    if sharing:
        keys["sagemaker:SpaceSharingType"] = sharing
    if owner:
        profile = f"{parameters['DomainId']}/{owner}"
        keys["sagemaker:OwnerUserProfileArn"] = context.arn(PROFILE, profile)
    return keys


def _space(context: Context, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        name = f"{parameters.get('DomainId')}/{parameters.get('SpaceName')}"
        found: Mapping[str, Any] = existing(context, SPACE, name)["description"]
    except ResourceNotFoundError:
        return {}
    return found
