"""Many may change the account at once, and nobody while its state is being read to be kept.

Nothing waits longer than `PATIENCE` here: a request that takes long, or calls the account itself,
must not bring it to a halt. Who reads the state then does so beside the change, and notices (a
dictionary that changes while it is read raises).
"""

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE = 1.0  # seconds


class Gate:
    """Open for changes, closed for reading."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._changing = 0
        self._closed = False

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Change something; waits while the state is read."""
        with self._condition:
            self._condition.wait_for(lambda: not self._closed, PATIENCE)
            self._changing += 1
        try:
            yield
        finally:
            with self._condition:
                self._changing -= 1
                self._condition.notify_all()

    @contextlib.contextmanager
    def read(self) -> Iterator[float]:
        """Read everything; gives the seconds it had to wait for changes under way."""
        begun = time.monotonic()
        with self._condition:
            self._closed = True
            self._condition.wait_for(lambda: self._changing == 0, PATIENCE)
        try:
            yield time.monotonic() - begun
        finally:
            with self._condition:
                self._closed = False
                self._condition.notify_all()


GATE = Gate()
"""The gate of this process's account."""
