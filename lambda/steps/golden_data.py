"""Checking the golden rows and their stored predictions before anything is started."""

from collections.abc import Mapping
from typing import Any

from rules import predictions, verification
from rules.locations import Location
from rules.violations import Violation

from steps import scoring_data, storage
from steps.dataset import Dataset
from steps.scoring_data import Expected

LARGEST_BYTES = 64 * 10**6
"""Of the golden rows, and of their predictions: scoring waits until they are compared."""

_DATA, _PREDICTIONS = "score.golden.data", "score.golden.predictions"
_SAMPLE = 64 * 1024


def check_rows(
    location: Location, score: Mapping[str, Any], expected: Expected
) -> tuple[Dataset | None, list[Violation]]:
    """Look at the golden rows; the dataset, and everything wrong with it.

    Args:
        location: an object.
        score: the normalised `score` of the request.
        expected: what the model takes.
    """
    if location.is_prefix:
        return None, [_one_object(_DATA, location)]
    asked = {**score, "id_columns": []}
    limit = LARGEST_BYTES / 10**9
    return scoring_data.check(location, asked, expected, max_gb=limit, field=_DATA)


def check_predictions(location: Location) -> tuple[dict[str, Any] | None, list[Violation]]:
    """Look at the stored predictions; the version found, and everything wrong with them."""
    if location.is_prefix:
        return None, [_one_object(_PREDICTIONS, location)]
    listed = storage.listing(bucket=location.bucket, prefix=location.key)
    size = next((item.size for item in listed if item.key == location.key), 0)
    head = None
    if size:
        head = storage.read_head(bucket=location.bucket, key=location.key, length=_SAMPLE)
    if head is None:
        rule, fix = "does not exist or is empty", "Upload the predictions there first."
        return None, [_violation(location, rule, fix)]
    pinned = {"key": location.key, "version_id": head.version_id, "size": head.size}
    if head.size > LARGEST_BYTES:
        rule = f"has {head.size:,} bytes; golden predictions have at most {LARGEST_BYTES:,}"
        return pinned, [_violation(location, rule, "Choose fewer golden rows.")]
    whole = head.sample if head.complete else head.sample[: head.sample.rfind(b"\n") + 1]
    try:
        for _ in predictions.numbers(verification.lines([whole])):
            pass
    except predictions.PredictionError as error:
        fix = "Leave out the header line and ids: the output columns alone, as numbers."
        return pinned, [_violation(location, str(error), fix)]
    return pinned, []


def _one_object(field: str, location: Location) -> Violation:
    rule = "must be one object, and a name that ends in `/` is a folder"
    return Violation(field=field, value=location.uri, rule=rule, fix="Name the object.")


def _violation(location: Location, rule: str, fix: str) -> Violation:
    return Violation(field=_PREDICTIONS, value=location.uri, rule=rule, fix=fix)
