"""One cell of a CSV: missing, number, boolean or date.

Every decision looks at one cell alone (and at what training wrote down about its column), never at
its neighbours: a row means the same in a file of a million rows and in a mini-batch of one.
"""

import re
from collections import deque
from collections.abc import Iterable
from datetime import date

# What pandas.read_csv takes for missing by default; AutoGluon, the engine behind Autopilot's
# ENSEMBLING mode, reads its CSV with pandas.
# https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html (na_values)
MISSING = frozenset(
    {
        *("", "<NA>", "#N/A", "#N/A N/A", "#NA", "N/A", "n/a", "NA", "NULL", "null", "None"),
        *("NaN", "-NaN", "nan", "-nan", "-1.#IND", "-1.#QNAN", "1.#IND", "1.#QNAN"),
    }
)

BOOLEANS = (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"))

DATE_ORDERS = ("year-first", "day-first", "month-first")
"""How a date is written. A column that fits both of the last two is read as day-first."""

DATE_PARTS = ("epoch", "year", "month", "day", "weekday", "hour")

_TIME = r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)? ?(Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME, re.ASCII)
_CODE = re.compile(r"^[ \t]*0\d+[ \t]*$", re.ASCII | re.MULTILINE)
_EPOCH = date(1970, 1, 1).toordinal()


def is_missing(cell: str) -> bool:
    """Whether the cell says that there is no value."""
    return cell.strip() in MISSING


def number(cell: str) -> float | None:
    """The cell as a float64, or None when it is not a number.

    Plain and exponent forms, surrounding spaces and infinities are numbers. Python's own extras
    (`1_000`, digits of other scripts) are not: no other CSV reader takes them.
    """
    if "_" in cell or not cell.isascii():
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def are_numbers(cells: Iterable[str]) -> bool:
    """Whether `number` takes every cell; a quick test for long columns."""
    joined = "".join(cells)
    if "_" in joined or not joined.isascii():
        return False
    try:
        deque(map(float, cells), maxlen=0)
    except ValueError:
        return False
    return True


def have_codes(cells: Iterable[str]) -> bool:
    """Whether digits are written as a code in some cell (`007`), where `7` would be another one."""
    return _CODE.search("\n".join(cells)) is not None


def date_parts(cell: str, order: str) -> tuple[float, ...] | None:
    """`DATE_PARTS` of a date or timestamp, or None when the cell is not one in this order.

    The epoch is in seconds, UTC; a timestamp without an offset is taken as UTC. The other parts are
    those that were written. The hour carries the minutes as a fraction.
    """
    match = (_YEAR_FIRST if order == "year-first" else _YEAR_LAST).fullmatch(cell.strip())
    if match is None:
        return None
    first, second, third, hour, minute, second_of_minute, offset = match.groups()
    year, month, day = {
        "year-first": (first, second, third),
        "day-first": (third, second, first),
        "month-first": (third, first, second),
    }[order]
    try:
        written = date(int(year), int(month), int(day))
    except ValueError:
        return None
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second_of_minute or 0)
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    ordinal = written.toordinal()
    epoch = (ordinal - _EPOCH) * 86400 + hours * 3600 + minutes * 60 + seconds - _seconds(offset)
    parts = (epoch, written.year, written.month, written.day, written.weekday())
    return (*map(float, parts), hours + minutes / 60)


def _seconds(offset: str | None) -> int:
    """The seconds east of UTC of `Z`, `+HH:MM` or `-HHMM`."""
    if offset is None or offset == "Z":
        return 0
    digits = offset[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if offset[0] == "-" else seconds
