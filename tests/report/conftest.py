"""What the tests of facts and reports share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autolote.audit.facts.everything import Facts, gather
from tests.report import sample

Gather = Callable[[dict[str, Any]], Facts]


@pytest.fixture
def facts_of(tmp_path: Path) -> Gather:
    """The facts of one stack "main" with these resources."""
    return lambda resources: gather(sample.environment(tmp_path, {"main": resources}))


@pytest.fixture
def facts(facts_of: Gather) -> Facts:
    """The facts of the whole sample."""
    return facts_of(sample.resources())
