"""What the first bytes of a CSV object say, and what is wrong with them.

Everything works on bytes and looks at lines as SageMaker does: batch transform with SplitType Line
cuts at newline characters and knows nothing of quotes
(https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html), so a table that is to be
scored is held to one row per line. Python's str.splitlines is never used: it also cuts at U+2028.
"""

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, field

from rules import numbers

_FOREIGN = {
    b"\x1f\x8b": ("is compressed with gzip", "Upload it uncompressed."),
    b"PAR1": ("is Parquet", "Write it as CSV."),
    b"PK\x03\x04": ("is a zip archive or an Excel file", "Save it as CSV."),
    b"\xef\xbb\xbf": (
        "begins with a UTF-8 byte order mark (BOM), which becomes part of the first column's name",
        "Save it as UTF-8 without BOM; in Python, encoding='utf-8' and not 'utf-8-sig'.",
    ),
    b"\xff\xfe": ("is UTF-16", "Save it as UTF-8."),
    b"\xfe\xff": ("is UTF-16", "Save it as UTF-8."),
}

# One cell may be as long as a whole sample; csv's own limit is 128 KiB.
csv.field_size_limit(1 << 24)
_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with a table: what it is, with its line, and the way out."""

    rule: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a table is to be read.

    Attributes:
        has_header: its first line names the columns.
        one_row_per_line: it is to be scored, so newlines end rows whatever quotes say.
        only_numbers: every cell below the header has to be a number or no value.
    """

    has_header: bool = True
    one_row_per_line: bool = False
    only_numbers: bool = False


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a sample says.

    Attributes:
        columns: the names in the header, or the cells of the first row when there is none.
        header_bytes: length of the header line with its newline; 0 when there is none.
        rows: data rows in the sample.
        crlf: whether some line ends in a carriage return and a newline.
        problems: what is wrong, each kind once, with the first line it was found in.
    """

    columns: tuple[str, ...] = ()
    header_bytes: int = 0
    rows: int = 0
    crlf: bool = False
    problems: tuple[Problem, ...] = field(default=())


def inspect(sample: bytes, *, complete: bool, reading: Reading) -> Inspection:
    """Look at the first bytes of an object.

    Args:
        sample: from the object's first byte on.
        complete: whether the sample is the whole object.
        reading: what the object is for.
    """
    foreign = _foreign(sample) or _not_utf8(sample, complete=complete)
    if foreign:
        return Inspection(problems=(foreign,))
    whole_lines = sample if complete else sample[: sample.rfind(b"\n") + 1]
    if not whole_lines.strip():
        fix = "Give every object a header line and rows." if reading.has_header else "Add rows."
        rule = "is empty" if complete else f"has no line end in its first {len(sample):,} bytes"
        return Inspection(problems=(Problem(rule=rule, fix=fix),))
    return _Scan(reading).over(whole_lines, complete=complete)


class _Scan:
    """One pass over whole lines."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._problems: dict[str, Problem] = {}
        self._columns: tuple[str, ...] = ()
        self._rows = 0

    def over(self, lines: bytes, *, complete: bool) -> Inspection:
        reading = self._reading
        header_bytes = lines.find(b"\n") + 1 if reading.has_header else 0
        if reading.has_header and header_bytes == 0:
            header_bytes = len(lines)
        try:
            self._read(lines.decode())
        except csv.Error as error:
            # A sample cut inside a quoted cell ends in an open quote; that says nothing yet.
            if complete or reading.one_row_per_line or "unexpected end" not in str(error):
                fix = "Write it with a CSV library; quotes inside a quoted cell are doubled."
                self._note("csv", f"is not well-formed CSV: {error}", fix)
        if reading.has_header and self._columns:
            self._check_names()
        if self._rows == 0 and complete and not self._problems:
            self._note("rows", "has no data rows", "Add rows, or leave the object out.")
        return Inspection(
            columns=self._columns,
            header_bytes=header_bytes,
            rows=self._rows,
            crlf=b"\r\n" in lines,
            problems=tuple(self._problems.values()),
        )

    def _read(self, text: str) -> None:
        # newline="" keeps line ends as they are, so that quoted ones can be seen.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        before = 0
        for row in reader:
            first, before = before + 1, reader.line_num
            if not row:
                self._blank(first)
            elif not self._columns:
                self._columns = tuple(row)
                self._rows += not self._reading.has_header
            else:
                self._rows += 1
                self._compare(len(row), line=first)
                if self._reading.only_numbers:
                    self._check_numbers(row, line=first)
            if before > first and self._reading.one_row_per_line:
                rule = (
                    f"line {first} has a line break inside quotes, and scoring cuts at line breaks"
                )
                self._note("newline", rule, "Replace line breaks inside cells by spaces.")

    def _compare(self, width: int, *, line: int) -> None:
        expected = len(self._columns)
        if width != expected:
            rule = f"line {line} has {width} columns, the first line has {expected}"
            self._note("ragged", rule, "Give every row the same number of columns.")

    def _check_numbers(self, row: list[str], *, line: int) -> None:
        if "text" not in self._problems and (at := numbers.first_text(row)) is not None:
            name = self._columns[at] if at < len(self._columns) else ""
            rule = f"line {line} has {row[at][:_SHOWN]!r} in the column {name!r}, not a number"
            fix = "Write a number for each text, or remove the column, or train by automl."
            self._note("text", rule, fix)

    def _blank(self, line: int) -> None:
        if self._reading.one_row_per_line:
            rule = f"line {line} is blank, and a blank line has no prediction"
            self._note("blank", rule, "Remove blank lines.")

    def _check_names(self) -> None:
        names = self._columns
        repeated = [name for name, count in Counter(names).items() if count > 1 and name.strip()]
        if repeated and _is_number(repeated[0]):
            # Numbers may be names, but hardly the same number twice; nothing else can be told then.
            self._columns = ()
            self._note(
                "header",
                f"does not begin with a header line: its first line is {_shown(names)}",
                "Write the columns' names into the first line; to score rows without it, set "
                "score.has_header to false.",
            )
            return
        if repeated:
            self._note(
                "repeated",
                f"names the column {repeated[0]!r} twice",
                "Give every column its own name.",
            )
        unnamed = [position for position, name in enumerate(names, start=1) if not name.strip()]
        if unnamed:
            self._note(
                "unnamed",
                f"has a column without a name, number {unnamed[0]}",
                "Name it, or leave it out; pandas writes one unless told index=False.",
            )
        if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
            self._note("separator", f"has one column, {names[0]!r}", "Separate columns by commas.")

    def _note(self, kind: str, rule: str, fix: str) -> None:
        self._problems.setdefault(kind, Problem(rule=rule, fix=fix))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shown(names: tuple[str, ...]) -> str:
    return ",".join(names[:8]) + (",..." if len(names) > 8 else "")


def _foreign(sample: bytes) -> Problem | None:
    for magic, (rule, fix) in _FOREIGN.items():
        if sample.startswith(magic):
            return Problem(rule=rule, fix=fix)
    position = sample.find(b"\0")
    if position >= 0:
        rule = f"has a NUL byte at position {position:,}, so it is binary or UTF-16"
        return Problem(rule=rule, fix="Save it as UTF-8 text.")
    return None


def _not_utf8(sample: bytes, *, complete: bool) -> Problem | None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=complete)
    except UnicodeDecodeError as error:
        line = sample.count(b"\n", 0, error.start) + 1
        rule = f"is not UTF-8: byte 0x{sample[error.start]:02x} in line {line}"
        return Problem(rule=rule, fix="Save it as UTF-8; such bytes are usual in Latin-1 files.")
    return None
