"""What a person sees of a teardown: the plan, how it goes, and what is left."""

import time
from collections.abc import Iterable
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from autolote.teardown.model import Kept, Left, Plan, Report, Task


def plan_tables(plan: Plan) -> list[Table]:
    """What would be done, in order, and what would stay."""
    todo = Table(title=f"Would be done, in this order ({len(plan.tasks)})", title_justify="left")
    for column in ("", "what", "name", "note"):
        todo.add_column(column, overflow="fold")
    for task in plan.tasks:
        todo.add_row(task.verb, task.thing.kind, task.thing.name, task.why)
    return [*([todo] if plan.tasks else []), *kept_tables(plan.kept)]


def kept_tables(kept: Iterable[Kept]) -> list[Table]:
    """What stays, and why."""
    rows = list(kept)
    table = Table(title=f"Stays ({len(rows)})", title_justify="left")
    for column in ("what", "name", "why"):
        table.add_column(column, overflow="fold")
    for one in rows:
        table.add_row(one.thing.kind, one.thing.name, one.why)
    return [table] if rows else []


def left_table(left: Iterable[Left]) -> Table:
    """What should have gone and has not."""
    table = Table(title="Left", title_justify="left", title_style="bold red")
    for column in ("what", "why", "to finish"):
        table.add_column(column, overflow="fold")
    for one in left:
        table.add_row(f"{one.thing.kind} {one.thing.name}\n{one.thing.arn}", one.why, one.command)
    return table


def summary(report: Report) -> str:
    """The last line."""
    return (
        f"{len(report.done)} done, {len(report.plan.kept)} stay, {len(report.left)} left; "
        f"{report.seconds:.0f} s"
    )


class Progress:
    """A line for each task; on a terminal the one under way is shown while it changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._begun, self._last = 0.0, ""
        self._said = ""

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.update("")
            self._live.stop()

    def begin(self, task: Task) -> None:
        """See executor.Shown."""
        self._begun, self._said = time.monotonic(), _called(task)
        self.tell("")

    def tell(self, text: str) -> None:
        """See executor.Shown."""
        line = f"{self._said}  {text}".rstrip()
        if self._live:
            self._live.update(Spinner("dots", Text(line, overflow="ellipsis", no_wrap=True)))
        elif text and line != self._last:
            self._console.print(f"  … {text}", style="dim", soft_wrap=True)
        self._last = line

    def end(self, task: Task, why: str | None) -> None:
        """See executor.Shown."""
        seconds = time.monotonic() - self._begun
        if why is None:
            self._console.print(f"✓ {_called(task)}  ({seconds:.1f} s)", soft_wrap=True)
        else:
            self._console.print(f"✗ {_called(task)}: {why}", style="red", soft_wrap=True)


def _called(task: Task) -> str:
    return f"{task.verb} {task.thing.kind} {task.thing.name}"
