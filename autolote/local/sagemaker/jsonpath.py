"""The subset of JSONPath that DataProcessing filters may use.

Operators: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
Slices end before their end index, as in JSONPath. (The same page's prose once calls `$[1:4]` the
second to the fifth column; avoid end indexes until you have tried them on AWS.)
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Node = Any
Step = Callable[[Node], list[Node]]

# What the service refuses and how it says so: github.com/aws/aws-sdk/issues/184
_OPERATORS = "$[]*. ,:-'"
_STEP = re.compile(r"\.?\[([^\[\]]*)\]|\.([A-Za-z0-9]+|\*)")
_INDEX = re.compile(r"-?\d+")
_SLICE = re.compile(r"(-?\d+)?\s*:\s*(-?\d+)?")
_QUOTED = re.compile(r"'([^',]*)'")


class JsonPathError(ValueError):
    """An expression that the service would not take, or that does not fit a record."""


class JsonPath:
    """A compiled filter: `JsonPath("$[0,-1]").select(["a", "b", "c"]) == ["a", "c"]`."""

    def __init__(self, expression: str, *, content_type: str) -> None:
        self.expression = expression
        self._steps: list[Step] = []
        self._definite = True
        _check_characters(expression, content_type)
        by_index_only = content_type == "text/csv"
        for inside, name in _tokens(expression):
            self._add(inside, name)
            if by_index_only and (name or "'" in inside):
                raise JsonPathError(
                    f"{expression}: a row of a CSV file has no names; select by index: $[0], $[1:]"
                )

    @property
    def selects_all(self) -> bool:
        return not self._steps

    def select(self, record: Node) -> Node:
        """The selected value, or the list of values if the expression can match several."""
        nodes = [record]
        try:
            for step in self._steps:
                nodes = [found for node in nodes for found in step(node)]
        except (LookupError, TypeError) as error:
            raise JsonPathError(f"{self.expression} does not fit the record: {error}") from error
        return nodes[0] if self._definite else nodes

    def _add(self, inside: str, name: str) -> None:
        selector = name or inside.strip()
        parts = [part.strip() for part in selector.split(",")]
        if selector == "*":
            self._several(_all_children)
        elif name:
            self._steps.append(lambda node: [_member(node, name)])
        elif all(_INDEX.fullmatch(part) for part in parts):
            self._indexes([int(part) for part in parts])
        elif all(_QUOTED.fullmatch(part) for part in parts):
            self._names([part[1:-1] for part in parts])
        elif bounds := _SLICE.fullmatch(selector):
            start, end = (int(bound) if bound else None for bound in bounds.groups())
            self._several(lambda node: _elements(node)[start:end])
        else:
            raise JsonPathError(
                f"Invalid JsonPath: {self.expression}: only single range filters of format "
                f"(eg: [1:5]) are supported. Format [{inside}] is not supported"
            )

    def _several(self, step: Step) -> None:
        self._definite = False
        self._steps.append(step)

    def _indexes(self, indexes: Sequence[int]) -> None:
        if len(indexes) > 1:
            self._definite = False
        self._steps.append(lambda node: [_elements(node)[index] for index in indexes])

    def _names(self, names: Sequence[str]) -> None:
        if len(names) == 1:
            self._steps.append(lambda node: [_member(node, names[0])])
        else:  # several children of one object stay one object
            self._steps.append(lambda node: [{name: _member(node, name) for name in names}])


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    position = 1
    while position < len(expression):
        match = _STEP.match(expression, position)
        if not match:
            raise JsonPathError(f"Invalid JsonPath: {expression}: {expression[position:]!r}")
        yield match[1] or "", match[2] or ""
        position = match.end()


def _check_characters(expression: str, content_type: str) -> None:
    if not expression.startswith("$"):
        raise JsonPathError(f'Invalid JsonPath: {expression}: it must begin with "$"')
    for character in expression:
        if character not in _OPERATORS and not (character.isascii() and character.isalnum()):
            raise JsonPathError(
                f'Unexpected "{character}" in JsonPath. Supported operators for '
                f'"{content_type}" are {list(_OPERATORS)}'
            )


def _member(node: Node, name: str) -> Node:
    if not isinstance(node, dict):
        raise TypeError(f"'{name}' is asked of something that is no object")
    if name not in node:
        raise LookupError(f"there is no '{name}'")
    return node[name]


def _elements(node: Node) -> list[Node]:
    if not isinstance(node, list):
        raise TypeError("an index is asked of something that is no array")
    return node


def _all_children(node: Node) -> list[Node]:
    return list(node.values()) if isinstance(node, dict) else _elements(node)
