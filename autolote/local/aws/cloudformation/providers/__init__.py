"""Resource types by service; `provider_of` finds the one of a type."""

from collections.abc import Mapping

from autolote.local.aws.cloudformation.model import DeploymentFailedError
from autolote.local.aws.cloudformation.provider import Provider
from autolote.local.aws.cloudformation.providers import (
    buckets,
    custom,
    endpoints,
    functions,
    identities,
    images,
    keys,
    machines,
    messages,
    networks,
    operations,
    rules,
    schedules,
    security_groups,
    studio,
)

PROVIDERS: Mapping[str, Provider] = {
    **buckets.PROVIDERS,
    **endpoints.PROVIDERS,
    **functions.PROVIDERS,
    **identities.PROVIDERS,
    **images.PROVIDERS,
    **keys.PROVIDERS,
    **machines.PROVIDERS,
    **messages.PROVIDERS,
    **networks.PROVIDERS,
    **operations.PROVIDERS,
    **rules.PROVIDERS,
    **schedules.PROVIDERS,
    **security_groups.PROVIDERS,
    **studio.PROVIDERS,
}


def provider_of(type_name: str) -> Provider:
    """The provider of a type; any `Custom::` type is a custom resource.

    Raises:
        DeploymentFailedError: there is none.
    """
    if type_name.startswith("Custom::") or type_name == "AWS::CloudFormation::CustomResource":
        return custom.PROVIDER
    if type_name not in PROVIDERS:
        raise DeploymentFailedError(
            f"Resource type {type_name} has no provider in the local account"
        )
    return PROVIDERS[type_name]
