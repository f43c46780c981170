"""What the container answers to every kind of request, over HTTP, from the real process."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autolote import container_page
from tests.container.cases import ASKED, CSV, FRAMED, READ, REFUSED, ROW, Case, fits
from tests.container.conftest import Serve
from tests.container.process import Container

ROOT = Path(__file__).parents[2]


def cases(*groups: tuple[Case, ...]) -> list[object]:
    return [pytest.param(case, id=case.what) for group in groups for case in group]


@pytest.mark.parametrize("case", cases(READ, REFUSED, ASKED))
def test_each_request_gets_its_documented_answer(serve: Serve, case: Case) -> None:
    status, text, headers = serve(case.variables).request(
        case.method, case.path, case.body, case.headers
    )
    assert status == case.status
    if case.rows:
        assert (text.count("\n"), text[-1]) == (case.rows, "\n")
        assert headers["Content-Type"] == "text/csv; charset=utf-8"
    else:
        assert fits(case.message, text), text
    if status == 405:
        assert headers["Allow"] in ("GET", "POST")


@pytest.mark.parametrize("case", cases(FRAMED))
def test_a_truncated_or_malformed_request_gets_its_documented_error(
    served: Container, case: Case
) -> None:
    sent = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n" + (
        case.raw or b""
    )
    head, _, text = exchange(served, sent).partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {case.status} ")
    if case.rows:
        assert text.count("\n") == case.rows
    else:
        assert fits(case.message, text), text


def exchange(served: Container, sent: bytes) -> str:
    """Send raw bytes, close the sending side, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_the_document_lists_these_answers() -> None:
    current = (ROOT / "docs" / "container.md").read_text(encoding="utf-8")
    assert current == container_page.render(ROOT)


def test_a_placeholder_stands_in_the_place_of_the_bad_row(serve: Serve) -> None:
    good, bad = b"1,2,3,4\n", b"1,x,3,4\n"
    running = serve({"ON_BAD_ROW": "placeholder"})
    _, alone, _ = running.request("POST", "/invocations", good)
    status, text, _ = running.request("POST", "/invocations", bad + good + bad)
    assert (status, text) == (200, f"ERROR\n{alone}ERROR\n")
    logged = [event for event in running.events() if "ERROR" in str(event["message"])][-1]
    assert (logged["bad_rows"], logged["rows"], logged["level"]) == (2, 3, "WARNING")


def test_a_body_a_little_over_the_agreed_megabyte_is_taken(served: Container) -> None:
    """The platform counts a megabyte in its own way, and headers of chunks come on top."""
    body = ROW * (1_100_000 // len(ROW))
    status, text, _ = served.request("POST", "/invocations", body)
    assert (status, text.count("\n")) == (200, body.count(b"\n"))


def test_execution_parameters_keep_within_the_product_of_100_megabytes(served: Container) -> None:
    status, text, headers = served.request("GET", "/execution-parameters")
    parameters = json.loads(text)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert set(parameters) == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
    assert parameters["BatchStrategy"] == "MULTI_RECORD"
    assert parameters["MaxPayloadInMB"] == 1
    assert 1 <= parameters["MaxConcurrentTransforms"] <= 100


def test_parallel_requests_get_their_own_rows_in_order(served: Container) -> None:
    def ask(at: int) -> str:
        body = "".join(f"{at},{row},0,0\n" for row in range(50)).encode()
        return served.request("POST", "/invocations", body)[1]

    alone = [ask(at) for at in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == alone


def test_the_log_has_no_line_per_request(served: Container) -> None:
    before = len(served.events())
    for _ in range(5):
        served.request("POST", "/invocations", ROW, CSV)
    assert len(served.events()) == before
