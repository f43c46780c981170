"""Work that AWS promises to do after it has answered: asynchronous invocations, event deliveries.

Each piece is part of the kept state until it is done, so that it is done again when the account
went down in between (at least once, which is AWS's promise too).
"""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from autolote.local.aws import changes

logger = logging.getLogger(__name__)

Work = Callable[[dict[str, Any]], None]


class Pending:
    """What is still to be done, by kind; a kind's function is registered once, at start."""

    def __init__(self) -> None:
        self._kinds: dict[str, Work] = {}
        self._entries: dict[str, tuple[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def register(self, kind: str, work: Work) -> None:
        """The function that does work of this kind; it may change its payload as it goes."""
        self._kinds[kind] = work

    def start(self, kind: str, payload: dict[str, Any]) -> None:
        """Do a piece of work in a thread of its own."""
        name = str(uuid.uuid4())
        with self._lock:
            self._entries[name] = (kind, payload)
        changes.mark()
        threading.Thread(target=self._do, args=(name, kind, payload), daemon=True).start()

    def snapshot(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """What is to be kept."""
        with self._lock:
            return dict(self._entries)

    def resume(self, entries: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        """Start again what was kept."""
        for kind, payload in entries.values():
            self.start(kind, payload)

    def _do(self, name: str, kind: str, payload: dict[str, Any]) -> None:
        try:
            self._kinds[kind](payload)
        except Exception:
            logger.exception("%s failed: %s", kind, payload)
        finally:
            with self._lock:
                self._entries.pop(name, None)
            changes.mark()
