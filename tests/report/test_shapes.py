"""Templates of others: no shape of a value keeps a report from being made."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autolote.audit.facts.everything import gather
from tests.report import sample

Way = tuple[str | int, ...]
SHAPES: list[Any] = [None, "text", {"Fn::If": ["Condition", "one", "other"]}]


def ways(value: Any, before: Way = ()) -> Iterator[Way]:
    """Every place in a value, at most four steps deep."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield (*before, key)
        if isinstance(member, dict | list) and len(before) < 3:
            yield from ways(member, (*before, key))


def put(resource: dict[str, Any], way: Way, shape: Any) -> None:
    """Put a shape where something else is."""
    for key in way[:-1]:
        resource = resource[key]
    resource[way[-1]] = shape


@pytest.mark.parametrize("name", sample.resources())
def test_no_shape_of_a_property_ends_the_report(tmp_path: Path, name: str) -> None:
    """A mistake in a template is a finding of cfn-lint's, not the end of the audit."""
    for way in ways(sample.resources()[name]["Properties"]):
        for shape in SHAPES:
            resources = sample.resources()
            put(resources[name]["Properties"], way, copy.deepcopy(shape))
            gather(sample.environment(tmp_path, {"main": resources}))
