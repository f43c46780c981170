"""How long a command takes and how much memory its whole process tree holds at its peak.

    python tests/bench/footprint.py -- .venv/bin/autolote run examples/digits/request.json --local

Memory is the sum of the proportional set sizes (shared pages counted once) of the command and all
its descendants, read from /proc every quarter of a second: Linux only.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

EVERY = 0.25


def tree(root: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(told[1]), []).append(int(stat.parent.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += parents.get(found[-1], [])
    return found


def proportional_kb(pid: int) -> int:
    """The proportional set size of one process, in kB; 0 when it has gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0


def main() -> int:
    """Run the command; one JSON line on standard error tells what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", nargs="+", help="the command, behind --")
    command = parser.parse_args().command
    started = time.monotonic()
    child = subprocess.Popen(command)
    peak = 0
    done = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not done.wait(EVERY):
            peak = max(peak, sum(map(proportional_kb, tree(child.pid))))

    sampler = threading.Thread(target=sample)
    sampler.start()
    code = child.wait()
    done.set()
    sampler.join()
    told = {"seconds": round(time.monotonic() - started, 1), "peak_mb": peak // 1024, "code": code}
    sys.stderr.write(json.dumps(told) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
