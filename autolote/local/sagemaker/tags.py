"""AddTags, ListTags, DeleteTags; and the rules for tags in Create operations.

Rules: https://docs.aws.amazon.com/tag-editor/latest/userguide/tag-conventions.html (50 tags, unique
keys, no key of a user's begins with aws:).
"""

from collections.abc import Sequence
from typing import Any

from .context import Context
from .errors import ValidationError
from .operations import Params, is_resource_kind, operation
from .store import Store

_MOST = 50


def as_mapping(tags: Sequence[Params]) -> dict[str, str]:
    """The tags of a request as key -> value; ValidationException for keys that may not be."""
    mapping = {tag["Key"]: tag["Value"] for tag in tags}
    if len(mapping) < len(tags):
        keys = [tag["Key"] for tag in tags]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValidationError(f"Tags: keys must be unique; {', '.join(twice)} is given twice.")
    reserved = sorted(key for key in mapping if key.lower().startswith("aws:"))
    if reserved:
        raise ValidationError(
            f"Tags: {', '.join(reserved)}: aws: prefixed tag key names are not allowed for "
            "external use."
        )
    return mapping


def as_list(tags: dict[str, str]) -> list[Params]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@operation("AddTags")
def add_tags(context: Context, params: Params) -> Params:
    store, name = _resource(context, params["ResourceArn"])
    new = as_mapping(params["Tags"])
    with store.change(name) as record:
        record["tags"] |= new
        if len(record["tags"]) > _MOST:
            raise ValidationError(
                f"Tags: {params['ResourceArn']} would have {len(record['tags'])} tags; "
                f"a resource has at most {_MOST}. Delete some first."
            )
    return {"Tags": as_list(record["tags"])}


@operation("ListTags")
def list_tags(context: Context, params: Params) -> Params:
    store, name = _resource(context, params["ResourceArn"])
    # A page has at least 50 tags (service model) and a resource at most 50: there is one page.
    return {"Tags": as_list(_record(store, name)["tags"])}


@operation("DeleteTags")
def delete_tags(context: Context, params: Params) -> Params:
    store, name = _resource(context, params["ResourceArn"])
    with store.change(name) as record:
        for key in params["TagKeys"]:
            record["tags"].pop(key, None)
    return {}


def _resource(context: Context, arn: str) -> tuple[Store, str]:
    kind, _, name = arn.split(":", 5)[5].partition("/")
    store = context.store(kind) if is_resource_kind(kind) else None
    if store is None or arn != context.arn(kind, name) or store.read(name) is None:
        raise ValidationError(f"ResourceArn = {arn}: there is no such resource in this account.")
    return store, name


def _record(store: Store, name: str) -> dict[str, Any]:
    record = store.read(name)
    assert record is not None
    return record
