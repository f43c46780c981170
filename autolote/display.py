"""What a person sees while a run goes on, and at its end (on standard error)."""

import json
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from autolote.watching import Progress

_JOBS = {
    "AutoML": "AutoML job",
    "Training": "training job",
    "Golden": "golden transform job",
    "Transform": "transform job",
}
LOOPS = {
    state.format(job): said
    for job, said in _JOBS.items()
    for state in ("WaitFor{}", "Describe{}", "Is{}Done")
}


WIDTH_OF_A_FILE = 120


def console() -> Console:
    """Where people read: standard error, wide enough for the tables when it is not a terminal.

    Texts are shown as they are: names of files and reasons may hold what rich takes for markup.
    """
    width = None if sys.stderr.isatty() else WIDTH_OF_A_FILE
    return Console(stderr=True, highlight=False, markup=False, width=width)


class Progression:
    """A live table on a terminal; on anything else one line each time something changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._last = ""

    def __enter__(self) -> "Progression":
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
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show where the run stands now."""
        if self._live:
            self._live.update(states_table(progress))
            return
        if progress.ended:
            self._console.print(states_table(progress))
            return
        active = next((s.name for s in progress.states if s.active), progress.status)
        said = f"{LOOPS.get(active, active)} {progress.detail}".strip()
        if said != self._last:
            self._console.print(f"[{progress.seconds:6.1f} s] {said}")
            self._last = said

    def say(self, text: str) -> None:
        """A line beside the progress."""
        self._console.print(text, style="yellow")


def states_table(progress: Progress) -> Group:
    """Seconds per state, with the line of the job that is waited for."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=2)
    table.add_column(min_width=22)
    table.add_column(justify="right", min_width=9)
    table.add_column()
    for state in progress.states:
        mark = Text("▶", "cyan") if state.active else Text("✓", "green")
        visits = f"x {state.visits}" if state.visits > 1 else ""
        note = progress.detail if state.active else ""
        table.add_row(
            mark, state.name, f"{state.seconds:.1f} s", Text(f"{visits} {note}".strip(), "dim")
        )
    colour = {"SUCCEEDED": "green", "RUNNING": "cyan"}.get(progress.status, "red")
    head = Text.assemble((progress.status, f"bold {colour}"), f"  {progress.seconds:.1f} s")
    return Group(head, table)


def leaderboard(manifest: Mapping[str, Any]) -> Table:
    """Every candidate the AutoML job finished, best first; or the one model of a training job."""
    board = manifest["leaderboard"]
    job = next((one["name"] for one in manifest["jobs"] if one["kind"] == "automl"), "")
    title = "Leaderboard" if job else "Trained model"
    table = Table(title=f"{title} ({board[0]['objective']})", title_justify="left")
    names = sorted({name for row in board for name in row["metrics"]} - {board[0]["objective"]})[:5]
    for column in ("candidate", board[0]["objective"], *names):
        table.add_column(column, justify="left" if column == "candidate" else "right")
    for row in board:
        values = (row["value"], *(row["metrics"].get(name) for name in names))
        cells = ("" if value is None else f"{value:.4f}" for value in values)
        table.add_row(row["candidate"].removeprefix(f"{job}-"), *cells)
    return table


def costs(manifest: Mapping[str, Any]) -> str:
    """The run's estimated price, with the date of the price table it was computed from."""
    cost = manifest["estimated_cost"]
    parts = ["training", *(["golden"] if cost["golden"] else []), "scoring"]
    each = ", ".join(f"{part} {cost[part]:.4f}" for part in parts)
    return (
        f"{cost['total']:.4f} {cost['currency']} in {cost['region']} for these seconds "
        f"({each}; prices of {cost['price_date']}); the request allows at most "
        f"{cost['worst_case']:.2f}"
    )


def spot(manifest: Mapping[str, Any]) -> str:
    """What training on spot instances meant, in a line; empty when nothing was trained so."""
    job = next((one for one in manifest["jobs"] if one.get("spot")), None)
    if job is None:
        return ""
    return (
        f"{job['interruptions']} interruption(s), {job['billable_seconds']:.0f} of "
        f"{job['seconds']:.0f} s billed, {job['spot_saving_percent']:.0f} % saved"
    )


def reasons(cause: str) -> list[str]:
    """The lines of a failure's cause: one per violation if it was a refused request."""
    try:
        told = json.loads(cause)
    except json.JSONDecodeError:
        return cause.splitlines()
    if isinstance(told, dict):  # a Lambda function's error, as Step Functions passes it on
        return reasons(str(told.get("errorMessage", cause)))
    return [f"{v['field']}: {v['rule']} (found {v['value']!r}). {v['fix']}" for v in told]
