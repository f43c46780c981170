"""Where a resource stands: the template's file, and the line of its logical id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from autolote.audit.model import Environment, short

_BLANK = re.compile(r"[\s,:]*")


@dataclass(frozen=True, order=True, kw_only=True)
class Location:
    """A place in a template: `file` is relative to the cloud assembly, `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Locations:
    """Finds the resources of one environment in its templates' text."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def of(self, stack: str, name: str) -> Location | None:
        """Where a resource stands, by its logical id with or without the hash.

        A stack as a whole stands at the first line of its template; a stack that is not there,
        nowhere."""
        path = self._environment.paths.get(stack)
        if path is None:
            return None
        line = self._lines.get((stack, name), 1)
        return Location(file="/".join(path.parts[-2:]), line=line)

    @cached_property
    def _lines(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for stack, path in self._environment.paths.items():
            for logical_id, line in lines_of_resources(path.read_text(encoding="utf-8")):
                found.setdefault((stack, short(logical_id)), line)
                found[stack, logical_id] = line
        return found


def lines_of_resources(text: str) -> Iterator[tuple[str, int]]:
    """Logical id and line of every resource of a template, however it is indented."""
    line, counted = 1, 0
    for key, _, value in _members(text, text.index("{")):
        if key == "Resources":
            for logical_id, position, _ in _members(text, value):
                line, counted = line + text.count("\n", counted, position), position
                yield logical_id, line


def _members(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Name, its position and its value's position of every member of the object at `start`."""
    decoder = json.JSONDecoder()
    position = start + 1
    while True:
        position = _skip(text, position)
        if text[position] == "}":
            return
        key, after = decoder.raw_decode(text, position)
        value = _skip(text, after)
        yield key, position, value
        _, position = decoder.raw_decode(text, value)


def _skip(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    assert found
    return found.end()
