"""An operation that is asked for, as the mapping sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autolote.local.iam.model import Principal


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of an operation.

    Attributes:
        service: the service's name in its signature.
        parameters: as botocore names them.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str
    principal: Principal

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def given(self, name: str) -> Any:
        """A parameter by its name, whatever its case; None when it is not given."""
        if name in self.parameters:
            return self.parameters[name]
        folded = name.lower()
        return next(
            (value for key, value in self.parameters.items() if key.lower() == folded), None
        )
