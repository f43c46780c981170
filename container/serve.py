"""The image's entry point: `python container/serve.py serve` or `train`, as SageMaker runs a
container (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html).

The port is open from the first moment: /ping answers 503 with the reason until the model is in
memory. When the model cannot be loaded, or a variable is wrong, the log says why in one line and
the process exits with 1. SIGTERM ends a download at once and lets running requests finish.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

if __name__ == "__main__":  # as a script: Python would look for every module in this folder first
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import logging

from container import loading, logs
from container.scoring import Service
from container.server import Server
from container.settings import Settings, SettingsError

log = logging.getLogger("container.serve")

GRACE_SECONDS = 25
"""SageMaker sends SIGKILL 30 seconds after SIGTERM."""

STOP_SECONDS = 2
"""Enough to end a download; a model that is being read is not waited for."""


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Do what the argument says; returns the exit status."""
    logs.configure()
    if arguments == ["train"]:
        from container import train  # noqa: PLC0415 (it imports LightGBM, which takes seconds)

        return train.main([], environment)
    if arguments != ["serve"]:
        log.error("arguments are %s; this image is run with the argument serve or train", arguments)
        return 2
    try:
        settings = Settings.load(environment)
        server = Server(settings.address, settings.port)
    except SettingsError as error:
        for problem in error.problems:
            log.error("%s", problem)
        return 1
    except OSError as error:
        log.error("port %d cannot be opened: %s", settings.port, error)
        return 1
    return _serve(server, settings)


def _serve(server: Server, settings: Settings) -> int:
    """Load the model, answer until asked to stop; returns the exit status.

    The model is loaded in another thread, so that SIGTERM ends the wait for a silent S3 too.
    """
    logs.event(log, "starting", port=server.port, **loading.identity(settings))
    happened: SimpleQueue[Service | Exception | None] = SimpleQueue()
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        happened.put(None)

    def load() -> None:
        try:
            happened.put(loading.load(settings, stop))
        except Exception as error:
            happened.put(error)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    loader = threading.Thread(target=load, daemon=True)
    loader.start()
    loaded = happened.get()
    if isinstance(loaded, Service):
        server.start(loaded)
        happened.get()
        answered = server.close(seconds=GRACE_SECONDS)
        logs.event(log, "stopped", rows=loaded.rows, bad_rows=loaded.bad_rows, answered=answered)
        return 0
    if loaded is None:
        loader.join(STOP_SECONDS)
        log.info("stopped before the model was loaded")
        return 0
    unforeseen = not isinstance(loaded, loading.FORESEEN)
    log.error("the model cannot be loaded: %s", loaded, exc_info=loaded if unforeseen else None)
    return 1


if __name__ == "__main__":
    exit_status = main(sys.argv[1:], os.environ)
    sys.stdout.flush()
    # Not sys.exit: threads may still be in native code, or wait for a silent client or S3, and
    # must neither hold up the end nor run on while the interpreter is taken down.
    os._exit(exit_status)
