"""The bytes of one client: buffered for the head's lines, straight to their place for a body."""

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from typing import Final

from container import head
from container.errors import RequestError

IDLE_SECONDS = 65
"""How long a client may send nothing, or take nothing of the answer."""

HEAD_SECONDS = 10
"""How long a head may take from its first byte."""

LINGER_SECONDS = 10
"""How long a refused client may go on sending before the connection is cut."""

_BUFFER = 64 << 10
_LINE = 4 << 10
_PIECES = 512  # below IOV_MAX, which is 1024 on Linux


class Connection:
    """A connected socket. Every method that waits raises TimeoutError after IDLE_SECONDS."""

    def __init__(self, client: socket.socket) -> None:
        self._socket: Final = client
        # Blocking with the kernel's own time limit: a limit of Python's would ask poll() each time.
        client.settimeout(None)
        limit = struct.pack("ll", IDLE_SECONDS, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0  # what is buffered and not yet taken
        self.answering = False
        """Whether a part of an answer may have been sent: anything else would become part of it."""

    def head(self) -> bytes | None:
        """The next request's head without its blank line; None when the client has closed.

        Raises RequestError 400, 408 or 431 for a head that is malformed, slow or too long.
        """
        deadline = 0.0
        while True:
            while self._buffer.startswith(b"\r\n", self._start, self._end):
                self._start += 2  # RFC 9112, section 2.2: empty lines before a request are ignored
            found = self._buffer.find(b"\r\n\r\n", self._start, self._end)
            length = (found if found >= 0 else self._end) - self._start
            if length > head.LIMIT_BYTES:
                raise RequestError(431, f"the head is longer than {head.LIMIT_BYTES} bytes")
            if found >= 0:
                raw = bytes(self._view[self._start : found])
                self._start = found + 4
                return raw
            if self._buffer.find(b"\n\n", self._start, self._end) >= 0:
                raise RequestError(400, "the head's lines must end with CR LF")
            if length:
                deadline = deadline or time.monotonic() + HEAD_SECONDS
                if time.monotonic() > deadline:
                    raise RequestError(408, f"the head took longer than {HEAD_SECONDS} seconds")
            if not self._fill():
                if length:
                    raise RequestError(400, "the head was cut off")
                return None

    def line(self) -> bytes:
        """The next line with its LF; without one if it is cut off or longer than 4 KiB."""
        while (found := self._buffer.find(b"\n", self._start, self._end)) < 0:
            if self._end - self._start > _LINE or not self._fill():
                return b""
        taken = bytes(self._view[self._start : found + 1])
        self._start = found + 1
        return taken

    def readinto(self, view: memoryview) -> int:
        """Fill the view as far as bytes come; 0 only when the client has closed."""
        if self._start < self._end:
            size = min(len(view), self._end - self._start)
            view[:size] = self._view[self._start : self._start + size]
            self._start += size
            return size
        return self._receive(view, socket.MSG_WAITALL)

    def send(self, pieces: Sequence[bytes | memoryview]) -> None:
        """Send all pieces, without copying them together."""
        left = list(pieces)
        while left:
            try:
                sent = self._socket.sendmsg(left[:_PIECES])
            except BlockingIOError as error:
                raise TimeoutError from error
            done = 0
            while done < len(left) and sent >= len(left[done]):
                sent -= len(left[done])
                done += 1
            del left[:done]
            if sent:
                left[0] = memoryview(left[0])[sent:]

    def linger(self) -> None:
        """Say that nothing more follows, and let the client finish sending for a while.

        A connection that is closed with bytes unread is reset, and a client that is still sending
        would then never see the answer (RFC 9112, section 9.6).
        """
        deadline = time.monotonic() + LINGER_SECONDS
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(LINGER_SECONDS)
            while time.monotonic() < deadline and self._socket.recv_into(self._buffer):
                pass

    def wake(self) -> None:
        """Make a thread that waits for this client see the end of what it sends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _fill(self) -> int:
        """Buffer what has come; returns the number of bytes, 0 when the client has closed."""
        left = self._end - self._start
        self._view[:left] = self._view[self._start : self._end]
        self._start, self._end = 0, left
        came = self._receive(self._view[left:], 0)
        self._end += came
        return came

    def _receive(self, view: memoryview, flags: int) -> int:
        try:
            return self._socket.recv_into(view, 0, flags)
        except BlockingIOError as error:
            raise TimeoutError from error
