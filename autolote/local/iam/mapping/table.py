"""The plain part of the mapping: operations.toml, read and filled in."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from autolote.local.iam.mapping.readers import DEFAULTS, READERS
from autolote.local.iam.mapping.request import Request
from autolote.local.iam.model import Access, UnmappedOperationError

PATH = Path(__file__).with_name("operations.toml")
GLOBAL = ("iam",)
"""Services whose ARNs name no Region."""
PREFIXES: Mapping[str, str] = {"monitoring": "cloudwatch", "tagging": "tag"}
"""What IAM calls a service, where its signature calls it otherwise."""
_PLACE = re.compile(r"\{(?:(?P<reader>\w+):)?(?P<name>\w+)\}")


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """Service -> operation -> what it needs."""
    return tomllib.loads(PATH.read_text("utf-8"))


def is_mapped(service: str, operation: str) -> bool:
    """Whether the table knows what an operation needs."""
    return operation in table().get(service, {})


def plain_accesses(request: Request) -> list[Access]:
    """The accesses of an operation of the table.

    Raises:
        UnmappedOperationError: it is not there, or names its resource in no known way.
    """
    entries = table().get(request.service, {}).get(request.operation)
    if entries is None:
        raise UnmappedOperationError(
            f"it is not known which permissions {request.service}:{request.operation} needs: "
            "add it to autolote/local/iam/mapping/operations.toml"
        )
    found = []
    for entry in [entries] if isinstance(entries, str) else entries:
        action, _, alternatives = entry.rpartition(" ") if _names(entry) else ("", "", entry)
        for resource in _resources(alternatives, request):
            found.append(Access(action=_action(request, action), resource=resource))
    return found


def _names(entry: str) -> bool:
    """Whether an entry names its action: `InvokeFunction function:...`."""
    return " " in entry and "|" not in entry


def _action(request: Request, name: str) -> str:
    prefix = PREFIXES.get(request.service, request.service)
    return f"{prefix}:{name or request.operation}"


def _resources(alternatives: str, request: Request) -> list[str]:
    for alternative in alternatives.split("|"):
        if found := list(_filled(alternative.strip(), request)):
            return found
    raise UnmappedOperationError(
        f"{request.service}:{request.operation} names its resource in a way that "
        f"operations.toml does not say: {sorted(request.parameters)} and not {alternatives!r}"
    )


def _filled(template: str, request: Request) -> Iterator[str]:
    """The resources of one alternative: several where a parameter is a list; none where a
    parameter is missing."""
    for values in _values(template, request):
        whole = next((value for value in values.values() if value.startswith("arn:")), None)
        yield whole or _expanded(_PLACE.sub(lambda one: values[one[0]], template), request)  # noqa: B023


def _values(template: str, request: Request) -> Iterator[dict[str, str]]:
    """What stands for each place; a list in one of them gives a set of values for each item."""
    several: list[dict[str, str]] = [{}]
    for place in _PLACE.finditer(template):
        texts = _texts(place, request)
        several = [{**one, place[0]: text} for one in several for text in texts]
    yield from several


def _texts(place: re.Match[str], request: Request) -> list[str]:
    reader, name = place["reader"], place["name"]
    if name == "account":
        return [request.account_id]
    given = request.given(name) or DEFAULTS.get(reader)
    if not given:
        return []
    items = given if isinstance(given, list) else [given]
    read = READERS[reader] if reader else None
    return [read(item, request) if read else str(item) for item in items]


def _expanded(resource: str, request: Request) -> str:
    if resource == "*" or resource.startswith("arn:"):
        return resource
    service = PREFIXES.get(request.service, request.service)
    region = "" if request.service in GLOBAL else request.region
    return f"arn:aws:{service}:{region}:{request.account_id}:{resource}"
