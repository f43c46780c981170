"""How fast the scoring container is, next to what a team would otherwise run.

    make bench                                     everything, about half an hour on 2 cores
    make bench ARGUMENTS='--bodies 6 --concurrency 2'    the first table of docs/performance.md
    make bench ARGUMENTS='--quick'                 6 MB x 2 only, a minute or two
    python -m tests.bench.scoring --models a --bodies 6 --concurrency 2

Compared, with the same requests, in turn, in one run:
{servers}

Columns:
  rows/s        rows answered per second. Depends on the machine's cores and on what else they do.
  rows/CPU-s    rows answered per second of user and system time of the server's process tree: the
                figure to compare by, as it is what an instance-hour buys.
  x lightgbm    how many times lightgbm-1-thread's rows/CPU-s
  x Flask       how many times flask-gunicorn-pandas's rows/CPU-s
  ns/row        nanoseconds of CPU for a row: the same figure turned round
  p50, p99      how long a request takes, in milliseconds, while others are served too
  MB            the sum of the largest resident sizes of the server's processes (VmHWM)
  start         seconds from a fresh start to the first /ping with 200, the median
  client        cores that the load took itself: it shares the machine with the server

Every answer is checked to have as many rows as its request, and every server's first answer to hold
the same numbers as the container's. Left behind: .bench/last.json; a run with all models and
servers also writes the tables and pictures of docs/performance.md again, of the sizes it had.
"""

import argparse
import itertools
import json
import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import document, load, measure, models, report, servers, stages

STARTS = 5
BUDGET = 20.0
LAST = models.BENCH / "last.json"


def main() -> int:
    """The command line; returns the exit code."""
    arguments = _arguments()
    screen = Console(stderr=True)
    kinds = [servers.KINDS[name] for name in arguments.servers]
    if servers.FLASK in kinds and not servers.GUNICORN.exists():
        screen.print("Flask and gunicorn are not installed yet: make .bench/venv/.ready")
        return 1
    models.make(arguments.models)
    try:
        measured = _measure(arguments, kinds, screen)
    except (measure.DiffersError, load.RefusedError, servers.NotServingError) as error:
        screen.print(f"[red]stopped:[/red] {error}", highlight=False)
        return 1
    results = report.results(measured)
    LAST.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.json:
        sys.stdout.write(json.dumps(results) + "\n")
    else:
        report.show(measured, Console(width=None if sys.stdout.isatty() else 150))
    if _documented(arguments):
        screen.print("the stages of the kernel, one by one")
        whole = stages.last_run()
        parts = {name: stages.measure(name, whole=whole[name]) for name in arguments.models}
        for path in document.write(measured, parts):
            screen.print(f"written: {path}", highlight=False)
    return 0


def _measure(
    arguments: argparse.Namespace, kinds: list[servers.Kind], screen: Console
) -> list[measure.Measured]:
    grid = list(itertools.product(arguments.models, arguments.bodies, arguments.concurrency))
    measured: list[measure.Measured] = []
    columns = (TextColumn("{task.description:60}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as progress:
        task = progress.add_task("", total=len(grid))
        starts: dict[str, dict[str, list[float]]] = {name: {} for name in arguments.models}
        for model, body_mb, connections in grid:
            cell = measure.Cell(
                model=model,
                body_mb=body_mb,
                connections=connections,
                rounds=arguments.rounds,
                seconds=arguments.seconds,
            )
            here = measure.applicable(kinds, body_mb, connections)
            measured += measure.cell(
                cell,
                here,
                starts=starts[model],
                budget=BUDGET,
                tell=lambda text: progress.update(task, description=text),
            )
            progress.advance(task)
        for model, kind in itertools.product(arguments.models, kinds):
            while 0 < len(starts[model].get(kind.name, ())) < STARTS:
                progress.update(task, description=f"{model}: {kind.name} starts once more")
                measure.start(kind, model, 1, starts[model]).close()
    return measured


def _documented(arguments: argparse.Namespace) -> bool:
    """Whether the run covers the first table of docs/performance.md: 6 MB x 2, all models, all
    servers."""
    every = _defaults()
    return (
        (arguments.models, arguments.servers) == (every["models"], every["servers"])
        and 6 in arguments.bodies
        and 2 in arguments.concurrency
        and not arguments.quick
    )


def _defaults() -> dict[str, list[object]]:
    return {
        "models": sorted(models.KINDS),
        "bodies": list(models.BODIES_MB),
        "concurrency": [1, 2, 20],
        "servers": [name for name in servers.KINDS if servers.possible(servers.KINDS[name])],
    }


def _arguments() -> argparse.Namespace:
    told = "\n".join(f"  {kind.name:22}{kind.label}" for kind in servers.KINDS.values())
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=(__doc__ or "").format(servers=told),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add, defaults = parser.add_argument, _defaults()
    some = {"nargs": "+", "metavar": "ONE"}
    add("--models", **some, choices=sorted(models.KINDS), help="a, b, c, d; default: all")
    add("--bodies", **some, type=int, choices=models.BODIES_MB, help="MB: 1, 6, 20; default: all")
    add("--concurrency", **some, type=int, help="requests at a time; default: 1 2 20")
    add("--servers", **some, choices=list(servers.KINDS), help="see above; default: all")
    add("--rounds", type=int, default=3, help="of which medians are taken; default: 3")
    add("--seconds", type=float, default=2.0, help="of load in each round; default: 2")
    add("--quick", action="store_true", help="6 MB x 2 only, two rounds of half a second")
    add("--json", action="store_true", help="print what .bench/last.json holds, not the table")
    quick = {"bodies": [6], "concurrency": [2]}
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 2, 0.5
        defaults |= quick
    for name, value in defaults.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


if __name__ == "__main__":
    sys.exit(main())
