"""The generated parts of docs/performance.md: tables and pictures of a run.

In the document each part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`.
"""

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import plots, report
from tests.bench.measure import Measured
from tests.bench.models import BENCH
from tests.bench.stages import Stages

DOCS = BENCH.parent / "docs"
DOCUMENT = DOCS / "performance.md"
IMAGES = DOCS / "images"


def write(measured: Sequence[Measured], stages: Mapping[str, Stages]) -> list[Path]:
    """Write the tables and pictures again; returns the files.

    Other sizes than 6 MB x 2 keep their table when the run had none of them.
    """
    main = [e for e in measured if (e.cell.body_mb, e.cell.connections) == (6, 2)]
    pictures = [IMAGES / f"{name}.svg" for name in ("throughput", "memory", "stages")]
    plots.throughput(main, pictures[0])
    plots.memory(main, pictures[1])
    plots.stages(stages, pictures[2])
    rest = [e for e in measured if e not in main]
    parts = {
        "machine": _machine(),
        "bench": _table(main, "model"),
        "stages": _stages(stages),
    }
    if rest:
        parts["bench-all"] = _table(rest, "model, body x at a time")
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, content in parts.items():
        text = replaced(text, name, content)
    DOCUMENT.write_text(text, encoding="utf-8")
    return [DOCUMENT, *pictures]


def replaced(text: str, name: str, content: str) -> str:
    """The text with another content of a generated part.

    Raises ValueError when the part's two marks are not there.
    """
    begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(text):
        raise ValueError(f"{DOCUMENT} has no part between {begin} and {end}")
    return found.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def _machine() -> str:
    """What the numbers were measured on, and when."""
    cpus = Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*: (.*)$", cpus, re.MULTILINE)
    instructions = [flag for flag in ("avx2", "avx512_vbmi", "avx512vbmi") if flag in cpus]
    widest = "AVX-512 with VBMI" if len(instructions) > 1 else "AVX2" if instructions else "neither"
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return (
        f"Measured on {datetime.now(UTC).date()}: {cpus.count('processor')} virtual cores of "
        f"{name[1] if name else platform.processor()} ({widest}), "
        f"{int(memory[1]) >> 20 if memory else '?'} GB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}."
    )


def _table(measured: Sequence[Measured], first: str) -> str:
    figures = len(report.COLUMNS) - 1
    lines = [_line([first, *report.COLUMNS]), _line(["---", "---", *["---:"] * figures])]
    for cell, of in report.cells(measured).items():
        name = cell.model if first == "model" else cell.name
        lines += [_line([name, *report.row(of, server)]) for server in of]
    return "\n".join(lines)


def _stages(stages: Mapping[str, Stages]) -> str:
    bounds = ["memory bound", "instruction bound", "all / the larger bound"]
    names = [*next(iter(stages.values())).parts, "all", *bounds]
    lines = [_line(["model", *names]), _line(["---", *["---:"] * len(names)])]
    for model, each in stages.items():
        values = [*each.parts.values(), each.total, each.memory_bound, each.instruction_bound]
        distance = f"{each.total / max(values[-2:]):.1f}"
        lines.append(_line([model, *(f"{value:,.0f}" for value in values), distance]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
