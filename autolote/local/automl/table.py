"""CSV as strings, column by column: nothing is guessed here, and no row is dropped or repaired."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

csv.field_size_limit(1 << 24)


class TableError(ValueError):
    """The CSV is malformed; the message names the file or row and what was expected."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Cells as written; `columns[i]` belongs to `names[i]`."""

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]

    @property
    def rows(self) -> int:
        """The number of data rows."""
        return len(self.columns[0]) if self.columns else 0

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of a column."""
        return self.columns[self.names.index(name)]

    def keep(self, rows: Sequence[bool]) -> "Table":
        """The table with the marked rows only."""
        if all(rows):
            return self
        kept = tuple(
            tuple(cell for cell, keep in zip(column, rows, strict=True) if keep)
            for column in self.columns
        )
        return Table(names=self.names, columns=kept)

    def select(self, names: Sequence[str]) -> "Table":
        """The table with these columns only, in this order."""
        return Table(names=tuple(names), columns=tuple(self.column(name) for name in names))


def read_files(paths: Iterable[Path]) -> Table:
    """One table of CSV files that all start with the same header line.

    Blank lines are skipped, as pandas and with it Autopilot do in training data.
    Raises TableError for another header, a ragged row, broken quotes or bytes that are not UTF-8.
    """
    names: tuple[str, ...] | None = None
    rows: list[list[str]] = []
    for path in paths:
        found = _read_file(path, rows)
        if names is not None and found != names:
            raise TableError(f"{path.name}: the header differs from the other files' header.")
        names = found
    if names is None:
        raise TableError("No CSV file was found in the input channel.")
    columns = tuple(zip(*rows, strict=True)) if rows else ((),) * len(names)
    return Table(names=names, columns=columns)


def _read_file(path: Path, rows: list[list[str]]) -> tuple[str, ...]:
    """Append the data rows of one file to `rows` and return its header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = tuple(next(reader, ()))
            for row in reader:
                if len(row) != len(header):
                    if not row:
                        continue
                    raise TableError(
                        f"{path.name}, line {reader.line_num}: "
                        f"expected {len(header)} columns, as the header has, found {len(row)}."
                    )
                rows.append(row)
        except csv.Error as error:
            raise TableError(f"{path.name}, line {reader.line_num}: {error}.") from error
        except UnicodeDecodeError as error:
            raise TableError(f"{path.name} is not UTF-8: {error.reason}.") from error
    _check_header(path.name, header)
    return header


def _check_header(file: str, header: Sequence[str]) -> None:
    if not header:
        raise TableError(f"{file} is empty: a header line and data rows are needed.")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise TableError(f"{file}: the header names these columns more than once: {repeated}.")


def parse_records(body: bytes, *, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The columns of a request body without a header, one row per record.

    A blank line is a row: of one missing cell for a table of one column, otherwise an error.
    Raises TableError naming the row (counted from 1) for a wrong number of columns, broken quotes,
    a bare carriage return, bytes that are not UTF-8, an empty body, or a line equal to the header.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = body.count(b"\n", 0, error.start) + 1
        raise TableError(f"row {bad}: the body is not UTF-8 ({error.reason})") from error
    if not text:
        raise TableError("the body is empty; send at least one row")
    # SageMaker cuts records at line feeds alone, so nothing else may end one here.
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            cells = row or [""]
            if len(cells) != len(names):
                raise TableError(
                    f"row {len(rows) + 1}: expected {len(names)} columns ({_shown(names)}), "
                    f"found {len(cells)}"
                )
            rows.append(cells)
    except csv.Error as error:
        reason = "carriage return inside the row" if "new-line" in str(error) else str(error)
        raise TableError(f"row {len(rows) + 1}: {reason}") from error
    _refuse_header(rows, names)
    return tuple(zip(*rows, strict=True))


def _refuse_header(rows: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """A header is refused, not skipped: only the first mini-batch of an object would have one, and
    a skipped line would leave the object with one prediction too few."""
    if [cell.strip() for cell in rows[0]] == [name.strip() for name in names]:
        raise TableError(
            f"row 1 is the header line of the training data ({_shown(names)}); "
            "send the data rows without it"
        )


def _shown(names: Sequence[str]) -> str:
    """The names, the middle left out when they are many."""
    return ", ".join(names if len(names) <= 12 else [*names[:6], "...", *names[-6:]])
