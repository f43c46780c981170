"""One cell of the bench: a model, a body and so many requests at a time, on all servers in turn."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.bench import load, processes
from tests.bench.models import body_path, model_path
from tests.bench.servers import CONTAINER, Kind, Server

PAYLOAD_MB = 6  # SageMaker's default MaxPayloadInMB; a larger body needs a larger one


class DiffersError(Exception):
    """Two servers answered the same rows with different predictions."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What is sent, and how: `connections` requests at a time, each of about `body_mb` * 10^6
    bytes, for `seconds` in each of the rounds."""

    model: str
    body_mb: int
    connections: int
    rounds: int
    seconds: float

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.model}, {self.body_mb} MB x {self.connections}"


@dataclass
class Measured:
    """What a cell's rounds showed of one server."""

    cell: Cell
    kind: Kind
    starts: list[float]
    rounds: list[load.Round] = field(default_factory=list)
    peak_mb: float = 0.0

    @property
    def rows_per_s(self) -> float:
        """Rows answered per second of wall time, the median of the rounds."""
        return statistics.median(each.rows / each.seconds for each in self.rounds)

    @property
    def rows_per_cpu_s(self) -> float:
        """Rows answered per second of the server's user and system time, the median."""
        return statistics.median(each.rows / each.server_cpu for each in self.rounds)

    @property
    def client_cores(self) -> float:
        """The cores that sending and receiving took, on average."""
        return sum(r.client_cpu for r in self.rounds) / sum(r.seconds for r in self.rounds)

    @property
    def start_s(self) -> float:
        """The median time from a fresh start to the first /ping with 200."""
        return statistics.median(self.starts)

    def latency_ms(self, share: float) -> float:
        """The latency that this share of the requests stayed within."""
        every = sorted(latency for each in self.rounds for latency in each.latencies)
        return 1000 * every[min(int(share * len(every)), len(every) - 1)]


def cell(
    cell: Cell,
    kinds: Sequence[Kind],
    *,
    starts: dict[str, list[float]],
    budget: float,
    tell: Callable[[str], None],
) -> list[Measured]:
    """Start every server afresh, compare their first answers, load them in turn, stop them.

    `starts` collects seconds of start-up by the server's name and is added to. A server that has
    had `budget` seconds of load has no further rounds. Raises DiffersError, load.RefusedError and
    servers.NotServingError.
    """
    request = load.Request.post(body_path(cell.model, cell.body_mb).read_bytes())
    found = []
    with ExitStack() as stack:
        running = []
        for kind in kinds:
            tell(f"{cell.name}: {kind.name} starts")
            running.append(stack.enter_context(start(kind, cell.model, cell.body_mb, starts)))
            found.append(Measured(cell=cell, kind=kind, starts=starts[kind.name]))
        _compare(cell, request, kinds, running)
        for number in range(cell.rounds):
            # Another one is first each time: what else the machine does favours nobody.
            for measured, server in _rotated(list(zip(found, running, strict=True)), number):
                if number == 0 or sum(each.seconds for each in measured.rounds) < budget:
                    tell(f"{cell.name}: {measured.kind.name}, round {number + 1}")
                    measured.rounds.append(_round(cell, server, request))
        for measured, server in zip(found, running, strict=True):
            measured.peak_mb = processes.peak_mb(server.process)
    return found


def start(kind: Kind, model: str, body_mb: int, starts: dict[str, list[float]]) -> Server:
    """A fresh server; how long it took is noted in `starts`."""
    server = Server(kind, model_path(model), payload_mb=max(body_mb, PAYLOAD_MB))
    starts.setdefault(kind.name, []).append(server.start_seconds)
    return server


def _round(cell: Cell, server: Server, request: load.Request) -> load.Round:
    return load.run(
        port=server.port,
        process=server.process,
        request=request,
        connections=cell.connections,
        seconds=cell.seconds,
    )


def _rotated(pairs: list[tuple[Measured, Server]], number: int) -> list[tuple[Measured, Server]]:
    at = number % len(pairs)
    return pairs[at:] + pairs[:at]


def _compare(
    cell: Cell, request: load.Request, kinds: Sequence[Kind], running: Sequence[Server]
) -> None:
    """Every server's first answer must hold the same numbers as the first server's."""
    first = b""
    for kind, server in zip(kinds, running, strict=True):
        connection = load.Connection(server.port)
        answer = bytes(connection.post(request))
        connection.close()
        first = first or answer
        if answer != first and (row := _first_difference(first, answer)) is not None:
            raise DiffersError(
                f"{cell.name}: row {row + 1} is {_line(first, row)} from {kinds[0].name}, "
                f"but {_line(answer, row)} from {kind.name}"
            )


def _first_difference(one: bytes, other: bytes) -> int | None:
    """The first row whose numbers differ; the same number may be written in two ways."""
    rows = zip(one.splitlines(), other.splitlines(), strict=True)
    for number, (left, right) in enumerate(rows):
        if left != right and _numbers(left) != _numbers(right):
            return number
    return None


def _numbers(line: bytes) -> list[float]:
    return [float(cell) for cell in line.split(b",")]


def _line(answer: bytes, row: int) -> str:
    return answer.splitlines()[row].decode()


def applicable(kinds: Sequence[Kind], body_mb: int, connections: int) -> list[Kind]:
    """The slower instruction paths of our container are measured where its goal is stated."""
    main = (body_mb, connections) == (6, 2)
    return [k for k in kinds if main or k is CONTAINER or "SCORING_INSTRUCTIONS" not in k.variables]
