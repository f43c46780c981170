"""The life of the process: an open port first, a plain reason on failure, no lost answer."""

import json
import signal
import socket
import time
from pathlib import Path

from tests.container import models
from tests.container.cases import CSV, NOT_READY
from tests.container.process import container

REGION = {"AWS_REGION": "sa-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
S3 = {**REGION, "MODEL_S3_BUCKET": "models-bucket", "MODEL_S3_KEY": "p/e/model.txt"}


def test_the_port_is_open_and_pings_say_why_until_the_model_is_there(tmp_path: Path) -> None:
    """S3 does not answer here, and SIGTERM ends the wait at once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        environment = {**S3, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        with container(environment, tmp_path) as running:
            running.wait(503)
            for case in NOT_READY:
                answer = running.request(case.method, case.path, case.body, case.headers)
                assert answer[:2] == (case.status, case.message)
            asked, _ = silent.accept()
            running.process.send_signal(signal.SIGTERM)
            assert running.ended(10) == (0, "stopped before the model was loaded")
            with asked:
                asked.settimeout(5)
                while asked.recv(65536):  # nobody goes on waiting for S3
                    pass


def test_it_runs_with_the_arguments_that_sagemaker_gives_and_with_no_other(tmp_path: Path) -> None:
    with container({}, tmp_path, argument="start") as running:
        status, message = running.ended()
    assert status == 2
    assert message == "arguments are ['start']; this image is run with the argument serve or train"


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with container({"SAGEMAKER_BIND_TO_PORT": port}, tmp_path) as running:
            status, message = running.ended()
    assert status == 1
    assert message.startswith(f"port {port} cannot be opened: ")


def test_a_wrong_variable_ends_the_container_before_anything_else(tmp_path: Path) -> None:
    environment = {"PREDICTION_THRESHOLD": "2", "ON_BAD_ROW": "skip"}
    with container(environment, tmp_path) as running:
        assert running.ended()[0] == 1
        named = [str(event["message"]).partition("=")[0] for event in running.events()]
    assert named == ["PREDICTION_THRESHOLD", "ON_BAD_ROW"]


def test_the_log_says_what_is_served_and_how(tmp_path: Path) -> None:
    """Linear trees are nothing for the kernel, and the log says so."""
    for params, engine in (({}, "kernel"), ({"linear_tree": True}, "lightgbm")):
        models.save(tmp_path, {"objective": "regression", **params})
        environment = {"SM_MODEL_DIR": str(tmp_path), "EXPERIMENT_ID": "first"}
        with container(environment, tmp_path) as running:
            running.wait(200)
            ready = running.events()[-1]
        assert (ready["message"], ready["engine"]) == ("ready", engine)
        assert bool(ready["why"]) == (engine == "lightgbm")
        assert (ready["objective"], ready["features"]) == ("regression", 4)
        assert ready["experiment_id"] == "first"
        assert ready["model"] == str(tmp_path / "model.txt")


def test_ready_within_the_time_of_a_ping_without_numpy_boto3_or_lightgbm(
    tmp_path: Path, binary_folder: Path
) -> None:
    """Each of them takes longer to import than all the rest takes to be ready."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "for name in ('numpy', 'boto3', 'lightgbm', 'http.server', 'email'):\n"
        "    sys.modules[name] = None\n"
    )
    environment = {"SM_MODEL_DIR": str(binary_folder), "PYTHONPATH": str(tmp_path)}
    with container(environment, tmp_path) as running:
        running.wait(200, seconds=2)
        assert running.request("POST", "/invocations", b"1,2,3,4\n")[0] == 200


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
