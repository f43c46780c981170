"""What the container answers to every kind of request, over HTTP, from the real process."""

import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from tests.container.process import CSV, Container

ROW = b"1,2,3,4\n"


def lines(text: str) -> int:
    return text.count("\n") if text.endswith("\n") else -1


# what is sent -> how many rows come back
READ = {
    "one row": (ROW, 1),
    "no line feed at the end": (b"1,2,3,4\n5,6,7,8", 2),
    "CRLF": (b"1,2,3,4\r\n5,6,7,8\r\n", 2),
    "a byte order mark": (b"\xef\xbb\xbf1,2,3,4\n", 1),
    "missing values": (b",NA,nan,\nNULL,null,None,N/A\n", 2),
    "all cells empty": (b",,,\n", 1),
    "quoted numbers": (b'"1","2",3,"4"\n', 1),
    "spaces around numbers": (b" 1 ,2,\t3, 4\n", 1),
    "exponents and infinities": (b"1e3,-2.5E-7,inf,-Infinity\n", 1),
    "signs and bare points": (b"+1,-.5,5.,-0\n", 1),
    "17 digits": (b"0.10000000000000001,1,1,1\n", 1),
}


@pytest.mark.parametrize(("body", "rows"), READ.values(), ids=READ)
def test_every_row_that_can_be_read_gets_one_line(
    served: Container, body: bytes, rows: int
) -> None:
    status, text, headers = served.request("POST", "/invocations", body)
    assert (status, lines(text)) == (200, rows)
    assert headers["Content-Type"] == "text/csv; charset=utf-8"


# what is sent -> what the message names
REFUSED = {
    "an empty body": (b"", "holds no row"),
    "text for a number": (b"1,2,3,4\n1,x,3,4\n", "row 2, column 2 (income): 'x' is not a number"),
    "a decimal comma": (b'"3,14",2,3,4\n', "row 1, column 1 (age): '3,14'"),
    "an underscore in a number": (b"1_000,2,3,4\n", "row 1, column 1 (age): '1_000'"),
    "digits of another script": ("\u0661,2,3,4\n".encode(), "row 1, column 1 (age): '\u0661'"),
    "a hexadecimal number": (b"0x10,2,3,4\n", "row 1, column 1 (age): '0x10'"),
    "a column too few": (b"1,2,3,4\n1,2,3\n", "row 2: expected 4 columns, found 3"),
    "a column too many": (b"1,2,3,4,5\n", "row 1: expected 4 columns, found 5"),
    "a blank line in the middle": (
        b"1,2,3,4\n\n1,2,3,4\n",
        "row 2: expected 4 columns, found 1 (a blank line)",
    ),
    "a blank line at the end": (
        b"1,2,3,4\n\n",
        "row 2: expected 4 columns, found 1 (a blank line)",
    ),
    "a header": (b"age,income,debt,years here\n1,2,3,4\n", "row 1 is a header line"),
    "semicolons": (b"1;2;3;4\n", "row 1: expected 4 columns, found 1"),
    "an open quote": (b'1,2,3,4\n1,"2,3,4\n', "row 2: unexpected end of data"),
    "text after a quote": (b'1,"2"3,3,4\n', "row 1: ',' expected after '\"'"),
    "a line feed inside quotes": (b'1,"2\n",3,x\n', "row 1, column 4"),
    "a bare carriage return": (b"1,2,3,4\r5,6,7,8\n", "row 1: carriage return inside the row"),
    "a NUL": (b"1,2,\x003,4\n", "row 1, column 3 (debt)"),
    "Latin-1": (b"1,2,3,4\n\xe9,2,3,4\n", "row 2: byte 8 is not UTF-8"),
    "UTF-16": ("1,2,3,4\n".encode("utf-16"), "row 1: byte 0 is not UTF-8"),
}


