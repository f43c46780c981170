"""How the tests of the CSV stage compare it with the oracle."""

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.container import oracle, stages
from tests.container.oracle import Dialect, RefusedError, Table

every_set = pytest.mark.parametrize("instructions", stages.instruction_sets())


def outcome(parse: Callable[..., Table], *args: Any, **kwargs: Any) -> object:
    """The bits of the table, all NaN being the same, and its bad rows; or the message."""
    try:
        table = parse(*args, **kwargs)
    except RefusedError as refused:
        return str(refused)
    cells = [[math.nan if math.isnan(cell) else cell for cell in row] for row in table.values]
    return [struct.pack(f"{len(row)}d", *row) for row in cells], table.bad


def check(body: bytes, dialect: Dialect, instructions: str, cuts: Sequence[int] = ()) -> None:
    """The stage and the oracle make the same of the body."""
    expected = outcome(oracle.parse, body, dialect)
    assert outcome(stages.parse, body, dialect, instructions=instructions, cuts=cuts) == expected
