"""What the machine gives, and the /execution-parameters that follow from it."""

import math
import os
from pathlib import Path

MEGABYTE = 1 << 20

PAYLOAD_MB = 6
"""SageMaker's own default for MaxPayloadInMB."""

EXPANSION = 16
"""Peak bytes held per byte of a request's body: body, text, rows, matrix, predictions, answer."""

RUNTIME_BYTES = 300 * MEGABYTE
"""Python, NumPy, LightGBM and boto3 in memory."""

_CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """The CPUs this container may use: affinity and cgroup quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only; the program also runs elsewhere
    available = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota, _, period = _read(_CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        available = min(available, math.ceil(int(quota) / int(period)))
    return max(available, 1)


def memory() -> int:
    """The bytes of memory this container may use: the machine's, or the cgroup's limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _read(_CGROUP / "memory.max")
    return min(total, int(limit)) if limit.isdigit() else total


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def concurrency(*, cores: int, memory: int, model_bytes: int, payload_mb: int) -> int:
    """How many requests to work on at once: one per core, as memory allows.

    The product with the payload stays within SageMaker's 100 MB
    (https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html).
    """
    # A text model of n bytes takes about as many in memory, twice while it is read.
    free = 0.8 * memory - RUNTIME_BYTES - 2 * model_bytes
    fits = int(free // (EXPANSION * payload_mb * MEGABYTE))
    return max(1, min(cores, fits, 100 // payload_mb))


def body_limit(*, payload_mb: int | None, memory: int) -> int:
    """The largest body in bytes.

    One megabyte more than agreed, as nobody says which megabyte is meant. With MaxPayloadInMB=0
    SageMaker streams whole objects in chunks; then memory is the limit.
    """
    if payload_mb == 0:
        return max(memory // 2 // EXPANSION, PAYLOAD_MB * MEGABYTE)
    return ((payload_mb or PAYLOAD_MB) + 1) * MEGABYTE


def execution_parameters(*, concurrent: int, payload_mb: int) -> dict[str, int | str]:
    """The body of /execution-parameters; what the job sets itself takes precedence
    (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html)."""
    return {
        "MaxConcurrentTransforms": concurrent,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": payload_mb,
    }
