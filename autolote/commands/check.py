"""autolote check golden: the scoring container predicts what lightgbm itself predicts."""

import argparse
from pathlib import Path

from rules.tolerance import Tolerance

from autolote.golden.source import SEPARATORS

KEYS = ("predicted_label", "probability", "probabilities", "labels")

EXAMPLES = """what it does:
  Starts the scoring container's own program on MODEL, sends it CSV over HTTP in payloads as a batch
  transform job does, and compares every answer with lightgbm's own Booster.predict on the same
  rows, which pandas and Python read: another parser and another predictor than the container's.
  Rows are counted first, then columns, then each value is compared; NaN equals NaN.

tolerance:
  A value is within it when  |found - expected| <= ABSOLUTE + RELATIVE * |expected|.
  The default is 0 and 0, all values: the container gives the very doubles that lightgbm gives, so
  any difference is a fault. If some values may be farther off, say how far at most:
    --absolute 1e-5 --share 0.9999 --max-deviation 1e-3

examples:
  autolote check golden model.txt rows.csv
  autolote check golden model.txt rows.csv --id-columns customer_id,date --plot golden.svg
  autolote check golden model.txt dados.csv --separator ';' --decimal-comma
  autolote check golden model.txt rows.csv --write-predictions golden/predictions.csv
        stores lightgbm's predictions, for the pipeline's golden check (docs/request.md)
  autolote check golden new/model.txt rows.csv --predictions golden/predictions.csv
        compares with stored predictions instead: does the new model predict as the old one did?

Exit code: 0 all is within the tolerance, 1 something is not, 2 the check could not be made.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    group = commands.add_parser(
        "check",
        help="prove on your own rows that the container predicts as lightgbm does",
        description="Checks on your own model and data. `autolote check golden --help` says how "
        "predictions of the scoring container are compared with those of lightgbm itself.",
    )
    kinds = group.add_subparsers(dest="check", required=True, metavar="WHAT")
    parser = kinds.add_parser(
        "golden",
        help="compare the container's predictions with lightgbm's, value by value",
        description="Compare the scoring container's predictions with lightgbm's own, value by "
        "value,\non your model and your rows.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="a LightGBM model.txt, or the folder it is in")
    parser.add_argument(
        "csv", type=Path, help="the rows to predict: the model's features in order (.gz is read)"
    )
    _reading(parser)
    _tolerance(parser)
    _sending(parser)
    _showing(parser)
    parser.set_defaults(run=run)


def _reading(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how the CSV is written")
    group.add_argument("--no-header", action="store_true", help="its first line is a row already")
    group.add_argument(
        "--separator", choices=SEPARATORS, default=",", metavar="S", help=", (default) ; | or tab"
    )
    group.add_argument("--decimal-comma", action="store_true", help="numbers are written 3,14")
    group.add_argument(
        "--missing",
        type=_items,
        metavar="TOKENS",
        help="spellings of a missing value, with commas between them, beside an empty cell "
        "(default: NA,N/A,NaN,nan,NULL,null,None)",
    )
    group.add_argument(
        "--id-columns",
        type=_items,
        default=(),
        metavar="COLUMNS",
        help="columns that are no features, with commas between them; by number from 1 if there "
        "is no header",
    )


def _tolerance(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is compared, and how far apart it may be")
    group.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="compare with these predictions instead of lightgbm's: CSV, a line a row, with or "
        "without a header, output columns only (id columns may lead, if the header names them)",
    )
    for name, text in (
        ("--absolute", "absolute tolerance, in the prediction's unit (default: 0)"),
        ("--relative", "relative tolerance, as a part of the expected value (default: 0)"),
    ):
        group.add_argument(name, type=float, default=0.0, metavar="X", help=text)
    group.add_argument(
        "--share",
        type=float,
        default=1.0,
        metavar="X",
        help="part of each column's values that must be within (default: 1, all of them)",
    )
    group.add_argument(
        "--max-deviation",
        type=float,
        metavar="X",
        help="largest deviation any value may have; needed with --share below 1",
    )


def _sending(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what the transform job would ask for")
    group.add_argument(
        "--output",
        type=_keys,
        default=(),
        metavar="COLUMNS",
        help=f"output columns, with commas between them: {', '.join(KEYS)} (default: what "
        "Booster.predict returns)",
    )
    group.add_argument(
        "--threshold", type=float, metavar="X", help="probability from which a binary label is 1"
    )
    group.add_argument(
        "--max-payload-mb",
        type=_payload,
        default=6,
        metavar="N",
        help="size of one request at most (default: 6)",
    )
    group.add_argument(
        "--strategy",
        choices=("MultiRecord", "SingleRecord"),
        default="MultiRecord",
        help="as many rows in a request as fit, or one (default: MultiRecord)",
    )


def _showing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is left behind")
    group.add_argument("--json", action="store_true", help="print the result to standard output")
    group.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw found against expected, and the deviations; FILE ends in .svg or .png",
    )
    group.add_argument(
        "--write-predictions",
        type=Path,
        metavar="FILE",
        help="store lightgbm's predictions, for the pipeline's golden check",
    )


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _keys(text: str) -> tuple[str, ...]:
    keys = _items(text)
    if not keys or len(set(keys)) < len(keys) or not set(keys) <= set(KEYS):
        raise argparse.ArgumentTypeError(f"{text!r} must name each of {', '.join(KEYS)} once")
    return keys


def _payload(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1 to 100")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Make the check; returns the exit code."""
    tolerance = Tolerance(
        absolute=arguments.absolute,
        relative=arguments.relative,
        share=arguments.share,
        max_deviation=arguments.max_deviation,
    )
    # lightgbm and pandas take a second to import; the other commands do without them
    from autolote.golden import check  # noqa: PLC0415

    return check.carry_out(arguments, tolerance)
