"""How far a golden check is: a bar on a terminal, on anything else a line every few seconds."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

_EVERY_ROWS = 4096
_EVERY_SECONDS = 5.0

Row = list[float]


class Progression(contextlib.AbstractContextManager["Progression"]):
    """Follows the rows of a file of `size` bytes."""

    def __init__(self, console: Console, size: int) -> None:
        self._console, self._size = console, max(size, 1)
        self._told = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.fields[rows]:,} rows"),
            BarColumn(),
            TextColumn("{task.percentage:.0f} %"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._size, rows=0)

    def __enter__(self) -> "Progression":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def follow(self, rows: Iterator[Row], position: Callable[[], int]) -> Iterator[Row]:
        """The rows; every few thousand, how far the file has been read is shown."""
        for number, row in enumerate(rows, start=1):
            if number % _EVERY_ROWS == 0:
                self._show(number, position())
            yield row

    def _show(self, rows: int, position: int) -> None:
        self._bar.update(self._task, completed=position, rows=rows)
        if not self._console.is_terminal and time.monotonic() - self._told > _EVERY_SECONDS:
            self._told = time.monotonic()
            self._console.print(f"{rows:,} rows, {position / self._size:.0%} of the file read")
