"""Where the time of a row goes, and what the machine could do at best.

    python -m tests.bench.stages                       after a run of the bench
    python -m tests.bench.stages --instructions avx2

The stages of the kernel run over a body of 6 MB on one thread: first the parser alone, then each
stage more; the differences are the stages' own. What the whole server takes beyond them, by the
last run of the bench, is HTTP: receiving, Python, sending, and what the caches lose by it.

Bounds, in nanoseconds per row. Memory: the bytes of the row and of its answer, each copied between
kernel and program and read once, at the bandwidth one core copies with. Instructions: INNER_LOOPS,
counted by hand, at the measured rate of vector instructions that do not wait for each other.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.bench.models import BENCH, KINDS, body_path, model_path
from tests.bench.servers import CONTAINER

NATIVE = BENCH.parent / "container" / "native"
SOURCE = BENCH.parent / "tests" / "bench" / "stages.cpp"
PROGRAM = BENCH / "stages-of-a-row"
KERNEL = ("parse", "quantise", "traverse", "format")
COPIES = 3  # times that a byte of a body or an answer is read or written

INNER_LOOPS = {
    "cells": 12,  # parse: index, gather, close the gap, sum digits, divide; 8 side by side
    "ranks": 8,  # quantise: a walk of 8 levels in registers is about 65 for 8 values
    "few_leaves": 2,  # traverse: a comparison and a shuffle of 64 rows, at each node
    "many_leaves": 4,  # the same in trees of more than 64 leaves: subtract, combine, test, move
    "leaf_groups": 48,  # traverse: 8 lookups, 24 interleaves, 8 sums loaded, added and stored
    "numbers": 60,  # format: shortest digits by two multiplications, then up to 17 bytes
}


@dataclass(frozen=True, kw_only=True)
class Stages:
    """CPU nanoseconds per row by stage, and the bounds of their sum."""

    parts: Mapping[str, float]
    memory_bound: float
    instruction_bound: float

    @property
    def total(self) -> float:
        """All stages together."""
        return sum(self.parts.values())


def measure(model: str, *, whole: float | None, instructions: str = "") -> Stages:
    """Measure a model's stages; `whole` is what a row takes end to end, in CPU nanoseconds."""
    command = [str(_program()), str(model_path(model)), str(body_path(model, 6)), instructions]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    parts = {name: told[name] for name in KERNEL}
    if whole is not None:
        parts["HTTP"] = max(whole - sum(parts.values()), 0.0)
    least = sum(told[name] * cost for name, cost in INNER_LOOPS.items())
    copied = COPIES * (told["bytes_in"] + told["bytes_out"])
    return Stages(
        parts=parts,
        memory_bound=1e9 * copied / told["memory_bytes_per_second"],
        instruction_bound=1e9 * least / told["instructions_per_second"],
    )


def _program() -> str:
    """Compile the measuring program, when it is older than what it measures."""
    subprocess.run(["make", "-s", "-C", str(NATIVE)], check=True)
    objects = sorted(map(str, (NATIVE / "build").glob("*.o")))
    newest = max((NATIVE / "build" / "libscoring.so").stat().st_mtime, SOURCE.stat().st_mtime)
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < newest:
        command = ["g++", "-std=c++17", "-O2", "-march=native", str(SOURCE), *objects]
        subprocess.run([*command, "-ldl", "-o", str(PROGRAM)], check=True)
    return str(PROGRAM)


def last_run() -> dict[str, float]:
    """What a row took end to end at 6 MB x 2 in the last run of the bench, by model."""
    try:
        results = json.loads((BENCH / "last.json").read_text())
    except OSError:
        return {}
    return {
        each["model"]: 1e9 / each["rows_per_cpu_s"]
        for each in results
        if (each["body_mb"], each["concurrency"], each["server"]) == (6, 2, CONTAINER.name)
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=sorted(KINDS), default=sorted(KINDS))
    parser.add_argument("--instructions", choices=("avx512", "avx2", "portable"), default="")
    arguments = parser.parse_args()
    whole = {} if arguments.instructions else last_run()
    names = [*KERNEL, *(["HTTP"] if whole else []), "all", "memory bound", "instruction bound"]
    table = Table("model", *names, title="CPU nanoseconds per row")
    for model in arguments.models:
        found = measure(model, whole=whole.get(model), instructions=arguments.instructions)
        cells = [found.parts.get(name) for name in names[:-3]]
        cells += [found.total, found.memory_bound, found.instruction_bound]
        table.add_row(model, *("" if cell is None else f"{cell:,.1f}" for cell in cells))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
