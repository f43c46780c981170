"""Checking the training data of a request before anything is started."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules import columns, tables
from rules.locations import Location
from rules.rows import RowCounter
from rules.violations import Violation

from steps import dataset, storage
from steps.dataset import Dataset

# Autopilot: https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html
FEWEST_ROWS = 500
LARGEST_BYTES = 100 * 10**9

_READING = tables.Reading(has_header=True)
_FIELD = "train.data"


def check(location: Location, train: Mapping[str, Any]) -> tuple[Dataset, list[Violation]]:
    """Look at the training data; the dataset, and everything wrong with it."""
    data = dataset.look(location, field=_FIELD, reading=_READING)
    found = list(data.violations)
    if data.size > LARGEST_BYTES:
        rule = f"has {data.size:,} bytes; Autopilot takes {LARGEST_BYTES:,}"
        found.append(_violation(location.uri, rule, "Take a sample of the rows."))
    if data.is_readable():
        found += _same_columns(data)
        found += _target(data, str(train["target"]))
        found += _enough_rows(data, location)
    return data, found


def features(data: Dataset, target: str) -> tuple[str, ...]:
    """The input columns of a model trained on `data`, in order; empty if they cannot be told.

    Without the target (a misspelled one) the real one would count as a column to score with.
    """
    names = data.tables[0].inspection.columns if data.is_readable() else ()
    return tuple(name for name in names if name != target) if target in names else ()


def _same_columns(data: Dataset) -> Iterator[Violation]:
    first = data.tables[0]
    for table in data.tables[1:]:
        difference = columns.first_difference(
            expected=first.inspection.columns, found=table.inspection.columns
        )
        if difference:
            rule = f"has other columns than {first.key}: {difference}"
            yield _violation(table.key, rule, "Give every object the same header line.")
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
