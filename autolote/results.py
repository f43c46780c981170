"""What a run leaves on the laptop: its manifest and one predictions.csv, and how good they are."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from autolote.accounts import Account, Deployment
from autolote.watching import Progress

MANIFEST, PREDICTIONS = "manifest.json", "predictions.csv"
_LABEL, _NUMBER = "predicted_label", "prediction"
_CODE = re.compile(r"\s*0\d")


class TruthError(ValueError):
    """The file with the true labels does not fit the predictions."""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """How predictions compare with the truth: `metrics` by their usual names, over `rows` rows."""

    rows: int
    metrics: Mapping[str, float]


def clear(folder: Path) -> None:
    """Make the folder; what an earlier run left in it must not pass for this one's."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (MANIFEST, PREDICTIONS):
        (folder / stale).unlink(missing_ok=True)


def download(
    account: Account,
    deployment: Deployment,
    *,
    run: Mapping[str, str],
    progress: Progress,
    folder: Path,
) -> dict[str, Any]:
    """Write manifest.json and, if the run scored, predictions.csv below `folder`.

    The manifest is the one the pipeline published, with the seconds of each state added.
    """
    storage = account.client("s3")
    key = f"{run['project_id']}/{run['experiment_id']}/runs/{run['run_id']}/manifest.json"
    body = storage.get_object(Bucket=deployment.data_bucket, Key=key)["Body"].read()
    manifest: dict[str, Any] = json.loads(body)
    manifest["seconds"]["states"] = {s.name: round(s.seconds, 3) for s in progress.states}
    if manifest.get("output"):
        _predictions(storage, manifest["output"], folder / PREDICTIONS)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _predictions(storage: Any, output: Mapping[str, Any], path: Path) -> None:
    """Join the .out objects in their order below one header line."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(output["columns"])
    with path.open("wb") as sink:
        sink.write(header.getvalue().encode())
        for item in output["objects"]:
            bucket, _, key = item["uri"].removeprefix("s3://").partition("/")
            for chunk in storage.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
                sink.write(chunk)


def compare(*, predictions: Path, truth: Path, id_columns: tuple[str, ...]) -> HeldOut:
    """Compare predictions with true values, row by row.

    Args:
        predictions: CSV with a header: the id columns, then what the model wrote; of a
            classification `predicted_label` is compared, in whatever place the request put it.
        truth: CSV with a header: the same id columns in the same order, then the true value.
        id_columns: the names of the id columns; empty when rows are matched by position.

    Returns:
        Accuracy for predicted labels, RMSE and R2 for a single `prediction`.

    Raises:
        TruthError: other rows, ids or columns than the predictions', true values that are no
            numbers where numbers were predicted, or no column that a true value compares with.
    """
    width = len(id_columns)
    written = _header(predictions)[width:]
    if _LABEL not in written and written != [_NUMBER]:
        raise TruthError(
            f"{predictions} holds {', '.join(written)}, which no single true value compares with; "
            f"add {_LABEL} to score.output"
        )
    at = width + (written.index(_LABEL) if _LABEL in written else 0)
    pairs = list(_pairs(predictions, truth, width, at))
    if not pairs:
        raise TruthError(f"{truth} has no rows below its header")
    if _LABEL in written:
        hits = sum(_same_label(guess, true) for guess, true in pairs)
        return HeldOut(rows=len(pairs), metrics={"accuracy": hits / len(pairs)})
    return HeldOut(rows=len(pairs), metrics=_regression(list(_numbers(pairs, truth))))


def _pairs(predictions: Path, truth: Path, width: int, at: int) -> Iterator[tuple[str, str]]:
    """The predicted value, column `at`, and the true one of each row."""
    with (
        predictions.open(newline="", encoding="utf-8") as a,
        truth.open(newline="", encoding="utf-8") as b,
    ):
        guesses, truths = csv.reader(a), csv.reader(b)
        next(guesses, None), next(truths, None)
        for line, (guess, true) in enumerate(zip_longest(guesses, truths), start=2):
            if guess is None or true is None:
                short, other = (predictions, truth) if guess is None else (truth, predictions)
                raise TruthError(f"{short} ends before line {line}, {other} does not")
            if len(true) != width + 1:
                raise TruthError(
                    f"{truth} line {line} has {len(true)} columns, {width + 1} are needed"
                )
            if guess[:width] != true[:width]:
                raise TruthError(
                    f"line {line}: {truth} is about {true[:width]}, not {guess[:width]}"
                )
            yield guess[at], true[width]


def _header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as source:
        return next(csv.reader(source))


def _same_label(guess: str, true: str) -> bool:
    """Whether two labels are one: 3 is 3.0, but a code as 03 is not 3."""
    if guess == true or _CODE.match(guess) or _CODE.match(true):
        return guess == true
    try:
        return float(guess) == float(true)
    except ValueError:
        return False


def _numbers(pairs: list[tuple[str, str]], truth: Path) -> Iterator[tuple[float, float]]:
    for row, (guess, true) in enumerate(pairs, start=1):
        try:
            yield float(guess), float(true)
        except ValueError as error:
            raise TruthError(
                f"{truth} row {row} has {true!r}, which is no number, but numbers were "
                f"predicted; for labels, add {_LABEL} to score.output"
            ) from error


def _regression(pairs: list[tuple[float, float]]) -> dict[str, float]:
    mean = sum(true for _, true in pairs) / len(pairs)
    wrong = sum((guess - true) ** 2 for guess, true in pairs)
    spread = sum((true - mean) ** 2 for _, true in pairs)
    found = {"RMSE": (wrong / len(pairs)) ** 0.5}
    return found | ({"R2": 1 - wrong / spread} if spread else {})
