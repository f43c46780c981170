"""The image's entry point: `python container/serve.py serve`, as SageMaker runs a container.

The port is open from the first moment: /ping answers 503 with the reason until the model is in
memory. When the model cannot be loaded, or a variable is wrong, the log says why in one line and
the process exits with 1. SIGTERM ends a download at once and lets running requests finish.
"""

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:  # run as a script, only this folder would be on the path
    sys.path.insert(0, ROOT)

from container import logs, resources  # noqa: E402
from container.download import DownloadError, download  # noqa: E402
from container.model import Model  # noqa: E402
from container.predict import Scorer  # noqa: E402
from container.settings import Settings, SettingsError  # noqa: E402
from container.web import Server, Service  # noqa: E402

log = logging.getLogger("container.serve")

GRACE_SECONDS = 25
"""SageMaker sends SIGKILL 30 seconds after SIGTERM."""


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Serve until SIGTERM; returns the exit status."""
    logs.configure()
    if arguments != ["serve"]:
        log.error("arguments are %s; this image is run with the argument serve", arguments)
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return _serve(server, settings)


def _serve(server: Server, settings: Settings) -> int:
    """Load the model, answer until asked to stop; returns the exit status.

    The model is loaded in another thread, so that SIGTERM ends the wait for a silent S3 too.
    """
    logs.event(log, "starting", port=server.server_port, **_identity(settings))
    happened: SimpleQueue[Service | Exception | None] = SimpleQueue()
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        happened.put(None)

    def load() -> None:
        try:
            happened.put(_load(settings, stop))
        except Exception as error:
            happened.put(error)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    threading.Thread(target=load, daemon=True).start()
    loaded = happened.get()
    if isinstance(loaded, Service):
        server.start(loaded)
        happened.get()
        server.close(seconds=GRACE_SECONDS)
        log.info("stopped")
        return 0
    if loaded is None:
        log.info("stopped before the model was loaded")
        return 0
    unforeseen = not isinstance(loaded, DownloadError | ValueError)
    log.error("the model cannot be loaded: %s", loaded, exc_info=loaded if unforeseen else None)
    return 1


def _load(settings: Settings, stop: threading.Event) -> Service:
    """Fetch and load the model, and size the service to it and to the machine."""
    if settings.s3_model is None:
        return _service(settings.model_dir / "model.txt", settings, version_id=None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.txt"
        version_id = download(settings.s3_model, path, stop=stop)
        return _service(path, settings, version_id=version_id)


def _service(path: Path, settings: Settings, *, version_id: str | None) -> Service:
    cores, memory = resources.cores(), resources.memory()
    payload = settings.max_payload_mb or resources.PAYLOAD_MB
    size = path.stat().st_size if path.is_file() else 0
    concurrent = settings.max_concurrent_transforms or resources.concurrency(
        cores=cores, memory=memory, model_bytes=size, payload_mb=payload
    )
    threads = max(1, cores // concurrent)
    model = Model(path, threads=threads)
    scorer = Scorer(model, settings)
    logs.event(
        log,
        "ready",
        **_identity(settings),
        version_id=version_id,
        lightgbm_format=model.header.version,
        objective=model.header.objective,
        features=len(model.header.feature_names),
        trees=model.header.trees,
        output_dimension=model.header.outputs,
        concurrent=concurrent,
        threads=threads,
    )
    return Service(
        score=scorer.score,
        concurrent=concurrent,
        limit=resources.body_limit(payload_mb=settings.max_payload_mb, memory=memory),
        parameters=resources.execution_parameters(concurrent=concurrent, payload_mb=payload),
    )


def _identity(settings: Settings) -> dict[str, str | None]:
    source = settings.s3_model
    return {
        "project_id": settings.project_id,
        "experiment_id": settings.experiment_id,
        "model": source.uri if source else str(settings.model_dir / "model.txt"),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
