"""Train a LightGBM model on CSV files: the `train` entry of the image, and a script of its own.

On a laptop:

  python container/train.py --train data.csv --target y --objective binary --model-dir out

In SageMaker the image is started with the argument `train` and finds everything below /opt/ml:
hyperparameters in input/config/hyperparameters.json, data in input/data/train and, optionally,
input/data/validation; checkpoints go to checkpoints/, model.txt and metadata.json to model/. If
training fails, output/failure says why in plain sentences and the exit status is 1. The same paths
below another folder: SAGEMAKER_BASE_DIR; single ones: SM_CHANNEL_TRAIN, SM_CHANNEL_VALIDATION,
SM_MODEL_DIR (the names the SageMaker training toolkit gives them).

The data is CSV with a header, every column a number, an empty cell for "no value". The same data,
hyperparameters and number of threads give the same model.txt, byte for byte, also when training was
interrupted and went on from its checkpoints.

Progress is one line a reported round, for SageMaker's MetricDefinitions to read:
  round=20 train:auc=0.91 validation:auc=0.88
e.g. with the regex  validation:auc=([0-9.]+)  . The last such line is that of the best round, which
is the model that is kept.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, ROOT)

from container.training.errors import Stopped, TrainingError  # noqa: E402
from container.training.parameters import PARAMETERS  # noqa: E402
from container.training.paths import Paths, hyperparameters  # noqa: E402
from container.training.settings import OWN, TrainingSettings  # noqa: E402

MOST_OF_A_FAILURE = 1024
"""Of output/failure SageMaker shows the first 1024 characters as FailureReason
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html)."""


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Train; returns the exit status: 0, 1 for a failure, 128 + n when signal n ended it.

    Args:
        arguments: the command line without the program's name and without `train`.
        environment: the process's environment variables.
    """
    try:
        return _train(arguments, environment)
    except BrokenPipeError:
        # Who read the log has gone (`train.py ... | head`). What is still in the buffer goes
        # nowhere, so that Python's own flush at the end does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _train(arguments: list[str], environment: Mapping[str, str]) -> int:
    given = _parser().parse_args(arguments)
    paths = Paths.of(environment, given)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _on_signal)
    try:
        settings = TrainingSettings.load(hyperparameters(paths) | _options(given))
        paths.check()
        # LightGBM's threads otherwise burn their core while they wait for each other: on a machine
        # that is shared, small data then takes many times as long.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        # numpy and LightGBM take a second to import; wrong settings are told at once.
        from container.training.job import train  # noqa: PLC0415

        train(settings, paths, say=say)
    except Stopped as stopped:
        say(
            f"{signal.Signals(stopped.signal).name}: ended before the training was done. The same "
            "command with the same checkpoints goes on with it."
        )
        return 128 + stopped.signal
    except TrainingError as error:
        return _failed(paths, error.problems)
    except BrokenPipeError:
        raise
    except MemoryError:
        return _failed(paths, ["The data does not fit into memory. Give a larger instance."])
    except Exception as error:
        traceback.print_exc()
        kind = type(error).__name__
        return _failed(paths, [_lightgbm(error) or f"Unforeseen {kind}: {error}. See the log."])
    return 0


def say(line: str) -> None:
    """One line of the log, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _on_signal(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise Stopped(number)


def _lightgbm(error: Exception) -> str | None:
    name = type(error).__name__
    return f"LightGBM refuses: {error}" if name == "LightGBMError" else None


def _failed(paths: Paths, problems: list[str] | tuple[str, ...]) -> int:
    for problem in problems:
        say(f"training failed: {problem}")
    paths.write_failure(" ".join(problems)[:MOST_OF_A_FAILURE])
    return 1


def _options(given: argparse.Namespace) -> dict[str, str]:
    """The hyperparameters of the command line; they replace those of the file."""
    own = {name: getattr(given, name) for name in OWN if getattr(given, name) is not None}
    return own | dict(given.param)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=VALUE, e.g. learning_rate=0.05")
    return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="LightGBM's parameters, each with --param NAME=VALUE:\n"
        + "".join(f"  {name:28}{kind.rule}\n" for name, kind in PARAMETERS.items()),
    )
    where = parser.add_argument_group("where")
    where.add_argument("--train", type=Path, help="CSV file, or folder of CSV files")
    where.add_argument("--validation", type=Path, help="the same, for early stopping")
    where.add_argument("--model-dir", type=Path, help="gets model.txt and metadata.json")
    where.add_argument("--checkpoint-dir", type=Path, help="kept there: what is done so far")
    what = parser.add_argument_group("hyperparameters, by SageMaker's names with - for _")
    for name, (kind, default, meaning) in OWN.items():
        rule = "" if kind.rule == "not empty" or name == "objective" else f"; {kind.rule}"
        told = f" (default {default})" if default else ""
        what.add_argument(
            f"--{name.replace('_', '-')}", metavar="VALUE", help=f"{meaning}{rule}{told}"
        )
    what.add_argument(
        "--param",
        type=_pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of LightGBM, see below; any number of times",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
