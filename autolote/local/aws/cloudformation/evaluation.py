"""What the template of a stack says, with the values its resources have by now."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.aws.account import Account
from autolote.local.aws.cloudformation.model import DeploymentFailedError, Request, Stack
from autolote.local.aws.cloudformation.parameters import resolved_parameters
from autolote.local.aws.cloudformation.template import Resolver


class Evaluation:
    """Values for one deployment of a stack.

    Args:
        exports: name -> value, of all stacks. Those that are used are remembered in `imports`.
    """

    def __init__(
        self,
        *,
        account: Account,
        stack: Stack,
        request: Request,
        exports: Callable[[], Mapping[str, str]],
    ) -> None:
        self._account = account
        self._stack = stack
        self._request = request
        self._exports = exports
        self.imports: set[str] = set()
        stack.resolved_parameters = resolved_parameters(
            request.template, request.parameters, self._ssm_value
        )
        self._resolver = Resolver(
            template=request.template,
            names={
                "AWS::AccountId": account.account_id,
                "AWS::Region": account.region,
                "AWS::Partition": "aws",
                "AWS::URLSuffix": "amazonaws.com",
                "AWS::StackName": stack.name,
                "AWS::StackId": stack.stack_id,
                "AWS::NotificationARNs": [],
                **stack.resolved_parameters,
            },
            reference=self._reference,
            attribute=self._attribute,
            imported=self._imported,
            zones=self._zones,
        )

    def wanted(self) -> dict[str, Mapping[str, Any]]:
        """Definitions of the resources whose condition holds, by logical id."""
        found: Mapping[str, Mapping[str, Any]] = self._request.template["Resources"]
        return {name: definition for name, definition in found.items() if self._holds(definition)}

    def properties(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The properties of a resource, with every function carried out."""
        found: dict[str, Any] = self._resolver.value(definition.get("Properties") or {})
        return found

    def outputs(self) -> list[dict[str, str]]:
        """The outputs, in the form of DescribeStacks."""
        found = []
        for name, given in (self._request.template.get("Outputs") or {}).items():
            if not self._holds(given):
                continue
            output = {"OutputKey": name, "OutputValue": _text(self._resolver.value(given["Value"]))}
            if "Description" in given:
                output["Description"] = given["Description"]
            if "Export" in given:
                output["ExportName"] = _text(self._resolver.value(given["Export"]["Name"]))
            found.append(output)
        return found

    def _holds(self, given: Mapping[str, Any]) -> bool:
        return "Condition" not in given or self._resolver.condition(given["Condition"])

    def _reference(self, name: str) -> str:
        if name not in self._stack.resources:
            raise DeploymentFailedError(
                f"Unresolved resource dependencies [{name}] in the template"
            )
        return self._stack.resources[name].physical_id

    def _attribute(self, name: str, attribute: str) -> Any:
        if name not in self._stack.resources:
            raise DeploymentFailedError(
                f"Unresolved resource dependencies [{name}] in the template"
            )
        resource = self._stack.resources[name]
        if attribute not in resource.attributes:
            raise DeploymentFailedError(
                f"the local account gives {resource.type} no attribute {attribute}: "
                f"it has {sorted(resource.attributes)}"
            )
        return resource.attributes[attribute]

    def _imported(self, name: str) -> str:
        exports = self._exports()
        if name not in exports:
            raise DeploymentFailedError(f"No export named {name} found.")
        self.imports.add(name)
        return exports[name]

    def _zones(self, region: str) -> list[str]:
        where = {"Filters": [{"Name": "region-name", "Values": [region]}]}
        found = self._account.client("ec2").describe_availability_zones(**where)
        return sorted(zone["ZoneName"] for zone in found["AvailabilityZones"])

    def _ssm_value(self, name: str) -> str:
        found = self._account.client("ssm").get_parameter(Name=name)
        return str(found["Parameter"]["Value"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
