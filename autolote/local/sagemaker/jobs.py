"""Jobs in the background: one thread each, stopped by the user or interrupted by a shutdown."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)

# How many jobs of a kind really work at the same time. The others wait for their turn in status
# InProgress, as a job on AWS waits for capacity.
_AT_ONCE = max(2, os.cpu_count() or 1)


class StoppedError(Exception):
    """The user stopped the job."""


class InterruptedJobError(Exception):
    """The account goes down; the job keeps its status and goes on at the next start."""


class Interrupt:
    """Says to a job's threads that they must end, and why."""

    def __init__(self) -> None:
        self._raised = threading.Event()
        self._error: type[Exception] = InterruptedJobError

    def stop(self) -> None:
        self._error = StoppedError
        self._raised.set()

    def shut_down(self) -> None:
        self._raised.set()

    def check(self) -> None:
        """Raise StoppedError or InterruptedJobError if the job must end."""
        if self._raised.is_set():
            raise self._error

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the job must end; then raise as `check` does."""
        self._raised.wait(seconds)
        self.check()


class Jobs:
    """The jobs this process works on, by kind and name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], tuple[threading.Thread, Interrupt]] = {}
        self._slots: dict[str, threading.Semaphore] = {}

    def start(self, kind: str, name: str, work: Callable[[Interrupt], None]) -> None:
        """Run `work` in a thread of its own, unless the job already runs.

        `work` must handle its own errors.
        """
        interrupt = Interrupt()

        def run() -> None:
            try:
                work(interrupt)
            except Exception:
                _log.exception("%s %s ended without a status", kind, name)
            finally:
                with self._lock:
                    self._running.pop((kind, name), None)

        thread = threading.Thread(target=run, name=f"{kind}/{name}", daemon=True)
        with self._lock:
            # A request may create a job while `resume` is looking for jobs to go on with.
            if (kind, name) in self._running:
                return
            self._running[kind, name] = (thread, interrupt)
        thread.start()

    def stop(self, kind: str, name: str) -> None:
        """Ask a job to stop; nothing happens if it is not running (any more)."""
        with self._lock:
            running = self._running.get((kind, name))
        if running:
            running[1].stop()

    @contextmanager
    def turn(self, kind: str, interrupt: Interrupt) -> Iterator[None]:
        """Wait for this job's turn; see _AT_ONCE."""
        with self._lock:
            slots = self._slots.setdefault(kind, threading.Semaphore(_AT_ONCE))
        while not slots.acquire(timeout=0.1):
            interrupt.check()
        try:
            yield
        finally:
            slots.release()

    def close(self) -> None:
        """Interrupt every job and wait until none works any more."""
        with self._lock:
            running = list(self._running.values())
        for _, interrupt in running:
            interrupt.shut_down()
        for thread, _ in running:
            thread.join(timeout=30)
