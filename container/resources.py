"""What the machine gives, and what follows from it: requests at once, the largest body, and
/execution-parameters."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20

PAYLOAD_MB = 6
"""SageMaker's own default for MaxPayloadInMB."""

RUNTIME_BYTES = 100 * MEGABYTE
"""Python takes 17 MB, LightGBM's library 20 more where it is used, the download of a model 50 in a
process of its own; the rest is to spare."""

REQUEST_BYTES = 3 * MEGABYTE
"""What a request holds beside its answer: the piece of the body that is being scored, and what it
is unpacked from."""

NUMBER_BYTES = 25
"""The longest number of an answer, with what separates it from the next."""

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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is done at once. `limit` is the largest body in bytes."""

    cores: int  # requests in the kernel
    bodies: int  # requests of which a part of the body, or the answer, is in memory
    concurrent: int  # requests that SageMaker is asked to send
    payload_mb: int
    limit: int

    @property
    def execution_parameters(self) -> dict[str, int | str]:
        """The body of /execution-parameters; what the job sets itself takes precedence
        (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html)."""
        return {
            "MaxConcurrentTransforms": self.concurrent,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self.payload_mb,
        }


def plan(
    *,
    cores: int,
    memory: int,
    model_bytes: int,
    growth: float,
    payload_mb: int | None,
    concurrent: int | None,
) -> Plan:
    """The plan for a machine and a model.

    SageMaker is asked for one request per core, as memory allows; the product with the payload
    stays within its 100 MB (https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html).
    Twice as many may be in memory, so that one is received while another one is scored.

    Args:
        model_bytes: size of the text model, which takes about as many in memory once it is read.
        growth: the most bytes of an answer per byte of a body, see `growth`.
        payload_mb: the job's MaxPayloadInMB, if it has one. With 0 SageMaker streams whole objects
            in chunks; then memory is the limit.
        concurrent: the job's MaxConcurrentTransforms, if it has one.
    """
    free = max(0.8 * memory - RUNTIME_BYTES - 2 * model_bytes, 0.0)
    payload = payload_mb or PAYLOAD_MB
    # One megabyte more than agreed, as nobody says which megabyte is meant.
    limit = (payload + 1) * MEGABYTE
    if payload_mb == 0:
        limit = max(int(free / 2 / growth), limit)
    fits = max(int(free / (REQUEST_BYTES + growth * limit)), 1)
    return Plan(
        cores=cores,
        bodies=min(2 * cores, fits),
        concurrent=concurrent or max(min(cores, fits, 100 // payload), 1),
        payload_mb=payload,
        limit=limit,
    )


def growth(*, features: int, outputs: int, lists: bool) -> float:
    """The most bytes of an answer per byte of a body.

    The shortest row has one byte for each feature, a separator or the line feed; the longest line
    has every number at its full length. `lists` says that labels and probabilities are asked for.
    """
    numbers = 2 + 4 * max(outputs, 2) if lists else outputs
    return NUMBER_BYTES * numbers / features
