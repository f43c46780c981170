"""A container that cannot serve says why in one line and exits: damaged models, objects that S3
does not give, variables that are wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from container import categories
from container.model import open_model
from container.native import ModelError
from container.settings import Settings
from tests.container import models
from tests.container.cases import UNLOADABLE, Stored, Unloadable, fits
from tests.container.process import container

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "sa-east-1"}
OBJECT = {"MODEL_S3_BUCKET": "models-bucket", "MODEL_S3_KEY": "p/e/model.txt"}


@contextmanager
def s3(stored: Stored, content: bytes) -> Iterator[str]:
    """A server that answers like S3 for one object; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(206 if stored.status == 200 else stored.status)
            headers = {"ETag": '"x"', "x-amz-server-side-encryption": "aws:kms"}
            headers |= {"Content-Length": str(len(content)), **stored.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 (the name that http.server looks for)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("case", UNLOADABLE, ids=lambda case: case.what)
def test_the_log_says_why_and_the_process_exits_with_1(
    case: Unloadable, tmp_path: Path, binary_folder: Path
) -> None:
    whole = (binary_folder / "model.txt").read_bytes()
    content = case.damage(whole) if case.damage else b""
    with s3(case.stored or Stored(), content) as url:
        environment = {**CREDENTIALS, "SM_MODEL_DIR": str(tmp_path)}
        if case.stored:
            environment |= {**OBJECT, "AWS_ENDPOINT_URL": url}
        elif case.damage:
            (tmp_path / "model.txt").write_bytes(content)
        with container({**environment, **case.variables}, tmp_path) as running:
            status, message = running.ended()
    assert status == 1
    assert fits(case.message, message), message


@pytest.mark.parametrize("lists", ["null", "[]", "[[0, 1, 2], [0.0, 1.0]]"])
def test_categories_that_are_their_own_positions_are_scored(
    tmp_path: Path, binary_folder: Path, lists: str
) -> None:
    whole = (binary_folder / "model.txt").read_text(encoding="utf-8")
    path = tmp_path / "model.txt"
    path.write_text(whole.replace("pandas_categorical:null", f"pandas_categorical:{lists}"))
    categories.check(path)


@pytest.mark.parametrize(
    "lists",
    [
        *("[[1, 0]]", "[[0, 1], [1, 2]]", "[[false, true]]", '[["0", "1"]]', "[[0.5]]", "7"),
        *("[[0, 1", json.dumps([[f"shop {number}" for number in range(30_000)]])),
    ],
    ids=lambda lists: lists[:20],
)
def test_all_other_categories_are_refused_whichever_the_engine(
    tmp_path: Path, binary_folder: Path, lists: str
) -> None:
    whole = (binary_folder / "model.txt").read_text(encoding="utf-8")
    path = tmp_path / "model.txt"
    path.write_text(whole.replace("pandas_categorical:null", f"pandas_categorical:{lists}"))
    for engine in ("kernel", "lightgbm"):
        with pytest.raises(ModelError, match="pandas"):
            open_model(path, Settings.load({"SCORING_ENGINE": engine}))


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"PREDICTION_THRESHOLD": "0.5"},
            "the model cannot be loaded: PREDICTION_THRESHOLD=0.5 needs a binary model, but the "
            "objective of this one is 'regression'; leave the variable out",
        ),
        (
            {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"},
            "the model cannot be loaded: SAGEMAKER_INFERENCE_OUTPUT='predicted_label,probability' "
            "needs a classification model, but the objective of this one is 'regression'; only "
            "predicted_label is possible",
        ),
    ],
)
def test_a_setting_the_model_cannot_fulfil_ends_the_container(
    tmp_path: Path, variables: dict[str, str], message: str
) -> None:
    models.save(tmp_path, {"objective": "regression"})
    with container({"SM_MODEL_DIR": str(tmp_path), **variables}, tmp_path) as running:
        assert running.ended() == (1, message)
