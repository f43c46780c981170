"""The user's CSV: how it is written, which of its columns are features, and what is sent of it."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from rules.model_text import ModelText
from rules.numbers import MISSING_TOKENS

from autolote.golden import GoldenError

SEPARATORS = {",": ",", ";": ";", "|": "|", "tab": "\t"}

_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A CSV file of rows to predict. Raises GoldenError for a combination that makes no sense.

    Attributes:
        path: the file; a name that ends in .gz is read through gzip.
        has_header: its first line names the columns.
        separator: a key of SEPARATORS.
        decimal_comma: numbers are written 3,14.
        missing: spellings of "no value", beside an empty cell; the container's own by default.
        id_columns: columns that are no features: names, or numbers from 1 without a header.
    """

    path: Path
    has_header: bool = True
    separator: str = ","
    decimal_comma: bool = False
    missing: tuple[str, ...] = MISSING_TOKENS
    id_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise GoldenError(f"{self.path}: there is no such file")
        if self.decimal_comma and self.separator == ",":
            raise GoldenError(
                "--decimal-comma needs another separator than the comma; add --separator ';'"
            )

    @property
    def delimiter(self) -> str:
        """The separator as a character."""
        return SEPARATORS[self.separator]

    def open(self) -> IO[bytes]:
        """The file's content, unpacked; OSError where gzip's is broken."""
        if self.path.suffix == ".gz":
            return cast(IO[bytes], gzip.open(self.path))
        return self.path.open("rb")

    def first_line(self) -> list[str]:
        """The cells of the first line.

        Raises:
            GoldenError: the file is empty, is not UTF-8, or cannot be unpacked.
        """
        try:
            with self.open() as content:
                line = content.readline().removeprefix(_BOM).decode()
            cells = next(csv.reader([line.rstrip("\r\n")], delimiter=self.delimiter), [])
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            raise GoldenError(f"{self.path}: its first line cannot be read: {error}") from error
        if not line:
            raise GoldenError(f"{self.path} is empty; give a CSV with the rows to predict")
        return cells


def feature_positions(source: Source, model: ModelText) -> list[int]:
    """Where the model's features are in each row, counted from 0.

    Raises:
        GoldenError: the columns besides the id columns are not the model's features in their order.
    """
    cells = source.first_line()
    if source.has_header and all(map(_is_number, cells)):
        raise GoldenError(
            f"{source.path}: its first line is numbers and no header; add --no-header"
        )
    ids = _id_positions(source, cells)
    positions = [at for at in range(len(cells)) if at not in ids]
    # LightGBM stores a name with an underscore for each space, and other blanks as they are.
    names = [cells[at].strip(" \t").replace(" ", "_") for at in positions]
    if not source.has_header and model.named and names == list(model.features):
        raise GoldenError(f"{source.path}: its first line is a header; leave --no-header out")
    # A header may say more than Column_0, Column_1, ..., but must not put these in another order.
    if source.has_header and (model.named or sorted(names) == sorted(model.features)):
        _compare_names(source, names, model.features)
    if len(positions) != len(model.features):
        one = "; is its separator another?" if len(cells) == 1 else ""
        raise GoldenError(
            f"{source.path} has {len(positions)} columns besides the id columns, the model has "
            f"{len(model.features)} features{one}"
        )
    return positions


def _id_positions(source: Source, cells: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for name in source.id_columns:
        if source.has_header:
            matches = [at for at, cell in enumerate(cells) if cell.strip() == name]
        else:
            matches = [int(name) - 1] if name.isdecimal() and 0 < int(name) <= len(cells) else []
        if len(matches) != 1:
            rule = "names" if source.has_header else f"numbers from 1 to {len(cells)}"
            raise GoldenError(
                f"--id-columns: {name!r} is not a column of {source.path}; give {rule} of "
                f"{', '.join(cells[:20])}{', ...' if len(cells) > 20 else ''}"
            )
        found.update(matches)
    return found


def _compare_names(source: Source, names: Sequence[str], features: Sequence[str]) -> None:
    if list(names) == list(features):
        return
    extra = [name for name in names if name not in features]
    missing = [name for name in features if name not in names]
    if extra:
        told, fix = f"has the column {extra[0]}", "leave such columns out with --id-columns"
    elif missing:
        told, fix = f"lacks the feature {missing[0]}", "add it; a missing value is an empty cell"
    else:
        told, fix = (
            "has the model's features in another order",
            (f"put them into the model's: {', '.join(features[:20])}"),
        )
    raise GoldenError(
        f"{source.path} {told}, so its columns are not the model's {len(features)} features "
        f"({len(extra)} too many, {len(missing)} missing); {fix}"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", ".") or "0")
    except ValueError:
        return False
    return True


class Body:
    """What a transform job would be given of the file: the rows, without header and id columns.

    `read` gives the next piece, whatever size is asked for, and nothing at the end; `position` is
    how far the file has been read, in its own bytes.
    """

    def __init__(self, source: Source, positions: Sequence[int]) -> None:
        self._source, self._positions = source, positions
        self._content = source.open()
        if source.has_header:
            self._content.readline()
        whole = len(source.first_line()) == len(positions)
        self._pieces = self._as_they_are() if whole else self._without_ids()

    def read(self, size: int) -> bytes:
        return next(self._pieces, b"")

    @property
    def position(self) -> int:
        raw = getattr(self._content, "fileobj", None) or self._content
        return int(raw.tell())

    def close(self) -> None:
        self._content.close()

    def _as_they_are(self) -> Iterator[bytes]:
        while piece := self._content.read(_PIECE):
            yield piece

    def _without_ids(self) -> Iterator[bytes]:
        """As the InputFilter of a transform job takes columns away, for any separator."""
        dialect = self._source.delimiter
        for line in self._content:
            text = line.removeprefix(_BOM).decode(errors="surrogateescape").rstrip("\r\n")
            row = next(csv.reader([text], delimiter=dialect), [])
            out = io.StringIO()
            kept = [row[at] for at in self._positions if at < len(row)]
            csv.writer(out, delimiter=dialect, lineterminator="\n").writerow(kept)
            yield out.getvalue().encode(errors="surrogateescape")
