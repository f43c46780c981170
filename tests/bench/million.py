"""A million rows of 20 columns through a transform job, and the same job with Flask and pandas.

    make million
    python -m tests.bench.million --rows 200000

The job is what `autolote run` does with it: a request that scores with the team's own model.txt
(model a of the bench), in an account on this machine, from the event to the manifest; the rows are
files of 50,000. It is run twice, the first time with a tenth of the rows: memory that does not grow
with the rows is constant. Then the payloads of the same files, cut by the same rules, go to the
container and to the Flask server directly, with no account between, to compare the two alone.

Checked: as many rows out as in, in their order, and the same numbers from all three.
"""

import argparse
import fileinput
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rules import cost

from tests.bench import document, local_job, models, servers
from tests.bench.footprint import tree
from tests.bench.processes import peak_mb_of

FOLDER = models.BENCH / "million"
REGION, INSTANCE = "sa-east-1", "ml.m5.large"
EVERY = 0.05
BLOCKS_PER_FILE = 10  # 50,000 rows
ROLES = {"container/serve.py": "container", "autolote.local": "account"}

ROWS = 1_000_000
HEADINGS = ["job", "rows", "seconds", "server CPU, s", "US dollars", "server MB", "account MB"]
PRICE = (
    f"US dollars: the seconds on this machine at the price of one {INSTANCE} in {REGION} of "
    f"{cost.price_date()}; a job's own start-up is not in them."
)

Job = tuple[dict[str, Any], dict[str, float]]
Lines = list[list[str]]


class WrongError(Exception):
    """The job lost, added, moved or changed rows."""


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    screen = Console(stderr=True)
    if not servers.GUNICORN.exists():
        screen.print("Flask and gunicorn are not installed yet: make .bench/venv/.ready")
        return 1
    models.make(["a"])
    shutil.rmtree(FOLDER / "account", ignore_errors=True)  # the same beginning each time
    try:
        jobs = {count: _account_job(count, screen) for count in (rows // 10, rows)}
        alone = {}
        for kind in (servers.CONTAINER, servers.FLASK):
            screen.print(f"the same payloads to {kind.label}, without the account")
            source, target = _data(rows, screen), FOLDER / "alone"
            target.mkdir(exist_ok=True)
            names = sorted(path.name for path in source.iterdir())
            alone[kind] = local_job.run(kind, model="a", source=source, target=target, names=names)
            found = [target / f"{name}.out" for name in names]
            _same(found, FOLDER / "out" / "predictions.csv", rows)
    except (WrongError, subprocess.CalledProcessError) as error:
        screen.print(f"[red]{error}[/red]", highlight=False)
        return 1
    lines = _lines(rows, jobs, alone)
    _show(lines)
    if rows == ROWS:
        _write(lines)
    return 0


def _data(rows: int, screen: Console) -> Path:
    """A folder with the rows as CSV files without header, made once."""
    folder = FOLDER / f"rows-{rows}"
    if folder.exists():
        return folder
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with Progress(console=screen) as progress:
        task = progress.add_task(folder.name, total=rows)
        blocks = models.csv_blocks(features=models.KINDS["a"].features, rows=rows, seed=5)
        for number, block in enumerate(blocks):
            with (part / f"{number // BLOCKS_PER_FILE:04}.csv").open("ab") as out:
                out.write(block)
            progress.advance(task, block.count(b"\n"))
    part.rename(folder)
    return folder


def _account_job(rows: int, screen: Console) -> Job:
    """Run the request; its manifest, and the largest resident sizes in MB by role."""
    data = _data(rows, screen)
    shutil.copyfile(models.model_path("a"), FOLDER / "model.txt")
    request = {
        "project_id": "bench",
        "experiment_id": "million",
        "score": {
            "data": f"{data.name}/",
            "has_header": False,
            "instance_type": INSTANCE,
            "strategy": "MultiRecord",
            "max_payload_mb": local_job.PAYLOAD_MB,
            "max_concurrent_transforms": local_job.CONCURRENT,
        },
    }
    (FOLDER / "request.json").write_text(json.dumps(request, indent=2))
    command = [sys.executable, "-m", "autolote", "run", str(FOLDER / "request.json"), "--local"]
    command += ["--home", str(FOLDER / "account"), "--out", str(FOLDER / "out")]
    child = subprocess.Popen(command, cwd=models.BENCH.parent, stdin=subprocess.DEVNULL)
    peaks: dict[str, float] = defaultdict(float)
    while True:
        for pid in tree(child.pid):
            role = _role(pid)
            peaks[role] = max(peaks[role], peak_mb_of(pid))
        try:
            child.wait(EVERY)
            break
        except subprocess.TimeoutExpired:
            continue
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    manifest = json.loads((FOLDER / "out" / "manifest.json").read_text())
    if not manifest["rows_in"] == manifest["rows_out"] == rows:
        raise WrongError(f"{rows} rows, but {manifest['rows_in']} in, {manifest['rows_out']} out")
    return manifest, peaks


def _role(pid: int) -> str:
    """What a process of the run is: one of ROLES, or empty."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
    return next((role for part, role in ROLES.items() if part in command), "")


def _same(found: Sequence[Path], expected: Path, rows: int) -> None:
    """The same number on every line of all files in a row; `expected` has a header."""
    with expected.open() as one, fileinput.input(found) as other:
        next(one)
        count = 0
        for count, (left, right) in enumerate(zip_longest(one, other), start=1):
            if left != right and (not left or not right or float(left) != float(right)):
                raise WrongError(f"row {count} is {left!r} in {expected}, {right!r} alone")
    if count != rows:
        raise WrongError(f"{count} rows came back, {rows} were sent")


def _lines(rows: int, jobs: dict[int, Job], alone: dict[servers.Kind, local_job.Done]) -> Lines:
    """The table's lines: see HEADINGS."""
    lines = []
    for count, (manifest, peaks) in jobs.items():
        seconds = manifest["seconds"]["scoring"]
        start = ["transform job, local account", f"{count:,}", f"{seconds:.2f}", ""]
        memory = [f"{peaks['container']:.0f}", f"{peaks['account']:.0f}"]
        lines.append([*start, _dollars(seconds), *memory])
    for kind, done in alone.items():
        seconds = [f"{done.seconds:.2f}", f"{done.cpu_seconds:.2f}", _dollars(done.seconds)]
        lines.append([f"payloads to {kind.name}", f"{rows:,}", *seconds, f"{done.peak_mb:.0f}", ""])
    return lines


def _show(lines: Lines) -> None:
    table = Table(*HEADINGS)
    for line in lines:
        table.add_row(*line)
    screen = Console(width=None if sys.stdout.isatty() else 120)
    screen.print(table)
    screen.print(f"rows in = rows out, in order, the same numbers from all. {PRICE}")


def _write(lines: Lines) -> None:
    """Put the table into docs/performance.md."""
    ruler = ["---", *["---:"] * (len(HEADINGS) - 1)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in [HEADINGS, ruler, *lines])
    text = document.DOCUMENT.read_text(encoding="utf-8")
    text = document.replaced(text, "million", f"{table}\n\n{PRICE}")
    document.DOCUMENT.write_text(text, encoding="utf-8")


def _dollars(seconds: float) -> str:
    hourly = cost.price(instance_type=INSTANCE, region=REGION)
    return f"{seconds / 3600 * hourly:.6f}"


if __name__ == "__main__":
    sys.exit(main())