@pytest.mark.parametrize(("body", "named"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_cannot_be_read_is_a_400_naming_the_place(
    served: Container, body: bytes, named: str
) -> None:
    status, text, _ = served.request("POST", "/invocations", body)
    assert status == 400
    assert named in text


class Ask(NamedTuple):
    """A request and what is answered: the status and what its message names."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = CSV
    status: int = 200
    named: str = ""


def post(content_type: str = "text/csv", *, accept: str = "*/*", **expected: Any) -> Ask:
    headers = {"Content-Type": content_type, "Accept": accept}
    return Ask("POST", "/invocations", ROW, headers, **expected)


REQUESTS = {
    "ping": Ask("GET", "/ping"),
    "ping with a query": Ask("GET", "/ping?deep=1"),
    "POST to ping": Ask("POST", "/ping", ROW, status=405, named="GET"),
    "GET of invocations": Ask("GET", "/invocations", status=405, named="POST"),
    "PUT to invocations": Ask("PUT", "/invocations", ROW, status=405, named="POST"),
    "HEAD of ping": Ask("HEAD", "/ping", status=405),
    "another path": Ask("POST", "/models", ROW, status=404, named="/invocations"),
    "a charset": post("text/csv; charset=utf-8"),
    "capitals": post("TEXT/CSV;Charset=UTF-8"),
    "JSON": post("application/json", status=415, named="text/csv"),
    "no Content-Type": Ask("POST", "/invocations", ROW, {}, status=415, named="text/csv"),
    "another charset": post("text/csv; charset=latin-1", status=415, named="UTF-8"),
    "Accept CSV": post(accept="text/csv"),
    "Accept anything": post(accept="*/*;q=0.8"),
    "Accept JSON or text": post(accept="application/json, text/*"),
    "Accept JSON": post(accept="application/json", status=406, named="text/csv"),
    "Accept all but CSV": post(accept="*/*, text/csv;q=0", status=406, named="text/csv"),
    "a body over the limit": Ask(
        "POST", "/invocations", ROW * 400_000, status=413, named="MaxPayloadInMB"
    ),
}


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS)
def test_each_request_gets_its_status(served: Container, ask: Ask) -> None:
    status, text, headers = served.request(ask.method, ask.path, ask.body, ask.headers)
    assert (status, ask.named in text) == (ask.status, True)
    if ask.path == "/ping" and status == 200:
        assert text == ""
    if status == 405:
        assert headers["Allow"] in ("GET", "POST")


def test_a_body_a_little_over_the_agreed_megabyte_is_taken(served: Container) -> None:
    """The platform counts a megabyte in its own way, and headers of chunks come on top."""
    body = ROW * (1_100_000 // len(ROW))
    status, text, _ = served.request("POST", "/invocations", body)
    assert (status, lines(text)) == (200, body.count(b"\n"))


def exchange(served: Container, sent: bytes) -> str:
    """Send raw bytes, close the sending side, and return the status line and the text."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n")
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
RAW = {
    "chunks": (CHUNKED + b"5\r\n1,2,3\r\n3;x=y\r\n,4\n\r\n0\r\n\r\n", "200 OK"),
    "chunks with a trailer": (CHUNKED + b"8\r\n1,2,3,4\n\r\n0\r\nDigest: x\r\n\r\n", "200 OK"),
    "chunks without the last one": (CHUNKED + b"8\r\n1,2,3,4\n\r\n", "400"),
    "a chunk cut off": (CHUNKED + b"8\r\n1,2", "400"),
    "a chunk longer than announced": (CHUNKED + b"2\r\n1,2,3,4\n\r\n0\r\n\r\n", "400"),
    "a malformed chunk size": (CHUNKED + b"-8\r\n1,2,3,4\n\r\n0\r\n\r\n", "400"),
    "chunks over the limit": (CHUNKED + b"ffffff\r\n", "413"),
    "a length and chunks": (b"Content-Length: 8\r\n" + CHUNKED + b"0\r\n\r\n", "400"),
    "a body cut off": (b"Content-Length: 80\r\n\r\n1,2,3,4\n1,2", "400"),
    "a length that is no number": (b"Content-Length: eight\r\n\r\n1,2,3,4\n", "400"),
    "no length": (b"\r\n1,2,3,4\n", "411"),
}


@pytest.mark.parametrize(("sent", "status"), RAW.values(), ids=RAW)
def test_a_truncated_or_malformed_body_is_never_a_200(
    served: Container, sent: bytes, status: str
) -> None:
    assert exchange(served, sent).startswith(f"HTTP/1.1 {status}")


def test_execution_parameters_keep_within_the_product_of_100_megabytes(served: Container) -> None:
    status, text, headers = served.request("GET", "/execution-parameters")
    parameters = json.loads(text)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert set(parameters) == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
    assert parameters["BatchStrategy"] == "MULTI_RECORD"
    assert parameters["MaxPayloadInMB"] == 1
    assert 1 <= parameters["MaxConcurrentTransforms"] <= 100


def test_a_connection_is_kept_for_the_next_request(served: Container) -> None:
    connection = served.connect()
    for _ in range(3):
        connection.request("POST", "/invocations", body=ROW, headers=CSV)
        answer = connection.getresponse()
        assert (answer.status, lines(answer.read().decode())) == (200, 1)
    connection.close()


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
        served.request("POST", "/invocations", ROW)
    assert len(served.events()) == before
