"""Connections: a thread for each, bounded in number, none of them able to keep /ping away."""

import contextlib
import logging
import socket
import threading
import time

from container.connection import Connection
from container.errors import RequestError
from container.scoring import Service
from container.web import Routes

log = logging.getLogger(__name__)

CONNECTIONS = 256
"""Clients at a time. A further one takes the place of the one that has been idle for longest."""

_BACKLOG = 128


class Server:
    """Listens from the first moment and answers 503 until `start` is called."""

    def __init__(self, address: str, port: int) -> None:
        """Raises OSError when the port cannot be opened."""
        self._listener = socket.create_server((address, port), backlog=_BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        self._routes = Routes()
        self._changed = threading.Condition()
        self._open = 0
        self._busy = 0  # those with a request, until its answer is sent
        self._idle: dict[Connection, None] = {}  # those between requests, the oldest first
        threading.Thread(target=self._accept, daemon=True).start()

    def start(self, service: Service) -> None:
        """Score from now on."""
        self._routes.service = service

    def close(self, *, seconds: float) -> bool:
        """Take no new requests and wait for those that are being answered; returns whether all
        were answered in `seconds`."""
        self._routes.stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        with self._changed:
            for connection in self._idle:
                connection.wake()
            return self._changed.wait_for(lambda: not self._idle and not self._busy, seconds)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError as error:
                if self._routes.stopping:
                    return
                log.warning("a connection cannot be accepted: %s", error)
                time.sleep(0.1)  # out of file descriptors: some are given back soon
                continue
            try:
                self._begin(client)
            except Exception as error:  # it is gone already; no thread or no memory to be had
                log.warning("a connection cannot be served: %s", error)
                client.close()

    def _begin(self, client: socket.socket) -> None:
        """Give the connection its thread, or turn it away when every other one is in a request."""
        connection = Connection(client)
        with self._changed:
            if self._open >= CONNECTIONS:
                oldest = next(iter(self._idle), None)
                if oldest is None:
                    self._routes.turn_away(connection)
                    return
                oldest.wake()
                del self._idle[oldest]
            self._open += 1
        try:
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()
        except RuntimeError:
            with self._changed:
                self._open -= 1
            raise

    def _converse(self, connection: Connection) -> None:
        """Answer the requests of one connection until it ends."""
        try:
            while self._one(connection):
                pass
        except OSError:
            pass  # idle for too long, or gone between two requests
        finally:
            connection.close()
            with self._changed:
                self._open -= 1

    def _one(self, connection: Connection) -> bool:
        """Wait for a request and answer it; returns whether another one may follow."""
        with self._changed:
            if self._routes.stopping:
                return False
            self._idle[connection] = None
        raw: bytes | None = b""
        busy = False
        try:
            raw = connection.head()
            with self._changed:
                busy = True
                self._busy += 1
                self._idle.pop(connection, None)
            kept = raw is not None and self._routes.answer(raw, connection)
        except RequestError as error:
            kept = self._routes.refuse(connection, error)
        finally:
            with self._changed:
                self._busy -= busy
                self._idle.pop(connection, None)
                self._changed.notify_all()
        if raw is not None and not kept:
            connection.linger()
        return kept
