"""Parameters that name a resource in another way than its ARN does.

A reader takes a parameter's value and the whole request, and gives texts for the place the
parameter has in the resource; a text that begins with `arn:` is the whole resource.
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.efs.models import efs_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import UnmappedOperationError

Reader = Callable[[str, Request], str]


def key_arn(key: str, request: Request) -> str:
    """A key's ARN by its id, its ARN, or an alias of either form."""
    backend = kms_backends[request.account_id][request.region]
    name = key.rpartition(":")[2]
    if name.startswith("alias/"):
        found = next((key.id for key in backend.keys.values() if name in key.aliases), None)
        # A key that does not exist is for the service to refuse, in its own words.
        return request.arn("kms", f"key/{found}" if found else name)
    return request.arn("kms", f"key/{name.removeprefix('key/')}")


def _ciphertext(blob: Any, request: Request) -> str:
    """moto's ciphertexts begin with the id of their key, as AWS's hold it within."""
    raw = blob if isinstance(blob, bytes) else str(blob).encode()
    return request.arn("kms", f"key/{raw[:36].decode('ascii', 'replace')}")


def _role(name: str, request: Request) -> str:
    found = iam_backends[request.account_id]["aws"].roles.values()
    return next((f"{role.path[1:]}{role.name}" for role in found if role.name == name), name)


def _rule(name: str, request: Request) -> str:
    bus = str(request.parameters.get("EventBusName") or "default").rpartition("/")[2]
    return name if bus == "default" else f"{bus}/{name}"


def _function(name: str, request: Request) -> str:
    """The name, or of an ARN what follows `function:`, with the version or alias asked for."""
    bare = name.split(":function:", 1)[-1]
    qualifier = request.parameters.get("Qualifier")
    return f"{bare}:{qualifier}" if qualifier and ":" not in bare else bare


def _stack(name: str, request: Request) -> str:
    # Which of the stacks of a name is not known before it is found, so any of them.
    return name if name.startswith("arn:") else f"{name}/*"


def _mount(identifier: str, request: Request) -> str:
    target = efs_backends[request.account_id][request.region].mount_targets_by_id.get(identifier)
    return str(target.file_system_id) if target else "*"


def _tagged(identifier: str, request: Request) -> str:
    kind = EC2_KINDS.get(identifier.rpartition("-")[0])
    if kind is None:
        raise UnmappedOperationError(f"the kind of {identifier} is not known: add it to EC2_KINDS")
    return request.arn("ec2", f"{kind}/{identifier}")


EC2_KINDS: Mapping[str, str] = {
    "acl": "network-acl",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}

READERS: Mapping[str, Reader] = {
    "alias": lambda name, _: name.removeprefix("alias/"),
    "builds": lambda build, _: build.rpartition("/")[2].split(":", 1)[0],
    "bus": lambda name, _: name.rpartition("/")[2],
    "ciphertext": _ciphertext,
    "function": _function,
    "group": lambda name, _: name,
    "key": key_arn,
    "mount": _mount,
    "parameter": lambda name, _: name.removeprefix("/"),
    "path": lambda path, _: path.removeprefix("/"),
    "queue": lambda url, _: url.rstrip("/").rpartition("/")[2],
    "role": _role,
    "rule": _rule,
    "stack": _stack,
    "subscription": lambda arn, _: arn.rpartition(":")[0],
    "tagged": _tagged,
}

DEFAULTS: Mapping[str, str] = {"bus": "default", "group": "default", "path": "/"}
"""What a reader reads when its parameter is not given."""
