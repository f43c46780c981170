"""State CheckGolden: the model predicts what is stored as right, or nothing more is scored.

The golden transform job has scored the golden rows; its output is compared with the predictions
stored beside them. Row counts come first, then columns, then every value.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from rules import golden, verification
from rules.golden import Comparison, Pair
from rules.predictions import PredictionError, numbers
from rules.tolerance import Tolerance

from steps import errors, runtime, storage
from steps.environment import Environment

SHOWN = 5
"""How many misses, and how many of the worst values, the error names."""


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """What was compared, as `$.golden` tells it.

    Raises:
        GoldenMismatch: naming the objects, what does not match and the worst values.
    """
    asked, target = state["plan"]["score"]["golden"], state["golden"]["output_uri"]
    stored = env.uri(asked["predictions"]["key"])
    found = _numbers(_output(env, target), where=target)
    expected = _numbers(_stored(env, asked["predictions"]), where=stored)
    try:
        comparison = golden.compare(expected, found, tolerance=_tolerance(asked))
    except golden.RaggedError as error:
        raise errors.GoldenMismatch(f"{target} against {stored}: {error}") from error
    if not comparison.passed:
        raise errors.GoldenMismatch(_message(comparison, target, stored))
    return {**state["golden"], **_summary(comparison)}


def _tolerance(asked: Mapping[str, Any]) -> Tolerance:
    fields = ("absolute", "relative", "share", "max_deviation")
    return Tolerance(**{name: asked[name] for name in fields if asked.get(name) is not None})


def _output(env: Environment, uri: str) -> Iterator[bytes]:
    """The lines of the job's objects in the order of their keys; other attempts lie in folders."""
    prefix = uri.removeprefix(f"s3://{env.data_bucket}/")
    for item in storage.listing(bucket=env.data_bucket, prefix=prefix):
        if "/" in item.key.removeprefix(prefix):
            continue
        yield from verification.lines(storage.pieces(bucket=env.data_bucket, key=item.key))


def _stored(env: Environment, asked: Mapping[str, Any]) -> Iterator[bytes]:
    """The lines of the stored predictions, of the version that was found when validated."""
    where = {"key": asked["key"], "version_id": asked["version_id"]}
    try:
        yield from verification.lines(storage.pieces(bucket=env.data_bucket, **where))
    except ClientError as error:
        if errors.code_of(error) not in ("NoSuchKey", "NoSuchVersion"):
            raise
        raise errors.GoldenMismatch(
            f"{env.uri(asked['key'])}: version {asked['version_id']} of the stored predictions is "
            "no longer there; send the request again."
        ) from error


def _numbers(lines: Iterator[bytes], *, where: str) -> Iterator[list[float]]:
    try:
        yield from numbers(lines)
    except PredictionError as error:
        raise errors.GoldenMismatch(f"{where}: {error}") from error


def _message(comparison: Comparison, target: str, stored: str) -> str:
    misses, worst = comparison.misses, comparison.worst[:SHOWN]
    lines = [f"{target} does not match {stored} ({comparison.tolerance}).", *misses[:SHOWN]]
    if len(misses) > SHOWN:
        lines.append(f"and {len(misses) - SHOWN} more misses")
    if worst:
        lines.append("worst: " + "; ".join(map(_shown, worst)))
    fix = "If another model is meant, store its predictions: autolote check golden --help."
    return "\n".join([*lines, fix])


def _shown(pair: Pair) -> str:
    return f"row {pair.row} column {pair.column}: expected {pair.expected!r}, found {pair.found!r}"


def _summary(comparison: Comparison) -> dict[str, Any]:
    """Small however many columns there are; every number is finite, as the check was passed."""
    return {
        "rows": comparison.rows_found,
        "columns": comparison.width_found,
        "share": min(column.share for column in comparison.columns),
        "mean_deviation": max(column.mean_deviation for column in comparison.columns),
        "max_deviation": max(column.max_deviation for column in comparison.columns),
    }


handler = runtime.step(work)
