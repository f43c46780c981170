"""Checking the rows to score before anything is started."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rules import columns, numbers, tables
from rules.locations import Location
from rules.violations import Violation

from steps import dataset
from steps.dataset import Dataset, Table

_FIELD = "score.data"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the model takes.

    Attributes:
        features: names of its input columns, in order; empty when they are not known.
        named: whether a header can be compared with them.
        target: the column it predicts, if known.
    """

    features: tuple[str, ...]
    named: bool = True
    target: str | None = None


def check(
    location: Location,
    score: Mapping[str, Any],
    expected: Expected,
    *,
    max_gb: float,
    field: str = _FIELD,
) -> tuple[Dataset, list[Violation]]:
    """Look at the rows to score; the dataset, and everything wrong with it.

    Args:
        location: an object or a prefix.
        score: the normalised `score` of the request.
        expected: what the model takes.
        max_gb: the most there may be, in GB (10^9 bytes).
        field: the request's field that named the location.
    """
    reading = tables.Reading(
        has_header=score["has_header"],
        one_row_per_line=True,
    )
    data = dataset.look(location, field=field, reading=reading)
    found = list(data.violations)
    if data.size > max_gb * 10**9:
        rule = f"has {data.size / 10**9:.3f} GB; the environment allows {max_gb} GB"
        fix = "Score in several runs, or ask for more."
        found.append(Violation(field=field, value=location.uri, rule=rule, fix=fix))
    shared = list(_ids_apart(score["id_columns"], expected))
    found += shared
    # With an id that is an input as well, the order that is asked for would name it twice.
    if data.is_readable() and expected.features and not shared:
        by_name = _named if score["has_header"] else _counted
        for table in data.tables:
            wrong = list(by_name(table, score["id_columns"], expected))
            found += [replace(violation, field=field) for violation in wrong]
            if wrong:
                break
    return data, found


def _ids_apart(ids: Sequence[str], expected: Expected) -> Iterator[Violation]:
    shared = [name for name in ids if name in expected.features]
    if shared and expected.named:
        rule = f"names {shared[0]!r}, which the model takes as an input"
        fix = "Train without that column, or do not carry it."
        yield Violation(field="score.id_columns", value=list(ids), rule=rule, fix=fix)


def _named(table: Table, ids: Sequence[str], expected: Expected) -> Iterator[Violation]:
    names = table.inspection.columns
    if expected.target in names:
        rule = f"has the target {expected.target!r}"
        yield _violation(table.key, rule, "Remove that column from the rows to score.")
        return
    if not expected.named:
        yield from _unnamed(table, ids, expected)
        return
    # LightGBM writes an underscore for each blank in a name; a header may have either.
    wanted = [*ids, *expected.features]
    difference = columns.first_difference(expected=wanted, found=names)
    if difference and columns.first_difference(
        expected=wanted,
        found=[*names[: len(ids)], *("_".join(n.split(" ")) for n in names[len(ids) :])],
    ):
        rule = f"does not have the id columns and then the model's columns: {difference}"
        fix = f"Write the columns in this order: {_shown(wanted)}."
        if not {*wanted} & {*names}:
            fix += " If there is no header line, set score.has_header to false."
        yield _violation(table.key, rule, fix)


def _unnamed(table: Table, ids: Sequence[str], expected: Expected) -> Iterator[Violation]:
    """The model does not know its columns' names: the ids by name, the rest by number.

    A row that was taken for the header would be missing in the output, and nothing would tell.
    """
    names = table.inspection.columns
    rest = names[len(ids) :]
    difference = columns.first_difference(expected=list(ids), found=names[: len(ids)])
    if numbers.first_text(names) is None:
        rule = "has only numbers in its first line, which is to be a header"
        fix = "Set score.has_header to false, or name the columns by more than a number."
        yield _violation(table.key, rule, fix)
    elif difference:
        rule = f"does not begin with the id columns: {difference}"
        fix = f"Put {_shown(ids)} first."
        if rest and numbers.first_text(rest) is None:
            fix += " If there is no header line, set score.has_header to false."
        yield _violation(table.key, rule, fix)
    elif rest != expected.features and sorted(rest) == sorted(expected.features):
        difference = columns.first_difference(expected=expected.features, found=rest)
        fix = f"Write the columns in this order: {_shown([*ids, *expected.features])}."
        yield _violation(table.key, f"does not have the model's columns: {difference}", fix)
    else:
        yield from _width(table, ids, expected)


def _counted(table: Table, ids: Sequence[str], expected: Expected) -> Iterator[Violation]:
    cells = table.inspection.columns
    if cells[len(ids) :] == expected.features:
        rule = "begins with a header line, which would be scored as a row"
        yield _violation(table.key, rule, "Set score.has_header to true, or remove the line.")
    else:
        yield from _width(table, ids, expected)


def _width(table: Table, ids: Sequence[str], expected: Expected) -> Iterator[Violation]:
    width, wanted = len(table.inspection.columns), len(ids) + len(expected.features)
    if width != wanted:
        rule = (
            f"has {width} columns; {len(ids)} id columns and {len(expected.features)} columns of "
            f"the model are {wanted}"
        )
        fix = "Remove columns the model does not know; name carried ones in score.id_columns."
        yield _violation(table.key, rule, fix)


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


def _violation(value: str, rule: str, fix: str) -> Violation:
    return Violation(field=_FIELD, value=value, rule=rule, fix=fix)
