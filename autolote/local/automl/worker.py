"""The process that runs one AutoML job: `python -m autolote.local.automl.worker WORKDIR`.

Reads `WORKDIR/request.json` and the CSV files (with header) below `WORKDIR/input/training` and,
if there is one, `WORKDIR/input/validation`. Appends to `progress.jsonl` while it works and writes
`artifacts/` and, at the end, `result.json`; or `failure.json` with the reason, and exits with 1.

Rules, as in Autopilot: the target must be a column, at least 500 rows; rows without a target are
left out; a missing problem type is inferred (two distinct values: BinaryClassification; words, or
at most 20 distinct whole numbers: MulticlassClassification; other numbers: Regression); the
objective defaults to F1, Accuracy or MSE. Column types are inferred from the data.

The leaderboard is true: every finished candidate, and the weighted ensemble of the best ones, with
metrics on rows that its models were not fitted on. These are the validation channel, or the
validation fraction; up to 20,000 rows are cross-validated if the budget allows, each model being
judged by the fraction it has not seen. As in AutoGluon, the same rows decide when boosting stops
and which candidates make up the ensemble, which makes their metrics slightly optimistic.

The process may be stopped (SIGTERM, then it exits with 143) or killed at any time. Run again on the
same folder it goes on: finished candidates are reused, and the time that was used counts.
"""

import json
import logging
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

log = logging.getLogger("autolote.automl")


def main(arguments: list[str]) -> int:
    """Run the job in the folder that is the only argument; returns the exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if len(arguments) != 1:
        log.error("usage: python -m autolote.local.automl.worker WORKDIR")
        return 2
    workdir = Path(arguments[0])
    # Imported here because loading LightGBM takes about a second, which belongs to the budget.
    from autolote.local.automl.files import write_atomically  # noqa: PLC0415
    from autolote.local.automl.problem import TrainingError  # noqa: PLC0415
    from autolote.local.automl.training import run  # noqa: PLC0415

    reason = ""
    try:
        run(workdir, started=started)
    except TrainingError as error:
        reason = str(error)
    except Exception as error:
        log.exception("the job failed")
        reason = f"InternalServerError: {type(error).__name__}: {error}"
    if reason:
        log.error("%s", reason)
        write_atomically(workdir / "failure.json", json.dumps({"reason": reason}))
    return 1 if reason else 0


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    """End the process between two bytecodes: what is on disk is complete at any time."""
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
