"""One golden check from its options to its exit code: both sides in step, in constant memory."""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rules import golden, model_text
from rules.golden import Comparison, RaggedError
from rules.model_text import ModelText, ModelTextError
from rules.numbers import MISSING_TOKENS
from rules.tolerance import Tolerance

from autolote import display
from autolote.golden import GoldenError, reference, report, served
from autolote.golden.progress import Progression
from autolote.golden.source import Body, Source, feature_positions
from autolote.golden.values import Values

PLOTS = (".svg", ".png")
_HEAD_BYTES = 1 << 24

Row = list[float]


def carry_out(arguments: argparse.Namespace, tolerance: Tolerance) -> int:
    """Make the check that the command line asks for; returns the exit code.

    Raises:
        GoldenError: it could not be made.
    """
    console, began = display.console(), time.monotonic()
    check = _Check.prepare(arguments)
    try:
        comparison = check.compare(tolerance, console)
    except (served.RefusedError, RaggedError) as error:
        console.print(str(error), style="red", soft_wrap=True)
        console.print("golden check FAILED", style="bold red")
        if arguments.json:
            _print_json({**check.facts, "passed": False, "misses": [str(error)]})
        return 1
    seconds = time.monotonic() - began
    report.show(console, comparison, check.facts)
    if check.values:
        from autolote.golden import plot  # noqa: PLC0415 (half a second, for a picture only)

        plot.draw(
            arguments.plot, check.values, comparison, title=f"{check.model} on {check.source.path}"
        )
        console.print(f"plot:        {arguments.plot}", soft_wrap=True)
    if arguments.write_predictions:
        console.print(f"predictions: {arguments.write_predictions}", soft_wrap=True)
    if arguments.json:
        told = {**check.facts, "seconds": round(seconds, 3), **comparison.as_dict()}
        _print_json(told)
    return 0 if comparison.passed else 1


@dataclass(frozen=True, kw_only=True)
class _Check:
    """What is compared with what. `facts` grows while it is found out."""

    arguments: argparse.Namespace
    model: Path
    source: Source
    positions: list[int]
    output: reference.Output
    facts: dict[str, Any]
    values: Values | None  # for the plot

    @classmethod
    def prepare(cls, arguments: argparse.Namespace) -> "_Check":
        """Refuse what cannot be checked before anything is started; raises GoldenError."""
        _check_files(arguments)
        model = _model_file(arguments.model)
        text = _head(model)
        source = Source(
            path=arguments.csv,
            has_header=not arguments.no_header,
            separator=arguments.separator,
            decimal_comma=arguments.decimal_comma,
            missing=MISSING_TOKENS if arguments.missing is None else arguments.missing,
            id_columns=arguments.id_columns,
        )
        against = arguments.predictions
        return cls(
            arguments=arguments,
            model=model,
            source=source,
            positions=feature_positions(source, text),
            output=reference.Output(
                problem_type=text.problem_type, keys=arguments.output, threshold=arguments.threshold
            ),
            facts={
                "model": str(model),
                "csv": str(source.path),
                "reference": str(against) if against else "Booster.predict",
            },
            values=Values() if arguments.plot else None,
        )

    def compare(self, tolerance: Tolerance, console: Console) -> Comparison:
        """Run both sides.

        Raises:
            RefusedError: the container did not answer with predictions.
            RaggedError: one side has rows of different lengths.
            GoldenError: either side could not be started or read.
        """
        arguments = self.arguments
        batch = served.Batch(max_payload_mb=arguments.max_payload_mb, strategy=arguments.strategy)
        variables = served.variables(
            self.source, batch, keys=self.output.keys, threshold=self.output.threshold
        )
        with contextlib.ExitStack() as stack:
            expected = self._expected(stack)
            server = stack.enter_context(served.serving(self.model, variables))
            self.facts["container"] = server.engine
            body = stack.enter_context(contextlib.closing(Body(self.source, self.positions)))
            progress = stack.enter_context(Progression(console, self.source.path.stat().st_size))
            found = progress.follow(server.predictions(body, batch), lambda: body.position)
            if self.values:
                expected = _tap(expected, self.values.expected.extend)
                found = _tap(found, self.values.found.extend)
            try:
                return golden.compare(expected, found, tolerance=tolerance)
            except GoldenError:
                for _ in found:  # if the container refuses the rows too, it names the cell
                    pass
                raise

    def _expected(self, stack: contextlib.ExitStack) -> Iterator[Row]:
        """The right predictions, written down on their way if that is asked for."""
        arguments = self.arguments
        if arguments.predictions:
            return reference.stored(arguments.predictions, id_columns=self.source.id_columns)
        reference.load(self.model)  # refused before the container is started
        rows = reference.predicted(
            self.model, self.source, positions=self.positions, output=self.output
        )
        target = arguments.write_predictions
        return _written(rows, target) if target else rows


def _written(rows: Iterable[Row], target: Path) -> Iterator[Row]:
    """The rows; at the end the file is there, whole."""
    draft = target.with_name(target.name + ".part")
    try:
        with draft.open("w", encoding="utf-8") as out:
            for row in rows:
                out.write(",".join(map(repr, row)) + "\n")
                yield row
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _tap(rows: Iterator[Row], take: Callable[[Row], None]) -> Iterator[Row]:
    for row in rows:
        take(row)
        yield row


def _check_files(arguments: argparse.Namespace) -> None:
    if arguments.predictions and arguments.write_predictions:
        raise GoldenError("--write-predictions stores lightgbm's; leave --predictions out")
    if arguments.predictions and not arguments.predictions.is_file():
        raise GoldenError(f"--predictions {arguments.predictions}: there is no such file")
    if arguments.plot and arguments.plot.suffix not in PLOTS:
        raise GoldenError(f"--plot {arguments.plot}: its name must end in {' or '.join(PLOTS)}")
    for name, path in (
        ("--plot", arguments.plot),
        ("--write-predictions", arguments.write_predictions),
    ):
        if path and not path.absolute().parent.is_dir():
            raise GoldenError(f"{name} {path}: there is no folder {path.absolute().parent}")


def _model_file(path: Path) -> Path:
    found = path / "model.txt" if path.is_dir() else path
    if not found.is_file():
        raise GoldenError(
            f"{found}: there is no such file; give a LightGBM model.txt or its folder"
        )
    return found


def _head(model: Path) -> ModelText:
    with model.open("rb") as content:
        head = content.read(_HEAD_BYTES)
    try:
        return model_text.read(head)
    except ModelTextError as error:
        raise GoldenError(f"{model} is not a LightGBM text model: {error}") from error


def _print_json(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, indent=2, allow_nan=False) + "\n")
