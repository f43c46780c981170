"""What every List operation has in common: filters, order, pages."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import ValidationError

Item = dict[str, Any]

# ListTransformJobs says its default page has 10 items; the others do not say. One page size for
# all: whoever forgets to follow NextToken learns it here.
PAGE = 10


def matching(items: Sequence[Item], params: Mapping[str, Any], *, name: str) -> list[Item]:
    """The items that pass the filters of the request; `name` is the member that holds the name.

    Filters of the API: NameContains, StatusEquals, Creation- and LastModifiedTimeBefore/After.
    """
    status = f"{name.removesuffix('Name')}Status"
    kept = [
        item
        for item in items
        if params.get("NameContains", "") in item[name]
        and params.get("StatusEquals") in (None, item.get(status))
    ]
    for moment in ("CreationTime", "LastModifiedTime"):
        before, after = params.get(f"{moment}Before"), params.get(f"{moment}After")
        kept = [
            item
            for item in kept
            if (before is None or item[moment] < before) and (after is None or item[moment] > after)
        ]
    return kept


def in_order(items: Sequence[Item], *, key: str, descending: bool) -> list[Item]:
    """Sorted by a member; items without it come last, as they have nothing to compare."""
    having = [item for item in items if item.get(key) is not None]
    without = [item for item in items if item.get(key) is None]
    return sorted(having, key=lambda item: item[key], reverse=descending) + without


def page(items: Sequence[Item], params: Mapping[str, Any], *, member: str) -> dict[str, Any]:
    """The answer: one page of the items below `member`, and NextToken if there are more."""
    start = _decoded(params["NextToken"]) if params.get("NextToken") else 0
    end = start + params.get("MaxResults", PAGE)
    answer: dict[str, Any] = {member: list(items[start:end])}
    if end < len(items):
        answer["NextToken"] = base64.urlsafe_b64encode(str(end).encode()).decode()
    return answer


def _decoded(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise ValidationError(
            f"NextToken = {token}: not a token of an earlier answer. Leave it out for page one."
        ) from error
