"""Ports for model servers: no two running servers of ours are ever given the same one.

A port that the system says is free is free only until somebody takes it. Were it another of our
servers, it would answer in the wrong job's place; any other program makes the server fail to start.
"""

import socket
import threading

_HOST = "127.0.0.1"
_lock = threading.Lock()
_taken: set[int] = set()


def take_port() -> int:
    """A port of the loopback interface; give it back with `release_port`."""
    with _lock:
        while True:
            with socket.socket() as probe:
                probe.bind((_HOST, 0))
                port: int = probe.getsockname()[1]
            if port not in _taken:
                _taken.add(port)
                return port


def release_port(port: int) -> None:
    with _lock:
        _taken.discard(port)
