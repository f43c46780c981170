"""Splitting an object into payloads, and assembling the answers."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolote.local.sagemaker.records import PayloadTooLargeError, assembled, payloads


class Trickle:
    """A stream that gives a few bytes at a time, as a network may."""

    def __init__(self, content: bytes, step: int) -> None:
        self._content, self._step = content, step

    def read(self, size: int) -> bytes:
        piece, self._content = self._content[: self._step], self._content[self._step :]
        return piece


@given(
    lines=st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"x"))),
    ended=st.booleans(),
    limit=st.integers(13, 60),
    step=st.integers(1, 30),
)
def test_payloads_are_the_object_cut_at_newlines_as_late_as_the_limit_allows(
    lines: list[bytes], ended: bool, limit: int, step: int
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    cut = list(payloads(Trickle(content, step), split=True, single=False, limit=limit))
    assert b"".join(cut) == content
    assert all(len(payload) <= limit for payload in cut)
    for payload, after in itertools.pairwise(cut):
        next_line = after[: after.find(b"\n") + 1] or after
        assert payload.endswith(b"\n")
        assert len(payload) + len(next_line) > limit


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"x"))))
def test_single_records_are_the_lines_that_are_not_blank(lines: list[bytes]) -> None:
    content = b"\n".join(lines)
    cut = list(payloads(Trickle(content, 5), split=True, single=True, limit=13))
    assert [payload.removesuffix(b"\n") for payload in cut] == [x for x in lines if x.strip()]


def test_an_object_that_is_not_split_is_one_payload() -> None:
    assert list(payloads(Trickle(b"a\nb", 1), split=False, single=False, limit=3)) == [b"a\nb"]
    assert list(payloads(Trickle(b"", 1), split=False, single=False, limit=3)) == []


@pytest.mark.parametrize(("split", "single"), [(True, True), (True, False), (False, False)])
def test_a_record_larger_than_the_limit_is_an_error(split: bool, single: bool) -> None:
    content = Trickle(b"1\n" + b"x" * 10 + b"\n2\n", 4)
    with pytest.raises(PayloadTooLargeError, match="larger than 8 bytes"):
        list(payloads(content, split=split, single=single, limit=8))


class Endless:
    """100 MB of lines, made as they are read."""

    def __init__(self) -> None:
        self.left = 100

    def read(self, size: int) -> bytes:
        self.left -= 1
        return b"12345,6\n" * (128 * 1024) if self.left >= 0 else b""


@pytest.mark.parametrize("single", [True, False])
def test_memory_does_not_grow_with_the_object(single: bool) -> None:
    limit = 1024 * 1024
    stream = Endless()
    if single:
        stream.left = 2
    tracemalloc.start()
    try:
        total = sum(map(len, payloads(stream, split=True, single=single, limit=limit)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == (2 if single else 100) * 1024 * 1024
    assert peak < (20 if single else 8) * 1024 * 1024


@pytest.mark.parametrize(
    ("prediction", "by_line", "output"),
    [(b"1", True, b"1\n"), (b"1\n", True, b"1\n"), (b"1", False, b"1"), (b"", True, b"")],
)
def test_assembling_by_line_ends_a_prediction_with_one_newline(
    prediction: bytes, by_line: bool, output: bytes
) -> None:
    assert assembled(prediction, by_line=by_line) == output
