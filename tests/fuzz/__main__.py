"""Look for requests, bodies and models that the scoring container mishandles.

    make fuzz                        ten minutes for each of the three
    make fuzz SECONDS_EACH=60
    python -m tests.fuzz --only csv --seconds 3600

  csv       libFuzzer over the reading of bodies, with AddressSanitizer and UBSan: every instruction
            set and every way to cut a body must come to the same answer
  model     the same over damaged model files, which are refused or scored, the same everywhere
  requests  Hypothesis over whole requests to running containers, against a slow oracle in Python

libFuzzer comes with clang (Debian and Ubuntu: apt-get install clang). What is found is left in
.bench/fuzz/found; a copy of it in tests/fuzz/corpus/csv or .../model, under a name that says what
it was, is replayed by the tests from then on.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tests.fuzz import build, seeds
from tests.fuzz.build import WORK

FOUND = WORK / "found"


def main() -> int:
    """The command line; returns the exit code: 1 when something was found."""
    parser = argparse.ArgumentParser(
        prog="make fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*build.TARGETS, "requests"]
    parser.add_argument("--only", choices=names, action="append", help="default: all three")
    parser.add_argument("--seconds", type=float, default=600.0, help="for each; default: 600")
    arguments = parser.parse_args()
    screen = Console(stderr=True)
    asked = arguments.only or names
    native = [name for name in asked if name in build.TARGETS]
    programs = {}
    if native:
        compiler = shutil.which("clang++")
        if compiler is None:
            screen.print(
                "clang++ is not installed, and libFuzzer comes with it; on Debian and Ubuntu: "
                "apt-get install clang. Without it: python -m tests.fuzz --only requests"
            )
            return 2
        with screen.status("compiling the fuzzers"):
            programs = build.build(WORK / "libfuzzer", compiler=compiler, fuzzer=True)
        seeds.write(WORK / "seeds")
    FOUND.mkdir(parents=True, exist_ok=True)
    failed = [name for name in native if not _libfuzzer(name, programs, arguments.seconds, screen)]
    if "requests" in asked and not _requests(arguments.seconds, screen):
        failed.append("requests")
    screen.print(f"found something: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


def _libfuzzer(name: str, programs: dict[str, Path], seconds: float, screen: Console) -> bool:
    """Run a target; False when it found something."""
    grown = WORK / "corpus" / name
    grown.mkdir(parents=True, exist_ok=True)
    kept = [build.HERE / "corpus" / name, WORK / "seeds" / name]
    command = [str(programs[name]), f"-max_total_time={seconds:.0f}", "-max_len=40000"]
    command += [f"-artifact_prefix={FOUND}/{name}-", "-timeout=20", "-rss_limit_mb=2048"]
    command += [str(grown), *(str(folder) for folder in kept if folder.is_dir())]
    log = WORK / f"{name}.log"
    with log.open("w") as sink, _progress(screen) as progress:
        task = progress.add_task(name, total=seconds)
        started = time.monotonic()
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        assert child.stderr is not None
        for line in child.stderr:
            sink.write(line)
            if re.match(r"#\d", line):
                told = f"{name}: {' '.join(line.split()[:4])}"
                progress.update(task, completed=time.monotonic() - started, description=told)
    if child.wait():
        screen.print(f"[red]{name}: see {log} and {FOUND}[/red]", highlight=False)
    return not child.returncode


def _requests(seconds: float, screen: Console) -> bool:
    """Run the requests; False when one was answered wrongly. Hypothesis prints the smallest."""
    screen.print(f"requests: {seconds:.0f} s")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-q",
        str(build.HERE / "test_requests.py"),
    ]
    environment = {**os.environ, "FUZZ_SECONDS": str(seconds)}
    return not subprocess.run(command, cwd=build.ROOT, env=environment, check=False).returncode


def _progress(screen: Console) -> Progress:
    return Progress(TextColumn("{task.description:50}"), BarColumn(), console=screen)


if __name__ == "__main__":
    sys.exit(main())
