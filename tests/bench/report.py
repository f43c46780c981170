"""What the bench found, as a table on the screen and as the records of .bench/last.json."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.bench.measure import Cell, Measured
from tests.bench.servers import FLASK, STAND_IN, Kind

COLUMNS = (
    "server",
    "rows/s",
    "rows/CPU-s",
    "x lightgbm",
    "x Flask",
    "ns/row",
    "p50",
    "p99",
    "MB",
    "start",
    "client",
)


def results(measured: Sequence[Measured]) -> list[dict[str, object]]:
    """One record per server and cell."""
    return [
        {
            "model": each.cell.model,
            "body_mb": each.cell.body_mb,
            "concurrency": each.cell.connections,
            "server": each.kind.name,
            "rows_per_s": round(each.rows_per_s),
            "rows_per_cpu_s": round(each.rows_per_cpu_s),
            "peak_rss_mb": round(each.peak_mb, 1),
            "start_s": round(each.start_s, 3),
        }
        for each in measured
    ]


def cells(measured: Sequence[Measured]) -> dict[Cell, list[Measured]]:
    """What was measured, by cell, in the order in which it was."""
    found: dict[Cell, list[Measured]] = {}
    for each in measured:
        found.setdefault(each.cell, []).append(each)
    return found


def _times(of: Sequence[Measured], server: Measured, base: Kind) -> str:
    """How many times the rows per CPU-second of another server of the cell; blank for itself."""
    other = next((each for each in of if each.kind is base), None)
    if other is None or server.kind is base:
        return ""
    return f"{server.rows_per_cpu_s / other.rows_per_cpu_s:.1f}"


def row(of: Sequence[Measured], server: Measured) -> list[str]:
    """The cells of a server's line, as COLUMNS names them."""
    return [
        server.kind.name,
        f"{server.rows_per_s:,.0f}",
        f"{server.rows_per_cpu_s:,.0f}",
        _times(of, server, STAND_IN),
        _times(of, server, FLASK),
        f"{1e9 / server.rows_per_cpu_s:,.0f}",
        f"{server.latency_ms(0.5):,.1f}",
        f"{server.latency_ms(0.99):,.1f}",
        f"{server.peak_mb:,.0f}",
        f"{server.start_s:.2f}",
        f"{server.client_cores:.2f}",
    ]


def show(measured: Sequence[Measured], console: Console) -> None:
    """Print a table with a part per cell."""
    table = Table()
    for number, name in enumerate(["model, body x at a time", *COLUMNS]):
        table.add_column(name, justify="right" if number > 1 else "left", no_wrap=True)
    for cell, of in cells(measured).items():
        table.add_section()
        for number, server in enumerate(of):
            table.add_row("" if number else cell.name, *row(of, server))
    console.print(table)
