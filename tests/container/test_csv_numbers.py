"""Cells become exactly what float() makes of them, or are refused, on every instruction set."""

import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.container import stages
from tests.container.csv_check import check, every_set
from tests.container.oracle import Dialect

# At the edges of what is a number, and of the ways in which one is converted.
SPELLINGS = """
    0 5 5. .5 . 00 0.0 1.2.3 1..2 .. ... 1- 1-2 0. .0 -. +. 1.000000 0.000001 123.456789
    9007199254740992 9007199254740993 9007199254740992.0 900719925474099.3 9007199254740991.5
    9999999999999999 99999999999999999 123456789012345678901234567890 4503599627370496.5
    4503599627370497.5 999999999999999.9 1234567890.12345 0.1234567890123456789
    0.10000000000000001 0.1000000000000000055511151231257827021181583404541015625
    1.0000000000000000000000000000000 0.000000000000000000000000000000000000000000001
    18446744073709551615 18446744073709551616 9999999999999999999 10000000000000000000
    1e5 1E5 1e+5 1e-5 1e 1e+ e5 .e5 1.e5 .5e5 1e5.0 1e5e5 1e22 1e23 9e22 123456789012345678e-30
    1e308 1.7976931348623157e308 1.7976931348623159e308 1e309 1e99999999999999 0e99999999999
    5e-324 2.4703282292062327e-324 2.4703282292062328e-324 1e-400 1e-99999999999999999999
    2.2250738585072011e-308 2.2250738585072014e-308 4.9406564584124654e-324 6.25e-324
    inf INF Infinity iNfInItY infinit infinityy in nan NaN nAn nan() nan(1) na n
    0x10 1_0 1'0 1l 1f 1d 1j NA N/A NULL null None none true \u0661 1\0 \0
"""
ODD = ("", "1 0", "1,0", "1;0", "1\u00a0", "\u00a01")
LONG = ("0" * 40 + "1", f"0.{'0' * 400}1", f"1{'0' * 400}")


def spellings() -> Iterator[str]:
    """With every sign; and digits of every length with the point in every place."""
    for text in (*SPELLINGS.split(), *ODD, *LONG):
        for sign in ("", "-", "+", "--", "+-"):
            yield sign + text
    for size in range(1, 27):
        digits = "98765432109876543210987654"[:size]
        for place in range(size + 1):
            yield f"{digits[:place]}.{digits[place:]}"
            yield f"-{digits[:place]}.{digits[place:]}"


@every_set
@pytest.mark.parametrize("comma", [False, True], ids=["point", "comma"])
def test_every_spelling_is_the_number_that_float_reads_or_refused(
    instructions: str, comma: bool
) -> None:
    dialect = Dialect(names=["a", "b"], separator="|", decimal_comma=comma)
    for text in spellings():
        for spelling in {text, text.replace(".", ",") if comma else text}:
            check(f"{spelling}|1\n".encode(), dialect, instructions)
            check(f"1| {spelling}\t\n".encode(), dialect, instructions)


@every_set
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 9, 20])
def test_numbers_in_all_places_of_a_row_are_exact(instructions: str, width: int) -> None:
    """Several are converted at once: each place, among short and long neighbours."""
    chance = random.Random(width)
    dialect = Dialect(names=[f"c{at}" for at in range(width)])
    forms = ("%.6f", "%.3f", "%.17g", "%r", "%.0f", "%.15g", "%.1e", "%+.2f")
    rows = []
    for _ in range(300):
        scale = 10 ** chance.uniform(-3, 6)
        cells = [chance.choice(forms) % chance.gauss(0, scale) for _ in range(width)]
        if not chance.randrange(3):
            cells[chance.randrange(width)] = chance.choice(["", "NA", " 7", "1e3", "0" * 90, "0"])
        rows.append(",".join(cells))
    check("\n".join(rows).encode(), dialect, instructions)


@every_set
@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.floats(), min_size=1, max_size=30))
def test_what_repr_writes_comes_back_bit_for_bit(instructions: str, values: list[float]) -> None:
    dialect = Dialect(names=["a"], missing=frozenset())
    check("\n".join(map(repr, values)).encode(), dialect, instructions)


@every_set
@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.from_regex(r"-?\d{0,20}\.?\d{0,24}(e-?\d{1,3})?", fullmatch=True)))
def test_any_digits_are_rounded_as_float_rounds_them(instructions: str, texts: list[str]) -> None:
    for text in texts:
        check(text.encode() + b"\n", Dialect(names=["a"]), instructions)


@every_set
def test_a_missing_token_that_is_a_number_is_missing_only_as_it_is_written(
    instructions: str,
) -> None:
    dialect = Dialect(names=["a", "b"], missing=frozenset(["-999", "0"]))
    table = stages.parse(b"-999,-999.0\n0,-0\n1,0.0\n", dialect, instructions=instructions)
    assert [[math.isnan(cell) for cell in row] for row in table.values] == [
        [True, False],
        [True, False],
        [False, False],
    ]
