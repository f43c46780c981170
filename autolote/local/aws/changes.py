"""A mark that the account's state differs from what is on disk; the state's keeper waits on it."""

import threading

_changed = threading.Event()
_urgent = threading.Event()


def mark(*, now: bool = False) -> None:
    """Something changed; `now` when a job, an execution or a deployment ended."""
    if now:
        _urgent.set()
    _changed.set()


def wait(timeout: float) -> bool:
    """Wait for a change; returns whether there was one."""
    return _changed.wait(timeout)


def wait_urgent(timeout: float) -> bool:
    """Wait until a change must be kept at once, at most `timeout` seconds."""
    return _urgent.wait(timeout)


def clear() -> None:
    """What changed until now is about to be kept."""
    _urgent.clear()
    _changed.clear()
