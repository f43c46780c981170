"""Bodies through the model: how many at once, piece by piece, and the answers they give."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Final

from container.body import Body, fill
from container.errors import RequestError
from container.logs import Limited
from container.native import Model, Options, Request, TableError
from container.resources import Plan

log = logging.getLogger(__name__)


class Service:
    """The model in memory, with what a request may take of the machine.

    At most `plan.bodies` requests hold a part of a body and their answer; the others wait with
    theirs unread, so that TCP stops their senders. At most `plan.cores` are in the kernel at once.
    """

    def __init__(self, model: Model, options: Options, plan: Plan) -> None:
        """`rows` and `bad_rows` count what was scored so far."""
        self.limit: Final = plan.limit
        self.parameters: Final = plan.execution_parameters
        self._model = model
        self._options = options
        self._admitted = threading.BoundedSemaphore(plan.bodies)
        self._working = threading.BoundedSemaphore(plan.cores)
        self._idle: list[Request] = []
        self._placeholders = Limited(log)
        self._lock = threading.Lock()
        self.rows = self.bad_rows = 0

    @contextlib.contextmanager
    def score(self, body: Body) -> Iterator[list[memoryview]]:
        """The answer's pieces, once the whole body was read and every row scored; they are valid
        within the context. Raises RequestError for a body that is refused."""
        with self._admitted:
            request = self._request()
            try:
                self._feed(request, body)
                self._count(request.rows, request.bad_rows)
                yield request.answer()
            finally:
                request.reset()
                self._idle.append(request)

    def _request(self) -> Request:
        """One that is not in use."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._model.request(self._options)

    def _feed(self, request: Request, body: Body) -> None:
        last = False
        while not last:
            view = request.space()
            size = fill(body, view)
            last = size < len(view)
            with self._working:
                try:
                    request.feed(size, last=last)
                except TableError as error:
                    raise RequestError(400, str(error)) from error

    def _count(self, rows: int, bad_rows: int) -> None:
        with self._lock:
            self.rows += rows
            self.bad_rows += bad_rows
            so_far = self.bad_rows
        if bad_rows:
            self._placeholders.warning(
                "bad rows were answered with ERROR", bad_rows=bad_rows, rows=rows, so_far=so_far
            )
