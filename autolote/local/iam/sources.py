"""Where policies are kept: the services of the running account.

Nothing is cached but what a policy's text means (documents.read): a change of a policy holds from
the next call on.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ecr.models import ecr_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from autolote.local.iam.evaluation import Policies, Policy
from autolote.local.iam.model import Access, Principal

CONSENT = ("kms:", "sts:AssumeRole")
"""Nothing goes without the resource's own policy: not even the root uses a key without it."""
WITHOUT_CONSENT = ("kms:CreateKey", "kms:ListKeys", "kms:ListAliases", "kms:GenerateRandom")


class Sources:
    """The policies of one account."""

    def __init__(self, *, account_id: str) -> None:
        self._account_id = account_id

    def policies(self, principal: Principal, access: Access) -> Policies:
        """Everything that speaks of an access."""
        role = self.role(principal.arn) if principal.kind == "role" else None
        resource = self.resource_policy(access)
        consent = (
            access.action.startswith(CONSENT)
            and access.action not in WITHOUT_CONSENT
            and access.resource != "*"
        )
        if role is None:
            return Policies(resource=resource, consent=consent)
        return Policies(
            identity=_identity(role), boundary=self._boundary(role), resource=resource,
            consent=consent,
        )  # fmt: skip

    def role(self, arn: str) -> Any | None:
        """A role of the account as moto keeps it; None when there is none."""
        found = [role for role in self._iam.roles.values() if role.arn == arn]
        return found[0] if found else None

    def resource_policy(self, access: Access) -> Policy | None:
        """The own policy of the resource of an access."""
        if access.action == "sts:AssumeRole":
            role = self.role(access.resource)
            text = role.assume_role_policy_document if role else None
            return _policy(access.resource, text)
        parts = access.resource.split(":", 5)
        reader = _READERS.get(access.action.split(":", 1)[0]) if len(parts) == 6 else None
        if reader is None or parts[4] not in ("", self._account_id):
            return None
        return _policy(access.resource, reader(self._account_id, parts[3], parts[5]))

    def _boundary(self, role: Any) -> Policy | None:
        arn = role.permissions_boundary_arn
        if not arn:
            return None
        policy = self._iam.managed_policies.get(arn)
        # A boundary that was deleted allows nothing.
        text = _default(policy) if policy else '{"Version": "2012-10-17", "Statement": []}'
        return Policy(name=arn, text=text)

    @property
    def _iam(self) -> Any:
        return iam_backends[self._account_id]["aws"]


def _identity(role: Any) -> tuple[Policy, ...]:
    inline = [
        Policy(name=f"{role.arn}/inline/{name}", text=text) for name, text in role.policies.items()
    ]
    managed = [
        Policy(name=policy.arn, text=_default(policy)) for policy in role.managed_policies.values()
    ]
    return tuple(inline + managed)


def _default(policy: Any) -> str:
    """The version of a managed policy that counts."""
    found = (one for one in policy.versions if one.version_id == policy.default_version_id)
    return str(next(found).document)


def _policy(name: str, text: Any) -> Policy | None:
    if not text:
        return None
    return Policy(name=name, text=text.decode() if isinstance(text, bytes) else text)


def _bucket(account: str, _region: str, resource: str) -> Any:
    bucket = s3_backends[account]["aws"].buckets.get(resource.split("/", 1)[0])
    return bucket.policy if bucket else None


def _key(account: str, region: str, resource: str) -> Any:
    key = kms_backends[account][region].keys.get(resource.removeprefix("key/"))
    return key.policy if key else None


def _topic(account: str, region: str, resource: str) -> Any:
    arn = f"arn:aws:sns:{region}:{account}:{resource.split(':', 1)[0]}"
    topic = sns_backends[account][region].topics.get(arn)
    return topic.policy if topic else None


def _queue(account: str, region: str, resource: str) -> Any:
    queue = sqs_backends[account][region].queues.get(resource)
    return queue.policy if queue else None


def _repository(account: str, region: str, resource: str) -> Any:
    """A repository's policy names no resource: it is about the repository itself."""
    found = ecr_backends[account][region].repositories.get(resource.removeprefix("repository/"))
    return found.policy if found else None


def _function(account: str, region: str, resource: str) -> Any:
    name = resource.removeprefix("function:").split(":", 1)[0]
    functions = {
        one.function_name: one for one in lambda_backends[account][region].list_functions()
    }
    found = functions.get(name)
    statements = [_with_principal(one) for one in found.policy.statements] if found else []
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _with_principal(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Lambda's AddPermission takes a bare account id or ARN for a principal."""
    told = {name: part for name, part in statement.items() if name in _STATEMENT}
    if isinstance(told["Principal"], str) and told["Principal"] != "*":
        told["Principal"] = {"AWS": told["Principal"]}
    return told


_STATEMENT = ("Sid", "Effect", "Principal", "Action", "Resource", "Condition")


def _bus(account: str, region: str, resource: str) -> Any:
    bus = events_backends[account][region].event_buses.get(resource.removeprefix("event-bus/"))
    return bus.policy if bus else None


def _logs(account: str, region: str, _resource: str) -> Any:
    """The account's resource policies of CloudWatch Logs, as if they were one."""
    several = logs_backends[account][region].resource_policies.values()
    statements: list[Any] = []
    for policy in several:
        found = json.loads(policy.policy_document)["Statement"]
        statements += found if isinstance(found, list) else [found]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


_READERS: Mapping[str, Callable[[str, str, str], Any]] = {
    "s3": _bucket,
    "kms": _key,
    "sns": _topic,
    "sqs": _queue,
    "ecr": _repository,
    "lambda": _function,
    "events": _bus,
    "logs": _logs,
}
