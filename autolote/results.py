"""What a run leaves on the laptop: its manifest and one predictions.csv, and how good they are."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from autolote.accounts import Account, Deployment
from autolote.watching import Progress


class TruthError(ValueError):
    """The file with the true labels does not fit the predictions."""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """How predictions compare with the truth: `metrics` by their usual names, over `rows` rows."""

    rows: int
    metrics: Mapping[str, float]


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
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("manifest.json", "predictions.csv"):
        (folder / stale).unlink(missing_ok=True)
    if manifest.get("output"):
        _predictions(storage, manifest["output"], folder / "predictions.csv")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
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
        predictions: CSV with a header: the id columns, then the predicted value.
        truth: CSV with a header: the same id columns in the same order, then the true value.
        id_columns: the names of the id columns; empty when rows are matched by position.

    Returns:
        Accuracy for labels, RMSE and R2 when every value on both sides is a number with a
        fraction or the run was a regression.

    Raises:
        TruthError: other rows, ids or columns than the predictions'.
    """
    width = len(id_columns)
    pairs = list(_pairs(predictions, truth, width))
    if not pairs:
        raise TruthError(f"{truth} has no rows below its header")
    head = _header(predictions)
    if head[width] == "predicted_label":
        hits = sum(_same_label(guess, true) for guess, true in pairs)
        return HeldOut(rows=len(pairs), metrics={"accuracy": hits / len(pairs)})
    return HeldOut(rows=len(pairs), metrics=_regression([(float(a), float(b)) for a, b in pairs]))


def _pairs(predictions: Path, truth: Path, width: int) -> Iterator[tuple[str, str]]:
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
            yield guess[width], true[width]


def _header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as source:
        return next(csv.reader(source))


def _same_label(guess: str, true: str) -> bool:
    if guess == true:
        return True
    try:
        return float(guess) == float(true)
    except ValueError:
        return False


def _regression(pairs: list[tuple[float, float]]) -> dict[str, float]:
    mean = sum(true for _, true in pairs) / len(pairs)
    wrong = sum((guess - true) ** 2 for guess, true in pairs)
    spread = sum((true - mean) ** 2 for _, true in pairs)
    found = {"RMSE": (wrong / len(pairs)) ** 0.5}
    return found | ({"R2": 1 - wrong / spread} if spread else {})
