"""What requests take of the machine, however many there are and however large their bodies."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from container.errors import RequestError
from container.native import Options, TableError
from container.resources import Plan
from container.scoring import Service
from tests.container.cases import CSV
from tests.container.process import container

PLAN = Plan(cores=2, bodies=3, concurrent=2, payload_mb=6, limit=7 << 20)


class Crowd:
    """How many are somewhere at a time."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._now -= 1


class Kernel:
    """Stands for the model: its requests notice what is done to them."""

    def __init__(self) -> None:
        self.inside = Crowd()
        self.requests: list[Any] = []

    def request(self, options: Options) -> "Kernel.Request":
        self.requests.append(self.Request(self))
        return self.requests[-1]  # type: ignore[no-any-return]

    class Request:
        rows, bad_rows = 1, 0

        def __init__(self, kernel: "Kernel") -> None:
            self.kernel = kernel
            self.buffer = memoryview(bytearray(8))
            self.fed: list[bytes] = []
            self.ended = False

        def space(self) -> memoryview:
            return self.buffer

        def feed(self, size: int, *, last: bool = False) -> None:
            with self.kernel.inside:
                time.sleep(0.002)
            self.fed.append(bytes(self.buffer[:size]))
            self.ended = last
            if b"x" in self.fed[-1]:
                raise TableError("row 1: x")

        def answer(self) -> list[memoryview]:
            return [memoryview(b"".join(self.fed))]

        def reset(self) -> None:
            self.fed.clear()


class Text:
    """A body of these bytes; then `end` is called."""

    def __init__(self, content: bytes, end: Callable[[], int] = lambda: 0) -> None:
        self._content = content
        self._end = end

    def readinto(self, view: memoryview) -> int:
        size = min(3, len(view))
        piece, self._content = self._content[:size], self._content[size:]
        view[: len(piece)] = piece
        return len(piece) or self._end()


def cut_off() -> int:
    raise RequestError(400, "cut off")


def scored(service: Service, body: Text) -> bytes:
    with service.score(body) as answer:
        return b"".join(answer)


def test_no_more_requests_are_in_the_kernel_or_in_memory_than_planned() -> None:
    kernel = Kernel()
    service = Service(kernel, Options(), PLAN)  # type: ignore[arg-type]
    bodies = [bytes([65 + at]) * 50 for at in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda body: scored(service, Text(body)), bodies))
    assert answers == bodies
    assert kernel.inside.most <= PLAN.cores
    assert len(kernel.requests) <= PLAN.bodies
    assert service.rows == 12


def test_the_end_of_a_body_that_is_cut_off_is_never_told_to_the_kernel() -> None:
    kernel = Kernel()
    service = Service(kernel, Options(), PLAN)  # type: ignore[arg-type]
    for size in range(20):
        with pytest.raises(RequestError, match="cut off"):
            scored(service, Text(b"1" * size, cut_off))
        assert not any(request.ended for request in kernel.requests)
    assert service.rows == 0


def test_a_refused_request_leaves_nothing_to_the_next_one() -> None:
    kernel = Kernel()
    service = Service(kernel, Options(), PLAN)  # type: ignore[arg-type]
    for _ in range(10):
        with pytest.raises(RequestError, match="row 1: x"):
            scored(service, Text(b"1" * 20 + b"x"))
        assert scored(service, Text(b"2" * 20)) == b"2" * 20
    assert len(kernel.requests) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_memory_does_not_grow_with_the_body(tmp_path: Path, binary_folder: Path) -> None:
    rows, cell = 60_000, b"0.1" + b"0" * 247
    body = b",".join([cell] * 4) + b"\n"
    environment = {"SM_MODEL_DIR": str(binary_folder), "SAGEMAKER_MAX_PAYLOAD_IN_MB": "70"}
    with container(environment, tmp_path) as running:
        running.wait(200)
        status, text, _ = running.request("POST", "/invocations", body * rows, CSV)
        facts = Path(f"/proc/{running.process.pid}/status").read_text()
    assert (status, text.count("\n")) == (200, rows)
    peak_kb = int(facts.partition("VmHWM:")[2].split()[0])
    assert peak_kb < 40_000
