"""Whole requests against running containers: the answer is exactly what the oracle works out.

Some hundred requests in the tests; `make fuzz` goes on for FUZZ_SECONDS.
"""

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import lightgbm
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.container import models
from tests.container.process import Container, container
from tests.fuzz import oracle
from tests.fuzz.bodies import Body, bodies

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
EXAMPLES = 300 if SECONDS else 60
DIALECTS = (
    oracle.Dialect(name="plain"),
    oracle.Dialect(
        name="semicolons, decimal commas, header",
        separator=";",
        decimal_comma=True,
        has_header=True,
    ),
    oracle.Dialect(name="tabs, bad rows answered", separator="\t", placeholder=True),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model that all containers serve."""
    folder = tmp_path_factory.mktemp("fuzz")
    models.save(folder, {"objective": "binary"})
    return folder


@pytest.fixture(scope="module")
def served(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Container]]:
    """One running container for each dialect."""
    with ExitStack() as stack:
        running = {}
        for dialect in DIALECTS:
            variables = {"SM_MODEL_DIR": str(folder), **dialect.variables}
            home = tmp_path_factory.mktemp("container")
            running[dialect.name] = stack.enter_context(container(variables, home))
            running[dialect.name].wait(200)
        yield running


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_request_is_answered_as_the_oracle_says(
    dialect: oracle.Dialect, served: dict[str, Container], folder: Path
) -> None:
    """200 with exactly the predictions of all rows, or 400 with the first bad row; a body that is
    cut off is never answered with 200."""
    model = lightgbm.Booster(model_file=str(folder / "model.txt"))
    port = served[dialect.name].port

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        body = data.draw(bodies(dialect, model.feature_name()))
        status, told = _post(port, body)
        if not body.whole:
            assert status == 400, (status, told)
            return
        try:
            expected = oracle.answer(body.text, dialect, model)
        except oracle.RefusedError as refused:
            assert status == 400, (status, told)
            _check_place(told, refused)
        else:
            assert (status, told) == (200, expected)

    check()
    end = time.monotonic() + SECONDS / len(DIALECTS)
    while time.monotonic() < end:
        check()


def _check_place(message: str, refused: oracle.RefusedError) -> None:
    """The message names the row, and the column if one cell is to blame."""
    if refused.row is None:
        return
    place = re.match(r"row (\d+)(?:, column (\d+) )?", message)
    assert place, message
    assert int(place[1]) == refused.row, message
    if refused.column is not None and place[2]:
        assert int(place[2]) == refused.column, message


def _post(port: int, body: Body) -> tuple[int, str]:
    """Status and text of the answer; the connection's sending half ends with the body."""
    head = ["POST /invocations HTTP/1.1", "Host: localhost", "Content-Type: text/csv"]
    lines = [*head, *body.headers, "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall("\r\n".join(lines).encode() + body.sent)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    start, _, text = answer.partition(b"\r\n\r\n")
    return int(start.split()[1]), text.decode()
