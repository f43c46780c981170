"""The life of the process: an open port first, a plain reason on failure, no lost answer."""

import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.container import models
from tests.container.process import CSV, container

REGION = {"AWS_REGION": "sa-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
S3 = {**REGION, "MODEL_S3_BUCKET": "models-bucket", "MODEL_S3_KEY": "p/e/model.txt"}


def test_the_port_is_open_and_pings_say_why_until_the_model_is_there(tmp_path: Path) -> None:
    """S3 does not answer here, and SIGTERM ends the wait at once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        environment = {**S3, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        with container(environment, tmp_path) as running:
            assert running.wait(503) == "the model is being loaded"
            status, text, _ = running.request("POST", "/invocations", b"1\n")
            assert (status, text) == (503, "the model is being loaded")
            asked, _ = silent.accept()
            running.process.send_signal(signal.SIGTERM)
            assert running.ended(10) == (0, "stopped before the model was loaded")
            asked.close()


FAILURES = {
    "no model.txt": ({}, "model.txt cannot be read: No such file or directory"),
    "wrong variables": ({"PREDICTION_THRESHOLD": "2"}, "PREDICTION_THRESHOLD='2': must be"),
    "S3 that cannot be reached": (
        {**S3, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
        "s3://models-bucket/p/e/model.txt cannot be fetched: Could not connect",
    ),
}


@pytest.mark.parametrize(("environment", "named"), FAILURES.values(), ids=FAILURES)
def test_a_container_that_cannot_serve_says_why_and_exits(
    tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    with container({"SM_MODEL_DIR": str(tmp_path), **environment}, tmp_path) as running:
        status, message = running.ended()
    assert status == 1
    assert named in message


def test_a_setting_the_model_cannot_fulfil_ends_the_container(tmp_path: Path) -> None:
    models.save(tmp_path, {"objective": "regression"})
    environment = {"SM_MODEL_DIR": str(tmp_path), "PREDICTION_THRESHOLD": "0.5"}
    with container(environment, tmp_path) as running:
        status, message = running.ended()
    assert status == 1
    assert "needs a binary model, but the objective of this one is 'regression'" in message


def test_a_request_that_has_begun_is_answered_before_the_container_stops(
    tmp_path: Path, binary_folder: Path
) -> None:
    environment = {"SM_MODEL_DIR": str(binary_folder), "PROJECT_ID": "credit"}
    with container(environment, tmp_path) as running:
        running.wait(200)
        rows = 20_000
        body = b"1,2,3,4\n" * rows
        connection = running.connect()
        connection.putrequest("POST", "/invocations")
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Content-Type", CSV["Content-Type"])
        connection.putheader("Expect", "100-continue")
        connection.endheaders(body[:100])
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 100")
        time.sleep(0.2)  # the server waits for the rest of the body by now
        running.process.send_signal(signal.SIGTERM)
        connection.send(body[100:])
        answer = connection.getresponse()
        assert (answer.status, answer.read().count(b"\n")) == (200, rows)
        assert running.ended() == (0, "stopped")
        ready = next(event for event in running.events() if event["message"] == "ready")
    assert ready["project_id"] == "credit"
    assert (ready["objective"], ready["output_dimension"]) == ("binary sigmoid:1", 1)
    assert json.dumps(ready)
