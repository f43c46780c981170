"""Records that cannot be built with a wrong value. They know nothing of what they record."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any


class SettingsError(ValueError):
    """Values are wrong. `problems` has one line for each: the field, its value, what is allowed."""

    def __init__(self, problems: list[str], *, source: str) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{source}: {len(problems)} problem(s){lines}")


@dataclass(frozen=True)
class Rule:
    """What a field may hold: a test, and the same in words."""

    holds: Callable[[Any], bool]
    allowed: str


def number(low: float, high: float, *, whole: bool = True) -> Rule:
    """A number within bounds, both included."""

    def holds(value: Any) -> bool:
        is_number = isinstance(value, int if whole else (int, float))
        return is_number and not isinstance(value, bool) and low <= value <= high

    return Rule(
        holds,
        f"a {'whole ' if whole else ''}number from {low} to {high}",
    )


def text(pattern: str, words: str) -> Rule:
    """Text that matches `pattern` as a whole."""
    return Rule(lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None, words)


def optional(rule: Rule) -> Rule:
    """None, or what `rule` allows."""
    return Rule(lambda v: v is None or rule.holds(v), f"{rule.allowed}, or left out")


def each(rule: Rule) -> Rule:
    """A tuple in which everything obeys `rule` and nothing stands twice."""
    return Rule(
        lambda v: isinstance(v, tuple) and all(map(rule.holds, v)) and len(set(v)) == len(v),
        f"a list in which nothing stands twice, each entry {rule.allowed}",
    )


def checked(rule: Rule, **options: Any) -> Any:
    """A dataclass field that carries its rule."""
    return field(metadata={"rule": rule}, **options)


class Checked:
    """Base of a dataclass that refuses wrong values.

    Raises:
        SettingsError: with every field that breaks its rule, and every broken relation.
    """

    def __post_init__(self) -> None:
        wrong = {
            item.name: f"{item.name} = {getattr(self, item.name)!r}; allowed: {rule.allowed}"
            for item in fields(self)  # type: ignore[arg-type]  # every subclass is a dataclass
            if (rule := item.metadata.get("rule")) and not rule.holds(getattr(self, item.name))
        }
        if problems := [*wrong.values(), *self.relations(frozenset(wrong))]:
            raise SettingsError(problems, source=type(self).__name__)

    def relations(self, wrong: frozenset[str]) -> list[str]:
        """The problems that only show when fields are seen together.

        Args:
            wrong: fields that break their own rule, of which nothing can be concluded.
        """
        del wrong
        return []


def read_toml(path: Path) -> dict[str, Any]:
    """The table in the TOML file `path`.

    Raises:
        SettingsError: it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"cannot be read: {error.strerror}"], source=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"is not TOML: {error}"], source=str(path)) from error


def build(kind: type[Any], table: Any, where: str, problems: list[str]) -> Any:
    """An instance of `kind`; None, with `problems` grown, when the table does not allow one."""
    if not isinstance(table, dict):
        problems.append(f"{where.rstrip('.')} = {table!r}; allowed: a table")
        return None
    known = {item.name for item in fields(kind)}
    required = {
        item.name
        for item in fields(kind)
        if item.default is MISSING and item.default_factory is MISSING
    }
    found = [f"{where}{key} is unknown; allowed: {sorted(known)}" for key in table.keys() - known]
    found += [f"{where}{key} is missing" for key in required - table.keys()]
    given = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.items()
        if key in known
    }
    try:
        return kind(**dict.fromkeys(required) | given)
    except SettingsError as error:
        told = {f"{key} = None" for key in required - table.keys()}
        found += [f"{where}{text}" for text in error.problems if text.split(";")[0] not in told]
    finally:
        problems += sorted(found)
    return None
