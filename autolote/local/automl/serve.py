"""The model server of one candidate: `python -m autolote.local.automl.serve serve`.

Stands for Autopilot's ENSEMBLING inference container. Environment:

SM_MODEL_DIR                 the unpacked model.tar.gz (default /opt/ml/model)
SAGEMAKER_BIND_TO_PORT       port (default 8080)
SAGEMAKER_INFERENCE_OUTPUT   response keys, by default predicted_label (see `inference`)
SAGEMAKER_MAX_PAYLOAD_IN_MB  largest body (default 6)

A row is the training data's columns without the target, in their order, without a header. A row
that cannot be read is answered with 400 and a message that names row, column and value.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from autolote.local.automl.server import Invoke, ModelServer

log = logging.getLogger("autolote.automl.serve")


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Serve until SIGTERM; returns the exit status, 1 when the model cannot be loaded."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if arguments != ["serve"]:
        log.error("usage: python -m autolote.local.automl.serve serve")
        return 2
    try:
        port = int(environment.get("SAGEMAKER_BIND_TO_PORT", "8080"))
        # 0 would be a stream without a limit; the largest payload of a job otherwise is 100 MB
        payload = int(environment.get("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6")) or 100
        server = ModelServer("127.0.0.1", port, max_payload_mb=payload)
    except (ValueError, OSError) as error:
        log.error("the server cannot start: %s", error)
        return 1
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        server.invoke = load(environment)
    except Exception as error:
        log.error("the model cannot be loaded: %s", error)
        return 1
    log.info("ready on port %d", server.server_port)
    stopped.wait()
    server.shutdown()
    log.info("stopped")
    return 0


def load(environment: Mapping[str, str]) -> Invoke:
    """Load the model and return what answers a request's body.

    Raises ValueError (also as ArtifactError) when the folder or a variable does not fit.
    """
    # Imported here because loading LightGBM takes about a second; the port is open by now.
    from autolote.local.automl.artifact import Predictor  # noqa: PLC0415
    from autolote.local.automl.inference import parse_keys, to_csv  # noqa: PLC0415
    from autolote.local.automl.table import parse_records  # noqa: PLC0415

    folder = Path(environment.get("SM_MODEL_DIR", "/opt/ml/model"))
    predictor = Predictor(folder, threads=os.cpu_count() or 1)
    description = predictor.description
    wanted = environment.get("SAGEMAKER_INFERENCE_OUTPUT", "predicted_label")
    keys = parse_keys(wanted, problem_type=description.problem_type)

    def invoke(body: bytes) -> str:
        cells = parse_records(body, names=predictor.names)
        return to_csv(predictor.predict(cells), classes=description.classes, keys=keys)

    return invoke


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
