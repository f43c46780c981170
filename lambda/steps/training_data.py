"""Checking the training data of a request before anything is started."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules import columns, numbers, tables, training
from rules.locations import Location
from rules.rows import RowCounter
from rules.violations import Violation

from steps import dataset, storage
from steps.dataset import Dataset, Table

# Autopilot: https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html
FEWEST_ROWS = 500
LARGEST_BYTES = 100 * 10**9

_FIELD, _VALIDATION = "train.data", "train.validation"


def check(location: Location, train: Mapping[str, Any]) -> tuple[Dataset, list[Violation]]:
    """Look at the training data; the dataset, and everything wrong with it."""
    data = _look(location, _FIELD, train)
    found = list(data.violations)
    by_autopilot = training.method(train) == training.AUTOML
    if by_autopilot and data.size > LARGEST_BYTES:
        rule = f"has {data.size:,} bytes; Autopilot takes {LARGEST_BYTES:,}"
        found.append(_violation(location.uri, rule, "Take a sample of the rows."))
    if data.is_readable():
        found += _same_columns(data)
        found += _target(data, str(train["target"]))
        found += _enough_rows(data, location) if by_autopilot else _names(data)
    return data, found


def check_validation(
    location: Location, train: Mapping[str, Any], trained_on: Dataset | None
) -> tuple[Dataset, list[Violation]]:
    """Look at data to validate on, which has the columns of the training data."""
    data = _look(location, _VALIDATION, train)
    found = list(data.violations)
    if data.is_readable() and trained_on and trained_on.is_readable():
        found += _same_columns(data, first=trained_on.tables[0])
        found += _apart(data, trained_on)
    return data, found


def _look(location: Location, field: str, train: Mapping[str, Any]) -> Dataset:
    by_script = training.method(train) == training.SCRIPT
    reading = tables.Reading(has_header=True, only_numbers=by_script)
    return dataset.look(location, field=field, reading=reading)


def features(data: Dataset, target: str) -> tuple[str, ...]:
    """The input columns of a model trained on `data`, in order; empty if they cannot be told.

    Without the target (a misspelled one) the real one would count as a column to score with.
    """
    names = data.tables[0].inspection.columns if data.is_readable() else ()
    return tuple(name for name in names if name != target) if target in names else ()


def _same_columns(data: Dataset, *, first: Table | None = None) -> Iterator[Violation]:
    first = first or data.tables[0]
    for table in data.tables:
        difference = columns.first_difference(
            expected=first.inspection.columns, found=table.inspection.columns
        )
        if difference:
            rule = f"has other columns than {first.key}: {difference}"
            fix = "Give every object the same header line."
            yield Violation(field=data.field, value=table.key, rule=rule, fix=fix)
            return


def _apart(data: Dataset, trained_on: Dataset) -> Iterator[Violation]:
    learned = {table.key for table in trained_on.tables}
    shared = [table.key for table in data.tables if table.key in learned]
    if shared:
        rule = "is part of train.data as well: a model knows the rows that it has learned"
        fix = "Keep the rows to validate on in a folder of their own."
        yield Violation(field=data.field, value=shared[0], rule=rule, fix=fix)


def _names(data: Dataset) -> Iterator[Violation]:
    """LightGBM keeps the names in its model, which is text with signs of its own."""
    for name in data.tables[0].inspection.columns:
        if set(name) & set(numbers.NOT_IN_NAMES):
            rule = f"has the column {name!r}; LightGBM takes no name with one of "
            rule += numbers.NOT_IN_NAMES
            yield _violation(data.tables[0].key, rule, "Rename the column.")
            return


def _target(data: Dataset, target: str) -> Iterator[Violation]:
    names = data.tables[0].inspection.columns
    if target not in names:
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        rule = f"is not a column of {data.tables[0].key}, which has {shown}"
        fix = "Write the column's name exactly as in the header; every object needs a header line."
        yield Violation(field="train.target", value=target, rule=rule, fix=fix)
    elif len(names) == 1:
        yield _violation(data.tables[0].key, "has the target and no other column", "Add features.")


def _enough_rows(data: Dataset, location: Location) -> Iterator[Violation]:
    rows = sum(table.inspection.rows for table in data.tables)
    for table in data.tables:
        if rows >= FEWEST_ROWS:
            return
        if not table.complete:
            rows += _count(location.bucket, table) - table.inspection.rows
    if rows < FEWEST_ROWS:
        rule = f"has {rows} rows; Autopilot needs at least {FEWEST_ROWS}"
        yield _violation(location.uri, rule, f"Give at least {FEWEST_ROWS} rows below the header.")


def _count(bucket: str, table: dataset.Table) -> int:
    counter = RowCounter()
    for piece in storage.pieces(bucket=bucket, key=table.key, version_id=table.version_id):
        counter.feed(piece)
        if counter.rows > FEWEST_ROWS:
            break
    else:
        counter.finish()
    return counter.rows - 1


def _violation(value: str, rule: str, fix: str) -> Violation:
    return Violation(field=_FIELD, value=value, rule=rule, fix=fix)
