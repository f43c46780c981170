"""Builds the C++ fuzz targets over the library's own sources, with its sanitizers on."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".bench" / "fuzz"
NATIVE = ROOT / "container" / "native"
HERE = ROOT / "tests" / "fuzz"
SANITIZERS = "address,undefined"
TARGETS = ("csv", "model")


class BuildError(RuntimeError):
    """The compiler refused; the message is what it printed last."""


def build(folder: Path, *, compiler: str, fuzzer: bool) -> dict[str, Path]:
    """The programs by target; `fuzzer` links libFuzzer, else they replay the files they are given.

    What did not change since the last time is not compiled again. Raises BuildError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    level = "-O1" if fuzzer else "-O0"  # fast to run, or to compile
    flags = [level, "-g1", "-fno-sanitize-recover=all", f"-fsanitize={SANITIZERS}"]
    library = folder / "library"
    extra = " ".join([*flags, *(["-fsanitize=fuzzer-no-link"] if fuzzer else [])])
    make = ["make", "-s", f"-j{os.cpu_count()}", "-C", str(NATIVE), f"BUILD={library}"]
    _run([*make, f"CXX={compiler}", f"EXTRA={extra}"])
    objects = sorted(map(str, library.glob("*.o")))
    driver = ["-fsanitize=fuzzer"] if fuzzer else [str(HERE / "replay.cpp")]
    programs = {target: folder / f"{target}_fuzz" for target in TARGETS}
    for target, program in programs.items():
        command = [compiler, "-std=c++17", *flags, str(HERE / f"{target}_fuzz.cpp"), *driver]
        _run([*command, *objects, "-ldl", "-o", str(program)])
    return programs


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise BuildError(f"{' '.join(command[:3])} ...: {done.stderr[-2000:]}")
