"""Proof that predictions fit the rows that were scored, row by row, in constant memory."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest


class MismatchError(ValueError):
    """Predictions do not fit; the message has the line, what was expected and what was found."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What lines must have: `ids` leading columns on both sides, `width` columns in the output."""

    ids: int
    width: int


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of an object that arrives in pieces, without their newlines.

    Cut at newline characters alone, as batch transform does; the last line needs no newline.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest


def verify(*, scored: Iterable[bytes], predicted: Iterable[bytes], shape: Shape) -> int:
    """Compare the lines that were scored with the lines that came back.

    Args:
        scored: lines of an object of the snapshot.
        predicted: lines of its .out object; blank ones are no rows, as a prediction is never blank.
        shape: what each line must have.

    Returns:
        The number of rows.

    Raises:
        MismatchError: at the first line that does not fit.
    """
    left, right = iter(scored), (line for line in predicted if line.rstrip(b"\r"))
    rows = 0
    for rows, (row, answer) in enumerate(zip_longest(left, right), start=1):
        if row is None:
            _differ(expected=rows - 1, found=rows + sum(1 for _ in right))
        elif answer is None:
            _differ(expected=rows + sum(1 for _ in left), found=rows - 1)
        else:
            _check(row, answer, rows, shape)
    return rows


def _differ(*, expected: int, found: int) -> None:
    line = min(expected, found) + 1
    raise MismatchError(f"line {line}: expected {expected} rows in all, found {found}")


def _check(row: bytes, answer: bytes, line: int, shape: Shape) -> None:
    # Without quotes a line is cut at its commas; that is most lines, and ten times as fast.
    cells = answer.rstrip(b"\r").split(b",") if b'"' not in answer else _parsed(answer)
    if len(cells) != shape.width:
        raise MismatchError(f"line {line}: expected {shape.width} columns, found {len(cells)}")
    if shape.ids:
        plain = b'"' not in row
        ids = row.split(b",", shape.ids)[: shape.ids] if plain else _parsed(row)[: shape.ids]
        if cells[: shape.ids] != ids:
            raise MismatchError(
                f"line {line}: expected the ids {_text(ids)}, found {_text(cells[: shape.ids])}"
            )


def _parsed(line: bytes) -> list[bytes]:
    text = line.rstrip(b"\r").decode("utf-8", errors="surrogateescape")
    cells = next(csv.reader([text]))
    return [cell.encode("utf-8", errors="surrogateescape") for cell in cells]


def _text(cells: list[bytes]) -> str:
    return repr([cell.decode("utf-8", errors="replace")[:60] for cell in cells])
