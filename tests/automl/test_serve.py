"""The model server of a candidate, over HTTP, from the real process."""

import csv
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from autolote.local.automl import inference
from autolote.local.automl.artifact import Predictor
from autolote.local.automl.table import parse_records
from tests.automl.jobs import ENVIRONMENT, Job
from tests.automl.tables import HEADER, inputs, table

CSV = {"Content-Type": "text/csv"}
KEYS = "predicted_label, probability,probabilities ,labels"


class Server:
    """A running model server."""

    def __init__(self, folder: Path, log: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        variables = {
            **ENVIRONMENT,
            "SM_MODEL_DIR": str(folder),
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, "-m", "autolote.local.automl.serve", "serve"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)

    def ask(
        self, method: str, path: str, body: str | bytes = b"", headers: dict[str, str] = CSV
    ) -> tuple[int, str]:
        """Status and text of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body.encode() if isinstance(body, str) else body
        connection.request(method, path, data or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def score(self, body: str | bytes) -> tuple[int, str]:
        """The answer to POST /invocations."""
        return self.ask("POST", "/invocations", body)

    def wait(self) -> None:
        """Wait until the model is loaded."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", "/ping") == (200, ""):
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())


@contextmanager
def serving(job: Job, folder: Path, **environment: str) -> Iterator[Server]:
    """Serve the job's best candidate."""
    model = job.unpack(job.result()["candidates"][0], folder / "model")
    server = Server(model, folder / "server.log", **environment)
    try:
        server.wait()
        yield server
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def multiclass_server(
    multiclass: Job, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of words, told to answer with all keys."""
    folder = tmp_path_factory.mktemp("serving")
    with serving(multiclass, folder, SAGEMAKER_INFERENCE_OUTPUT=KEYS) as server:
        yield server


LINES = table("words", rows=40, seed=3)


def test_labels_come_back_as_the_training_data_writes_them(multiclass_server: Server) -> None:
    status, text = multiclass_server.score(inputs(LINES))
    rows = list(csv.reader(text.splitlines()))
    assert (status, len(rows)) == (200, 40)
    names = ["setosa", "versicolor", "virginica"]
    right = 0
    for (label, probability, probabilities, labels), line in zip(rows, LINES[1:], strict=True):
        each = json.loads(probabilities)
        assert labels == "['setosa', 'versicolor', 'virginica']"
        assert sum(each) == pytest.approx(1)
        assert float(probability) == max(each) == each[names.index(label)]
        right += label == line[-1]
    assert right > 24


def test_a_row_is_scored_alone_as_in_company(multiclass_server: Server) -> None:
    together = multiclass_server.score(inputs(LINES))[1].splitlines()
    alone = [multiclass_server.score(line + "\n")[1].strip() for line in inputs(LINES).splitlines()]
    assert alone == together


ROW = inputs(LINES).splitlines()[0]
CELLS = next(csv.reader([ROW]))


def with_cell(name: str, cell: str) -> str:
    """Two rows; the second one has this cell."""
    at = HEADER.index(name)
    return inputs([[], [*CELLS, ""], [*CELLS[:at], cell, *CELLS[at + 1 :], ""]])


REFUSED = {
    "text for a number": (with_cell("age", "young"), "row 2, column 'age': 'young' is not a numb"),
    "a date in another order": (with_cell("since", "31/12/2020"), "row 2, column 'since'"),
    "no truth value": (with_cell("member", "maybe"), "'maybe' is not 'true' or 'false'"),
    "a column too few": (f"{ROW}\n1,2\n", "row 2: expected 9 columns (id, age, "),
    "the target too": (f"{ROW},setosa\n", "found 10"),
    "a header": (",".join(HEADER) + f"\n{ROW}\n", "row 1 is the header line of the training data"),
    "a blank line": (f"{ROW}\n\n{ROW}\n", "row 2: expected 9 columns"),
    "an open quote": (f'{ROW}\n"{ROW}\n', "row 2: unexpected end of data"),
    "Latin-1": (b"\xe9,1\n", "row 1: the body is not UTF-8"),
    "a bare carriage return": (f"{ROW}\r{ROW}\n", "row 1: carriage return inside the row"),
    "nothing": ("", "the body is empty"),
}


@pytest.mark.parametrize(("body", "named"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_cannot_be_read_is_a_400_naming_the_place(
    multiclass_server: Server, body: str | bytes, named: str
) -> None:
    status, text = multiclass_server.score(body)
    assert status == 400
    assert named in text


@pytest.mark.parametrize("cell", ["", "NA", "Atlantis"])
def test_missing_and_unseen_levels_are_scored(multiclass_server: Server, cell: str) -> None:
    status, text = multiclass_server.score(with_cell("city", cell))
    assert (status, text.count("\n")) == (200, 2)


def test_each_request_gets_its_status(multiclass_server: Server) -> None:
    ask = multiclass_server.ask
    assert ask("POST", "/invocations", ROW, {"Content-Type": "text/csv; charset=utf-8"})[0] == 200
    assert ask("POST", "/invocations", ROW, {"Content-Type": "application/json"})[0] == 415
    assert ask("GET", "/invocations")[0] == 405
    assert ask("DELETE", "/ping")[0] == 405
    assert ask("GET", "/models")[0] == 404
    assert ask("POST", "/invocations", b"1" * 8_000_000)[0] == 413
    status, text = ask("GET", "/execution-parameters")
    assert (status, set(json.loads(text))) == (
        200,
        {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"},
    )


def test_by_default_a_line_is_the_predicted_label(binary: Job, tmp_path: Path) -> None:
    with serving(binary, tmp_path) as server:
        status, text = server.score(inputs(LINES))
        assert (status, set(text.splitlines())) == (200, {"0", "1"})
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0


def test_a_regression_answers_one_number_that_reads_back_exactly(
    regression: Job, tmp_path: Path
) -> None:
    model = regression.unpack(regression.result()["candidates"][0], tmp_path / "same")
    cells = parse_records(inputs(LINES).encode(), names=HEADER)
    expected = Predictor(model, threads=1).predict(cells)
    with serving(regression, tmp_path) as server:
        status, text = server.score(inputs(LINES))
    assert status == 200
    assert [float(line) for line in text.splitlines()] == expected.tolist()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SM_MODEL_DIR": "/nowhere"}, "the model cannot be loaded: /nowhere/model.json"),
        ({"SAGEMAKER_INFERENCE_OUTPUT": "probability"}, "this is a regression model"),
        ({"SAGEMAKER_BIND_TO_PORT": "http"}, "the server cannot start"),
    ],
)
def test_a_server_that_cannot_serve_says_why_and_exits(
    regression: Job, tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    model = regression.unpack(regression.result()["candidates"][0], tmp_path / "model")
    server = Server(model, tmp_path / "server.log", **environment)
    assert server.process.wait(30) == 1
    assert named in server.log.read_text()


def test_csv_has_autopilots_format_and_order() -> None:
    """AWS's example: 1, 0.9, "[0.1, 0.9]", "['0', '1']" for a binary ensemble."""
    predicted = np.array([0.75, 0.5, 0.25])
    keys = inference.parse_keys(KEYS, problem_type="BinaryClassification")
    assert inference.to_csv(predicted, classes=("no", "yes, sir"), keys=keys).splitlines() == [
        '"yes, sir",0.75,"[0.25, 0.75]","[\'no\', \'yes, sir\']"',
        "no,0.5,\"[0.5, 0.5]\",\"['no', 'yes, sir']\"",
        "no,0.75,\"[0.75, 0.25]\",\"['no', 'yes, sir']\"",
    ]


@pytest.mark.parametrize("text", ["", "label", "predicted_label,predicted_label", "probability;"])
def test_unknown_response_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="use each of predicted_label, probability"):
        inference.parse_keys(text, problem_type="BinaryClassification")
