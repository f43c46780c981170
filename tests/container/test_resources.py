"""How many requests at once, from cores and memory."""

import pytest

from container import resources

GIGABYTE = 1 << 30


@pytest.mark.parametrize(
    ("cores", "memory", "model", "payload", "expected"),
    [
        (4, 16 * GIGABYTE, 0, 6, 4),  # one per core
        (64, 256 * GIGABYTE, 0, 6, 16),  # 16 x 6 MB stay within 100 MB
        (8, 16 * GIGABYTE, 0, 100, 1),
        (8, 1 * GIGABYTE, 0, 6, 5),  # memory allows fewer than cores
        (8, 2 * GIGABYTE, 1 * GIGABYTE, 6, 1),  # a large model leaves room for one
    ],
)
def test_concurrency_is_bounded_by_cores_memory_and_100_megabytes(
    cores: int, memory: int, model: int, payload: int, expected: int
) -> None:
    found = resources.concurrency(cores=cores, memory=memory, model_bytes=model, payload_mb=payload)
    assert found == expected
    assert found * payload <= 100


def test_streamed_objects_are_limited_by_memory_and_others_by_what_was_agreed() -> None:
    megabyte = resources.MEGABYTE
    assert resources.body_limit(payload_mb=0, memory=GIGABYTE) == GIGABYTE // 2 // 16
    assert resources.body_limit(payload_mb=None, memory=GIGABYTE) == 7 * megabyte
    assert resources.body_limit(payload_mb=20, memory=GIGABYTE) == 21 * megabyte


def test_this_machine_has_cores_and_memory() -> None:
    assert resources.cores() >= 1
    assert resources.memory() > 100 * resources.MEGABYTE
