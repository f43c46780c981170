"""CPU seconds and peak memory of a process and its descendants, from Linux's own accounts."""

import os
import time
from pathlib import Path

from tests.bench.footprint import tree

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """User and system time of a process tree, those that ended and were waited for included."""
    return sum(_own_seconds(pid) + _ended_seconds(pid) for pid in tree(root))


def peak_mb(root: int) -> float:
    """The sum of the processes' largest resident sizes (VmHWM), in MB of 2^20 bytes.

    Pages that processes share are counted in each; those of a process that ended are not.
    """
    return sum(map(peak_mb_of, tree(root)))


def peak_mb_of(pid: int) -> float:
    """One process's largest resident size so far, in MB of 2^20 bytes; 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0) / 1024


def _own_seconds(pid: int) -> float:
    """A process's CPU clock, in nanoseconds: it holds threads that ended too.

    /proc/pid/stat has the same in ticks of 10 ms. How the number of the clock is made from that of
    the process: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:  # it has just ended
        return 0.0


def _ended_seconds(pid: int) -> float:
    """cutime and cstime: proc_pid_stat(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) * TICK
