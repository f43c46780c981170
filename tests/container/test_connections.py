"""Clients that are slow, impatient or hostile: none of them loses or delays another's answer."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from container import connection as container_connection
from container.connection import Connection
from container.scoring import Service
from container.server import CONNECTIONS
from container.web import Routes
from tests.container.cases import CSV, ROW
from tests.container.process import Container, container

POST = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def client(served: Container) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        yield connection


def answer(connection: socket.socket) -> bytes:
    """One answer without a long body."""
    return connection.recv(65536)


def whole(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_connection_is_kept_for_the_next_request(served: Container) -> None:
    connection = served.connect()
    for _ in range(3):
        connection.request("POST", "/invocations", body=ROW, headers=CSV)
        reply = connection.getresponse()
        assert (reply.status, reply.read().count(b"\n")) == (200, 1)
    connection.close()


def test_requests_sent_in_one_go_are_answered_in_order(served: Container) -> None:
    """The second body is chunked, so that its end has to be found among what was read ahead."""
    chunked = b"Transfer-Encoding: chunked\r\n\r\n10\r\n1,2,3,4\n5,6,7,8\n\r\n0\r\n\r\n"
    last = b"GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"
    with client(served) as connection:
        connection.sendall(POST + b"Content-Length: 8\r\n\r\n" + ROW + POST + chunked + last)
        heads = whole(connection).decode().split("HTTP/1.1 ")[1:]
    assert [head.startswith("200") for head in heads] == [True] * 3
    assert [head.partition("\r\n\r\n")[2].count("\n") for head in heads] == [1, 2, 0]


def test_a_request_that_comes_byte_by_byte_is_answered(served: Container) -> None:
    sent = POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\n1,2,\r\n4\r\n3,4\n\r\n0\r\n\r\n"
    with client(served) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(sent)):
            connection.send(sent[at : at + 1])
        assert answer(connection).startswith(b"HTTP/1.1 200")


def test_the_body_is_asked_for_once_it_is_wanted(served: Container) -> None:
    with client(served) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 8\r\n\r\n")
        assert answer(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(ROW)
        assert answer(connection).startswith(b"HTTP/1.1 200")


def test_a_body_that_will_be_refused_is_not_asked_for(served: Container) -> None:
    with client(served) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 413")


def test_a_refusal_is_seen_by_a_client_that_sends_all_before_it_reads(served: Container) -> None:
    """Closing at once would reset the connection, and the message would be lost."""
    body = b"x,2,3,4\n" + ROW * 130_000
    status, text, _ = served.request("POST", "/invocations", body)
    assert (status, text) == (400, "row 1, column 1 (age): 'x' is not a number")


def test_bodies_that_never_come_do_not_keep_pings_away(served: Container) -> None:
    """More of them than requests are admitted: the rest waits, but pings and new clients do not."""
    with ExitStack() as stack:
        for _ in range(20):
            waiting = stack.enter_context(client(served))
            waiting.sendall(POST + b"Content-Length: 8\r\n\r\n1,2")
        for _ in range(3):
            assert served.request("GET", "/ping")[0] == 200
    assert served.request("POST", "/invocations", ROW)[0] == 200


def test_a_flood_of_silent_connections_makes_room_for_a_new_one(served: Container) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(client(served)) for _ in range(CONNECTIONS)]
        silent[-1].sendall(PING)
        assert answer(silent[-1]).startswith(b"HTTP/1.1 200")
        assert served.request("GET", "/ping")[0] == 200
        assert silent[0].recv(1) == b""  # the oldest had to go


def test_a_client_that_does_not_read_its_answer_does_not_stop_the_others(served: Container) -> None:
    body = ROW * 120_000
    with client(served) as connection:
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert served.request("POST", "/invocations", ROW)[0] == 200


def test_an_answer_that_the_client_stops_taking_is_cut_off_and_never_mixed_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error in its middle could fill it up to its length: a 200 with a message for rows."""

    class Large(Service):
        def __init__(self) -> None:
            self.limit = 100

        @contextmanager
        def score(self, body: object) -> Iterator[list[memoryview]]:
            yield [memoryview(b"0.5\n" * 5_000_000)]

    monkeypatch.setattr(container_connection, "IDLE_SECONDS", 1)
    routes = Routes()
    routes.service = Large()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client_side,
    ):
        server_side = Connection(listener.accept()[0])
        raw = POST.removesuffix(b"\r\n") + b"\r\nContent-Length: 0"
        assert not routes.answer(raw, server_side)
        server_side.close()
        text = whole(client_side)
    assert text.startswith(b"HTTP/1.1 200")
    assert len(text) < 20_000_000
    assert text.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n" + PING, b"200"),  # empty lines before a request (RFC 9112, section 2.2)
        (b"GET http://model:8080/ping HTTP/1.1\r\n\r\n", b"200"),  # as a proxy asks
        (b"GET /ping HTTP/1.0\r\n\r\n", b"200"),
        (b"GET  /ping HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /ping\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),  # TLS
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505"),
        (b"GET /ping HTTP/1.1\r\nA : b\r\n\r\n", b"400"),
        (b"GET /ping HTTP/1.1\r\nA: b\x00\r\n\r\n", b"400"),
        (b"GET /ping HTTP/1.1\r\nA: b\rC: d\r\n\r\n", b"400"),
    ],
)
def test_a_head_is_read_strictly(served: Container, sent: bytes, status: bytes) -> None:
    with client(served) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert whole(connection).startswith(b"HTTP/1.1 " + status)


def test_refusals_are_logged_but_cannot_fill_the_log(tmp_path: Path, binary_folder: Path) -> None:
    with container({"SM_MODEL_DIR": str(binary_folder)}, tmp_path) as running:
        running.wait(200)
        for _ in range(50):
            running.request("GET", "/nowhere")
        warnings = [event for event in running.events() if event["level"] == "WARNING"]
    assert len(warnings) == 20
    assert warnings[0]["message"].startswith("GET /nowhere: 404 there is no /nowhere")  # type: ignore[attr-defined]


def test_a_request_answers_within_milliseconds(served: Container) -> None:
    """No timer of TCP or of ours stands between a small request and its answer."""
    connection = served.connect()
    started = time.perf_counter()
    for _ in range(20):
        connection.request("POST", "/invocations", body=ROW, headers=CSV)
        connection.getresponse().read()
    assert (time.perf_counter() - started) / 20 < 0.03
