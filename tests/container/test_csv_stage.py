"""Rows become exactly what Python's csv module reads, in pieces of any size, or are refused."""

import random

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.container import oracle, stages
from tests.container.csv_check import check, every_set, outcome
from tests.container.oracle import Dialect

FOUR = Dialect(names=["age", "income", "debt", "years_here"])
NASTY = (
    b'\xef\xbb\xbf1,2.5,-3,4\r\n,"","a""b",\n"5","6\r",7,"8\r"\r\n\n1,2,3\n1,2,3,4,5\r\r\n'
    b"NA , nan,\t1e3,+.5\n0.12345678901234567,1e400,-0,inf\n,,,\n1,2,3,caf\xc3\xa9\n1,2,3,4\n"
    + b"0.082494,-0.464418,0.050515,0.686231\r\n" * 70
    + b'9,"9",9,9'
)


@every_set
@pytest.mark.parametrize("surroundings", [b"\r", b'"', b",", b"\n", b"9"])
def test_every_cut_of_a_nasty_body_gives_the_same(instructions: str, surroundings: bytes) -> None:
    """Nor does it matter what stands in memory around a piece."""
    dialect = Dialect(names=FOUR.names, placeholder=True)
    expected = outcome(oracle.parse, NASTY, dialect)
    for cut in range(0, len(NASTY), 1 if surroundings == b"9" else 37):
        for cuts in ([cut], [cut, cut + 1], list(range(cut, len(NASTY), 61))):
            found = outcome(
                stages.parse,
                NASTY,
                dialect,
                instructions=instructions,
                cuts=[min(at, len(NASTY)) for at in cuts],
                surroundings=surroundings,
            )
            assert found == expected, cuts


BAD_ROWS = (
    *(b"1,2,x,4\n", b"1,2\n", b'1,"2\n', b'1,"2"x,3,4\n', b"1\r,2,3,4\n", b"\xe9,2,3,4\n"),
    *(b'1,"2\n",3,"4\r\n"\n1,"2\n3",3,4\n', b"1;2;3;4\n", b" \n", b",,\n"),
)


@every_set
@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_refusal_is_the_same_however_the_body_is_cut(instructions: str, bad: bytes) -> None:
    rows = b"1,2,3,4\n" * 9
    body = rows + bad + rows
    for cut in range(len(body) + 1):
        check(body, FOUR, instructions, [cut])


PIECES = st.sampled_from(
    [
        *b"1 -2.5 0.123456 NA 1e5 0.12345678901234567 12345678901234567 x e".split(),
        *(b"", b" ", b"\t", b"\0", b",", b",", b",", b";", b".", b'"', b'""'),
        *(b"\n", b"\n", b"\r\n", b"\r", b"1,2,3,4\n", b"1.5,2.25,-3.125,4\r\n"),
        *(b'"1","2","3","4"\n', b",,,\n"),
    ]
)


@every_set
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_body_is_read_as_csv_and_float_read_it(instructions: str, data: st.DataObject) -> None:
    names = ["age", "years_here", "c", "d"][: data.draw(st.sampled_from([4, 4, 1, 2]))]
    separator = data.draw(st.sampled_from([",", ",", ";"]))
    dialect = Dialect(
        names=names,
        separator=separator,
        decimal_comma=separator == ";" and data.draw(st.booleans()),
        has_header=not data.draw(st.integers(0, 5)),
        placeholder=data.draw(st.booleans()),
    )
    body = b"".join(data.draw(st.lists(PIECES, max_size=60)))
    if dialect.has_header and data.draw(st.booleans()):
        body = separator.join(names).encode() + b"\n" + body
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=4)))
    check(body, dialect, instructions, cuts)


