"""A request takes a body in any pieces, holds little of it, and can be used again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from container.native import Model, Options, Request, TableError
from tests.container import models

ROW = b"0.5,1,-2,3\n"
MIB = 1 << 20


@pytest.fixture(scope="module")
def model(binary_folder: Path) -> Model:
    return Model.open(binary_folder / "model.txt")


def feed(request: Request, body: bytes, *, piece: int = MIB, last: bool = True) -> bytes:
    """The answer to a body that comes in pieces of this many bytes."""
    rest = memoryview(body)
    while True:
        space = request.space()
        size = min(len(space), len(rest), piece)
        space[:size] = rest[:size]
        rest = rest[size:]
        request.feed(size, last=last and not rest)
        if not rest:
            return b"".join(request.answer())


@pytest.mark.parametrize("piece", [1, 7, 64, 1000])
def test_how_the_body_is_cut_changes_nothing(model: Model, piece: int) -> None:
    body = models.to_csv(models.rows(seed=8))
    request = model.request(Options())
    assert feed(request, body, piece=piece) == model.predict_csv(body)
    assert request.rows == models.ROWS


def test_there_is_no_answer_before_the_body_ends(model: Model) -> None:
    request = model.request(Options())
    assert feed(request, ROW * 5000, last=False) == b""
    request.feed(0, last=True)
    assert b"".join(request.answer()) == model.predict_csv(ROW * 5000)


def test_a_request_is_as_new_after_an_answer_an_error_or_half_a_body(model: Model) -> None:
    request = model.request(Options())
    expected = model.predict_csv(ROW * 100)
    feed(request, ROW * 3000)
    request.reset()
    assert (request.rows, request.answer()) == (0, [])
    assert feed(request, ROW * 100) == expected
    request.reset()
    with pytest.raises(TableError, match="row 701"):
        feed(request, ROW * 700 + b"x,1,2,3\n")
    request.reset()
    assert feed(request, ROW * 100) == expected
    request.reset()
    feed(request, ROW * 700 + b"1,2", last=False)
    request.reset()
    assert feed(request, ROW * 100) == expected


def test_a_row_longer_than_the_space_is_read(model: Model) -> None:
    long = b",".join(cell.ljust(MIB - 9) for cell in ROW.strip().split(b",")) + b"\n"
    request = model.request(Options())
    assert feed(request, ROW + long + ROW) == model.predict_csv(ROW * 3)


def test_a_row_without_an_end_is_refused_before_it_fills_the_memory(model: Model) -> None:
    request = model.request(Options())
    with pytest.raises(TableError, match="row 2: longer than 8 MiB; a line feed may be missing"):
        feed(request, ROW + b"1," * (20 * MIB))
    request.reset()
    assert len(request.space()) == MIB


def test_many_threads_use_one_model(model: Model) -> None:
    bodies = [models.to_csv(models.rows(seed=seed)) * 20 for seed in range(6)]
    expected = [model.predict_csv(body) for body in bodies]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(model.predict_csv, bodies)) == expected


def test_requests_of_lightgbm_share_a_model_too(tmp_path: Path) -> None:
    booster = models.save(tmp_path, {"objective": "regression", "linear_tree": True})
    model = Model.open(tmp_path / "model.txt")
    rows = np.vstack([models.rows(seed=seed) for seed in range(8)])  # more than one block
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(model.predict_csv, [models.to_csv(rows)] * 4))
    expected = np.asarray(booster.predict(rows))
    for answer in answers:
        found = [float(line) for line in answer.split()]
        assert np.array_equal(found, expected, equal_nan=True)
