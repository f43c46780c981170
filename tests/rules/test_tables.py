"""Tables are judged by their first bytes, rows counted in pieces, columns compared by name."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules import columns, tables
from rules.rows import RowCounter
from rules.tables import Reading

TRAIN = Reading(has_header=True)
SCORE = Reading(has_header=True, one_row_per_line=True)
BARE = Reading(has_header=False, one_row_per_line=True)


def problems(sample: bytes, reading: Reading = TRAIN, *, complete: bool = True) -> list[str]:
    found = tables.inspect(sample, complete=complete, reading=reading)
    return [problem.rule for problem in found.problems]


@pytest.mark.parametrize(
    ("sample", "reading", "told"),
    [
        (b"a,b\n1,2\n3,4\n", TRAIN, (("a", "b"), 4, 2)),
        (b"a,b\r\n1,2\r\n", TRAIN, (("a", "b"), 5, 1)),
        (b"a,b\n1,2", SCORE, (("a", "b"), 4, 1)),
        (b"1,2\n3,4\n", BARE, (("1", "2"), 0, 2)),
        (b'"a,1","b ""q"""\n1,2\n', SCORE, (("a,1", 'b "q"'), 16, 1)),
        ("\u00e9,b\n1,x\u2028y\n".encode(), SCORE, (("\u00e9", "b"), 5, 1)),
    ],
)
def test_a_good_table_tells_its_columns_its_header_and_its_rows(
    sample: bytes, reading: Reading, told: tuple[Any, ...]
) -> None:
    found = tables.inspect(sample, complete=True, reading=reading)
    assert (found.columns, found.header_bytes, found.rows) == told
    assert found.problems == ()


def test_a_line_that_the_sample_cuts_off_is_not_judged() -> None:
    found = tables.inspect(b"a,b\n1,2\n3", complete=False, reading=SCORE)
    assert (found.rows, found.problems) == (1, ())
    split = "a,b\n1,\u00e9".encode()[:-1]
    assert problems(split, complete=False) == []
    assert problems(split)[0].startswith("is not UTF-8")


def test_a_quote_that_the_sample_cuts_off_is_only_a_problem_when_lines_are_rows() -> None:
    sample = b'a,b\n1,2\n3,"open\n'
    assert problems(sample, TRAIN, complete=False) == []
    assert "not well-formed" in problems(sample, SCORE, complete=False)[0]
    assert "not well-formed" in problems(sample, TRAIN)[0]


def test_a_sample_without_a_line_end_is_told_apart_from_an_empty_object() -> None:
    assert problems(b"a" * 100, complete=False) == ["has no line end in its first 100 bytes"]
    assert problems(b"\n\n") == ["is empty"]


def test_every_kind_of_problem_is_told_once() -> None:
    sample = b'a,a,\n1,2\n3\n\n\n"x\ny",2,3\n'
    assert [rule.split(",")[0] for rule in problems(sample, SCORE)] == [
        "line 2 has 2 columns",
        "line 4 is blank",
        "line 6 has a line break inside quotes",
        "names the column 'a' twice",
        "has a column without a name",
    ]


def test_numbers_may_be_names_but_not_the_same_number_twice() -> None:
    assert problems(b"0,1,2\n5,6,7\n") == []
    rule = "does not begin with a header line: its first line is 0.5,x,0.5"
    assert problems(b"0.5,x,0.5\n5,6,7\n") == [rule]


CELLS = st.text(st.sampled_from('ab ,"\n\r\u2028;'), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12),
    cuts=st.lists(st.integers(1, 5)),
    newline=st.sampled_from(["\n", "\r\n"]),
    ended=st.booleans(),
)
def test_rows_are_counted_alike_however_the_pieces_fall(
    rows: list[list[str]], cuts: list[int], newline: str, ended: bool
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(rows)
    content = text.getvalue().encode()
    content = content if ended else content.removesuffix(newline.encode())
    counter, at = RowCounter(), 0
    for cut in [*cuts, len(content)]:
        counter.feed(content[at : at + cut])
        at += cut
    counter.feed(content[at:])
    counter.finish()
    assert counter.rows == len(rows)


def test_blank_lines_are_no_rows() -> None:
    counter = RowCounter()
    counter.feed(b"\na\n\n\r\nb\n\n")
    counter.finish()
    assert counter.rows == 2


@pytest.mark.parametrize(
    ("expected", "found", "words"),
    [
        ("a b", "a b", None),
        ("a b", "a c", "column 2 is 'c', expected 'b' ('b' is missing)"),
        ("a b", "b a", "column 1 is 'b', expected 'a' (the same columns in another order)"),
        ("a b", "A b", "column 1 is 'A', expected 'a' (they differ in case or in spaces)"),
        ("a b", "x a b", "column 1 is 'x', expected 'a' ('x' is one too many)"),
        ("a b", "a", "column 2, 'b', is missing"),
        ("a", "a b", "column 2, 'b', is one too many"),
    ],
)
def test_the_first_difference_is_named(expected: str, found: str, words: str | None) -> None:
    told = columns.first_difference(expected=expected.split(), found=found.split())
    assert told == words