@every_set
@pytest.mark.parametrize("width", [1, 3, 7, 8, 20, 300, 2000])
def test_ragged_rows_anywhere_are_answered_one_by_one(instructions: str, width: int) -> None:
    chance = random.Random(width)
    dialect = Dialect(names=[f"c{at}" for at in range(width)], placeholder=True)
    rows = []
    for _ in range(60_000 // (width + 200)):
        cells = chance.randrange(1, 2 * width + 1) if not chance.randrange(9) else width
        rows.append(",".join(f"{chance.gauss(0, 9):.4f}" for _ in range(cells)))
    check("\n".join(rows).encode(), dialect, instructions)


@every_set
def test_a_lone_carriage_return_is_refused_and_doubled_ones_end_a_row(instructions: str) -> None:
    for body in (b"1\r", b"1\r\r\n2", b"\r", b"1\n\r", b"\r1", b"1\r2\n", b'"1"\r\n', b'"1"\r2'):
        check(body, Dialect(names=["a"]), instructions)


@every_set
@pytest.mark.parametrize("quoted", [b'1,"2\n",3,4\n', b'1,"2,3,4\n5,6,7",8\n', b'"\n"\n'])
def test_a_row_of_several_lines_is_refused_where_placeholders_are_wanted(
    instructions: str, quoted: bytes
) -> None:
    """A stray quote would make one placeholder of many rows."""
    body = b"1,2,3,4\n" + quoted + b"1,2,3,4\n"
    dialect = Dialect(names=FOUR.names, placeholder=True)
    assert str(outcome(oracle.parse, body, dialect)).startswith("row 2: a line feed inside quotes")
    for cut in range(len(body)):
        check(body, dialect, instructions, [cut])


LONG = {
    "field": (b"1," + b"0" * (1 << 20) + b"1,3,4\n", "row 1, column 2 (income): longer than 1"),
    "quote": (b'1,2,3,4\n1,"' + b"2,3,4\n" * 200_000, "row 2, column 2 (income): longer than 1"),
    "row": (b"1,2,3,4\n1,2,3" + b"," * (8 << 20), "row 2: longer than 8 MiB"),
}


@every_set
@pytest.mark.parametrize(("body", "message"), LONG.values(), ids=LONG)
def test_what_is_too_long_is_refused_before_it_fills_the_memory(
    instructions: str, body: bytes, message: str
) -> None:
    for cuts in ([], [100], list(range(3, len(body), 1 << 19))):
        found = outcome(stages.parse, body, FOUR, instructions=instructions, cuts=cuts)
        assert isinstance(found, str)
        assert found.startswith(message)


@every_set
def test_a_field_of_a_mebibyte_is_read(instructions: str) -> None:
    check(b"1," + b"0" * ((1 << 20) - 1) + b"1,3,4\n", FOUR, instructions)


SHOWN = [
    *("x" * 81, "x" * 80, "\u00e9" * 90, "it's", 'it\'s "so"', "\\", "a\tb", "\x1b[31m", "\x7f"),
    *("\u200b", "\u202e", "\u00a0", "\u4e2d\U0001f600", "e\u0301"),
]


@every_set
@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_a_message_shows_a_cell_as_repr_does(instructions: str, text: str) -> None:
    cell = text.replace('"', '""')
    check(f'"{cell}",2,3,4\n'.encode(), FOUR, instructions)


HEADERS = [
    *(b"age,years here\n1,2\n", b"\xef\xbb\xbfage,years here\r\n1,2\n"),
    *(b'"age"," years  here "\n1,2', b"age,years here,x\n1,2\n"),
    *(b"1,2\n3,4\n", b"years here,age\n1,2\n", b"age\n1\n", b"age,years here\n", b"age,years here"),
    *(b"", b"\n", b"\xef\xbb\xbf", b'age,"years\n', b"ag\xe9,b\n1,2\n", b"a\rb\n", b"x,y\n1,2\n"),
    *(b"Column_1,Column_0\n1,2\n", b"Column_0,Column_1\n1,2\n", b"Column_1,x\n1,2\n"),
    *(b"NA,\n1,2\n", b"1,x\n1,2\n", b"age;years here\n1;2\n", b"age,years\there\n1,2\n"),
    *(b"age,years_here\n1,2\n", b"age,years\xc2\xa0here\n1,2\n"),
    *(b"age,years here\nage,years here\n", b"1,2\nage,years here\n", b"age,years here\nx,2\n"),
]


@every_set
@pytest.mark.parametrize("body", HEADERS)
def test_a_header_is_taken_when_announced_and_otherwise_named(
    instructions: str, body: bytes
) -> None:
    for names, has_header in (
        (["age", "years_here"], False),
        (["age", "years_here"], True),
        (["Column_0", "Column_1"], True),
    ):
        dialect = Dialect(names=names, has_header=has_header)
        for cuts in ([], [1], list(range(len(body)))):
            check(body, dialect, instructions, [cut for cut in cuts if cut <= len(body)])


@every_set
@pytest.mark.parametrize("body", [b"1,2\n3,4\n", b"Column_1,Column_0\n1,2\n", b"NA,\n1,2\n"])
def test_an_unnamed_model_takes_any_header_but_numbers_and_its_own_names_reordered(
    instructions: str, body: bytes
) -> None:
    dialect = Dialect(names=["Column_0", "Column_1"], has_header=True)
    found = outcome(stages.parse, body, dialect, instructions=instructions)
    assert str(found).startswith("the first line is not the header")
    assert not isinstance(
        outcome(stages.parse, b"x,y\n1,2\n", dialect, instructions=instructions), str
    )


NAMED = ["a b", "a  b", " a b ", "a\tb", "a\u00a0b", "a \t b"]


@every_set
@pytest.mark.parametrize("name", NAMED, ids=ascii)
def test_a_header_is_compared_as_lightgbm_writes_the_names(instructions: str, name: str) -> None:
    columns = [name.strip(), "other"]
    data = lgb.Dataset(np.zeros((9, 2)), label=np.zeros(9), feature_name=columns)
    stored = lgb.Booster({"verbosity": -1}, data).feature_name()
    body = f"{name},other\n1,2\n".encode()
    check(body, Dialect(names=stored, has_header=True), instructions)
    check(body, Dialect(names=["a_b", "other"], has_header=True), instructions)
    taken = outcome(
        stages.parse, body, Dialect(names=stored, has_header=True), instructions=instructions
    )
    assert not isinstance(taken, str)
