"""Closed-loop load: so many connections, each sends the next request when it has its answer.

Requests are made once and sent from memory, answers are received into one buffer per connection;
both happen outside Python's lock, so that a few threads keep any of the servers busy.
"""

import socket
import threading
import time
from dataclasses import dataclass

from tests.bench.processes import cpu_seconds

HEAD_BYTES = 1 << 14
TIMEOUT = 600  # seconds: twenty bodies of 20 MB wait for each other


class RefusedError(Exception):
    """The server's answer was not 200, or had not as many rows as the request."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A whole POST /invocations, and the number of rows its answer must have."""

    text: bytes
    rows: int

    @classmethod
    def post(cls, body: bytes) -> "Request":
        """The request for a CSV body without header."""
        head = (
            "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return cls(text=head.encode() + body, rows=body.count(b"\n"))


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one round of load measured. CPU is in seconds, latencies are seconds, unsorted."""

    rows: int
    seconds: float
    server_cpu: float
    client_cpu: float
    latencies: tuple[float, ...]


class Connection:
    """An HTTP/1.1 connection that is opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._buffer = bytearray(1 << 20)

    def post(self, request: Request) -> memoryview:
        """Send the request; the answer's body, checked, valid until the next request.

        Raises RefusedError for another status or number of rows, OSError for a broken connection.
        """
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request.text)
        status, length, keep, begun = self._head(self._socket)
        answer = self._body(self._socket, length, begun)
        if not keep:
            self.close()
        if status != 200:
            raise RefusedError(f"{status}: {bytes(answer[:500]).decode(errors='replace')}")
        rows = self._buffer.count(b"\n", 0, length)
        if rows != request.rows:
            raise RefusedError(f"{request.rows} rows were sent, {rows} came back")
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _head(self, connection: socket.socket) -> tuple[int, int, bool, bytes]:
        """Status, Content-Length, whether the connection stays, what came of the body already."""
        read = b""
        while (end := read.find(b"\r\n\r\n")) < 0:
            piece = connection.recv(HEAD_BYTES)
            if not piece or len(read) > HEAD_BYTES:
                raise RefusedError("the server closed the connection without an answer")
            read += piece
        lines = read[:end].decode("latin-1").split("\r\n")
        fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        keep = fields.get("connection", "").lower() != "close"
        return int(lines[0].split()[1]), int(fields["content-length"]), keep, read[end + 4 :]

    def _body(self, connection: socket.socket, length: int, begun: bytes) -> memoryview:
        if length > len(self._buffer):
            self._buffer = bytearray(length)
        view = memoryview(self._buffer)[:length]
        view[: len(begun)] = begun
        have = len(begun)
        while have < length:
            count = connection.recv_into(view[have:])
            if not count:
                raise RefusedError(f"the answer was cut off after {have} of {length} bytes")
            have += count
        return view


def run(*, port: int, process: int, request: Request, connections: int, seconds: float) -> Round:
    """Load a server for some seconds, with at least one request on each connection.

    A request that has begun is waited for. Raises what the first failing request raised.
    """
    latencies: list[float] = []
    failures: list[Exception] = []
    start = threading.Barrier(connections + 1)
    end = 0.0

    def client() -> None:
        connection = Connection(port)
        start.wait()
        try:
            while not failures:
                sent = time.perf_counter()
                connection.post(request)
                now = time.perf_counter()
                latencies.append(now - sent)
                if now >= end:
                    break
        except (OSError, RefusedError) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(connections)]
    for thread in threads:
        thread.start()
    server_cpu, client_cpu = cpu_seconds(process), time.process_time()
    began = time.perf_counter()
    end = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    measured = Round(
        rows=request.rows * len(latencies),
        seconds=time.perf_counter() - began,
        client_cpu=time.process_time() - client_cpu,
        server_cpu=cpu_seconds(process) - server_cpu,
        latencies=tuple(latencies),
    )
    if failures:
        raise failures[0]
    return measured
