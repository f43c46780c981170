"""The condition keys that every request has.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from autolote.local.iam.model import Access, Principal, Value

LOOPBACK = "127.0.0.1"
_TAG = "aws:resourcetag/"


class RequestKeys(dict[str, Value]):
    """The keys of a request, in lower case; tags of the resource are only read when asked for."""

    def __init__(
        self, given: Mapping[str, Value], resource_tags: Callable[[], Mapping[str, str]]
    ) -> None:
        super().__init__(given)
        self._resource_tags = resource_tags
        self._tags_read = False

    def get(self, key: str, default: Any = None) -> Any:
        """A key's value, or `default` when the request has no such key."""
        if key.startswith(_TAG) and not self._tags_read:
            self._tags_read = True
            for name, value in self._resource_tags().items():
                self.setdefault(_TAG + name.lower(), value)
        return super().get(key, default)


def request_keys(
    principal: Principal,
    access: Access,
    *,
    region: str,
    account_id: str,
    role_id: str,
    role_tags: Mapping[str, str],
    resource_tags: Callable[[], Mapping[str, str]],
) -> RequestKeys:
    """All keys of a request: those of the caller, of the moment, and the access's own."""
    now = time.time()
    owner = (access.resource.split(":", 5) + [""] * 5)[4] or account_id
    found: dict[str, Value] = {
        "aws:currenttime": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        "aws:epochtime": str(int(now)),
        "aws:requestedregion": region,
        # The loopback address stands for TLS: nothing leaves this machine.
        "aws:securetransport": "true",
        "aws:resourceaccount": owner,
        "aws:principalisawsservice": "true" if principal.kind == "service" else "false",
        "aws:viaawsservice": "false",
        "s3:tlsversion": "1.3",
        "s3:resourceaccount": owner,
    }
    if principal.kind == "service":
        found["aws:principalservicename"] = principal.arn
        found["aws:principalservicenameslist"] = (principal.arn,)
    else:
        found["aws:sourceip"] = LOOPBACK
        found["aws:principalarn"] = principal.arn
        found["aws:principalaccount"] = principal.account_id
        found["aws:principaltype"] = "AssumedRole" if principal.kind == "role" else "Account"
        found["aws:userid"] = f"{role_id}:{principal.session}" if role_id else principal.account_id
        found |= {f"aws:principaltag/{name.lower()}": tag for name, tag in role_tags.items()}
    found |= {name.lower(): value for name, value in access.context.items()}
    # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    if principal.kind == "service" and "aws:sourceaccount" in found:
        found["aws:sourceowner"] = found["aws:sourceaccount"]
    return RequestKeys(found, resource_tags)
