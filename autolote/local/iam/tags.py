"""Tags of resources, for the condition key aws:ResourceTag."""

from collections.abc import Mapping

from autolote.local.iam.model import PolicyError


def resource_tags(arn: str) -> Mapping[str, str]:
    """The tags of a resource.

    Raises:
        PolicyError: tags of its kind cannot be read here.
    """
    raise PolicyError(f"tags of {arn} cannot be read here: autolote/local/iam/tags.py")
