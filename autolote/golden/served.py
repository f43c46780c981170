"""What does come out: the real container program, asked over HTTP as a transform job asks it."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules import verification
from rules.predictions import PredictionError, numbers

from autolote import tools
from autolote.golden import GoldenError
from autolote.golden.source import SEPARATORS, Body, Source
from autolote.local.sagemaker.containers import Container
from autolote.local.sagemaker.errors import JobFailedError
from autolote.local.sagemaker.invocations import ClientConfig, InvocationError, ServerDiedError
from autolote.local.sagemaker.jobs import Interrupt
from autolote.local.sagemaker.ports import take_port
from autolote.local.sagemaker.processes import Process
from autolote.local.sagemaker.records import PayloadTooLargeError, assembled, payloads

PROGRAM = tools.ROOT / "container" / "serve.py"
RETRIES = 3
_READY_SECONDS = 120.0
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SCORING_ENGINE", "SCORING_INSTRUCTIONS")


class RefusedError(Exception):
    """The container did not answer a payload with predictions; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """How the file is cut into payloads, as in CreateTransformJob (SplitType Line)."""

    max_payload_mb: int = 6
    strategy: str = "MultiRecord"


class Served:
    """A running container with the model in memory."""

    def __init__(self, container: Container, ready: Mapping[str, Any]) -> None:
        self._container = container
        self.ready = ready

    @property
    def engine(self) -> str:
        """What predicts in it, as its log says."""
        told = (self.ready.get("engine"), self.ready.get("instructions"))
        return ", ".join(str(item) for item in told if item)

    def predictions(self, body: Body, batch: Batch) -> Iterator[list[float]]:
        """The rows that come out, in order.

        Raises:
            RefusedError: a payload is refused, or its answer is no predictions.
        """
        try:
            yield from numbers(verification.lines(self._answers(body, batch)))
        except PredictionError as error:
            raise RefusedError(f"the container's output: {error}") from error

    def _answers(self, body: Body, batch: Batch) -> Iterator[bytes]:
        rows, interrupt = 0, Interrupt()
        pieces = payloads(
            body,
            split=True,
            single=batch.strategy == "SingleRecord",
            limit=batch.max_payload_mb << 20,
        )
        try:
            for payload in pieces:
                answer = self._container.endpoint.invoke(
                    payload,
                    {"Content-Type": "text/csv", "Accept": "text/csv"},
                    config=ClientConfig(retries=RETRIES),
                    interrupt=interrupt,
                )
                told = assembled(answer.body, by_line=True)
                rows += told.count(b"\n")
                yield told
        except InvocationError as error:
            raise RefusedError(
                f"the container refused the payload that begins with row {rows + 1:,} of the "
                f"file (its rows count from there): {error.detail}"
            ) from error
        except ServerDiedError as error:
            raise RefusedError(f"the container ended after row {rows:,}: {error}") from error
        except PayloadTooLargeError as error:
            raise GoldenError(f"after row {rows:,}: {error} See --max-payload-mb.") from error


@contextlib.contextmanager
def serving(model: Path, variables: Mapping[str, str]) -> Iterator[Served]:
    """Run the container program on a model until the block ends.

    Args:
        model: the model's file, whatever its name.
        variables: environment variables of the container.

    Raises:
        GoldenError: it cannot serve the model; the message is the container's own.
    """
    with tempfile.TemporaryDirectory(prefix="autolote-golden-") as name:
        folder = Path(name)
        (folder / "model").mkdir()
        (folder / "model" / "model.txt").symlink_to(model.resolve())
        port, log = take_port(), folder / "container.log"
        process = Process(
            (sys.executable, str(PROGRAM), "serve"),
            environment={
                **{name: os.environ[name] for name in _KEPT if name in os.environ},
                "SM_MODEL_DIR": str(folder / "model"),
                "SAGEMAKER_BIND_TO_PORT": str(port),
                "BIND_ADDRESS": "127.0.0.1",
                "SAGEMAKER_BATCH": "true",
                **variables,
            },
            folder=folder,
            log=log,
        )
        container = Container(process, port)
        try:
            container.wait_until_ready(seconds=_READY_SECONDS, interrupt=Interrupt())
            yield Served(container, _event(log, "ready"))
        except JobFailedError as error:
            said = _event(log).get("message") or error
            raise GoldenError(f"the container cannot serve {model}: {said}") from error
        finally:
            container.stop()


def variables(
    source: Source, batch: Batch, *, keys: tuple[str, ...], threshold: float | None
) -> dict[str, str]:
    """The container's environment for such a file and such columns."""
    told = {
        "CSV_SEPARATOR": SEPARATORS[source.separator],
        "DECIMAL_COMMA": str(source.decimal_comma).lower(),
        "MISSING_TOKENS": ",".join(source.missing),
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(batch.max_payload_mb),
    }
    if keys:
        told["SAGEMAKER_INFERENCE_OUTPUT"] = ",".join(keys)
    if threshold is not None:
        told["PREDICTION_THRESHOLD"] = repr(threshold)
    return told


def _event(log: Path, message: str | None = None) -> dict[str, Any]:
    """The last event in the container's log, or the last of this message; else an empty one."""
    for line in reversed(log.read_text(errors="replace").splitlines()):
        with contextlib.suppress(json.JSONDecodeError):
            event = json.loads(line)
            if isinstance(event, dict) and message in (None, event.get("message")):
                return event
    return {}
