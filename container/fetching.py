"""The download of a model as a process of its own: boto3's 40 MB of memory go when it ends, and a
SIGTERM need not wait for what it waits for."""

import contextlib
import json
import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from container.errors import CancelledError, DownloadError
from container.logs import event
from container.settings import S3Model

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.02


@contextlib.contextmanager
def fetched(source: S3Model, stop: threading.Event) -> Iterator[tuple[Path, str | None]]:
    """The object as a file, while the context lasts, and its version id.

    Raises DownloadError when it is missing, forbidden or not what S3 says it is, and CancelledError
    as soon as `stop` is set.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.txt"
        result = _download(source, path, stop)
        if "error" in result:
            raise DownloadError(result["error"])
        event(log, "model fetched", uri=source.uri, **result)
        yield path, result["version_id"]


def _download(source: S3Model, path: Path, stop: threading.Event) -> dict[str, str]:
    """What the process said."""
    command = [sys.executable, "-m", "container.download", json.dumps(asdict(source)), str(path)]
    with subprocess.Popen(
        command, cwd=PROGRAM, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        while process.poll() is None:
            if stop.wait(LOOK_SECONDS):
                process.kill()
                raise CancelledError
        assert process.stdout is not None
        said = process.stdout.read()
    if process.returncode:  # its last words went to standard error
        raise DownloadError(
            f"{source.uri} cannot be fetched: the download ended with {process.returncode}"
        )
    result: dict[str, str] = json.loads(said)
    return result
