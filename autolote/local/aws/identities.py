"""IAM: the managed policies of AWS, each made known when it is first attached.

moto knows them all or none; all of them are 70 MB of memory and are written out each time the
state is kept. AWS: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/
"""

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from autolote.local.aws.patches import original, put


def install() -> None:
    """Make AWS's managed policies known as they are needed."""
    for name, signature in {
        "attach_role_policy": "self, policy_arn, role_name",
        "get_policy": "self, policy_arn",
    }.items():
        _know_first(name, signature)


def _know_first(name: str, signature: str) -> None:
    known = original(IAMBackend, name, signature=signature)

    def knowing(self: Any, policy_arn: str, *rest: Any, **named: Any) -> Any:
        _know(self, policy_arn)
        return known(self, policy_arn, *rest, **named)

    put(IAMBackend, name, knowing)


def _know(backend: Any, arn: str) -> None:
    if arn in backend.managed_policies or ":iam::aws:policy/" not in arn:
        return
    name = arn.rpartition("/")[2]
    data = _all().get(name)
    if data is not None:
        found = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        backend.managed_policies[found.arn] = found


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found
