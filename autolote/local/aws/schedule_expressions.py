"""rate(), cron() and at(), as EventBridge and EventBridge Scheduler read them.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((.+)\)")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, kw_only=True)
class Expression:
    """When a schedule fires: `next_after(moment)` in UTC, None when it never does again."""

    next_after: Callable[[datetime], datetime | None]
    period: timedelta | None = None  # of a rate


def parse(text: str, *, timezone: str = "UTC", start: datetime) -> Expression:
    """Read an expression.

    Args:
        text: `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2030-01-01T00:00:00)`.
        timezone: IANA name; cron and at are in it.
        start: when a rate begins to count, with a time zone.

    Raises:
        ValueError: the expression or the time zone is not legal, or not supported here (`W`).
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{timezone!r} is not the IANA name of a time zone") from error
    if found := _RATE.fullmatch(text):
        return _rate(int(found[1]), found[2], start)
    if found := _AT.fullmatch(text):
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=zone).astimezone(UTC)
        return Expression(next_after=lambda after: moment if moment > after else None)
    if found := _CRON.fullmatch(text):
        return _cron(found[1], zone)
    raise ValueError(
        f"{text!r} is not a schedule expression: write rate(<n> minutes|hours|days), "
        "cron(<minute> <hour> <day> <month> <weekday> <year>) or at(<yyyy-mm-ddThh:mm:ss>)"
    )


def _rate(count: int, unit: str, start: datetime) -> Expression:
    if count < 1:
        raise ValueError(f"rate({count} {unit}s) never fires: the number is at least 1")
    period = timedelta(**{f"{unit}s": count})

    def next_after(after: datetime) -> datetime:
        passed = max(0, (after - start) // period)
        return start + (passed + 1) * period

    return Expression(next_after=next_after, period=period)


def _cron(fields: str, zone: ZoneInfo) -> Expression:
    parts = fields.split()
    if len(parts) != 6:
        raise ValueError(f"cron({fields}) has {len(parts)} fields, and 6 are needed")
    minute, hour, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise ValueError(f"cron({fields}): exactly one of day-of-month and day-of-week is ?")
    if "W" in day.upper():
        raise ValueError(f"cron({fields}): the local account does not know W in day-of-month")
    translated = " ".join(
        [minute, hour, day.replace("?", "*"), month, _weekday(weekday), "0", year]
    )
    try:
        croniter(translated)
    except (ValueError, KeyError) as error:
        raise ValueError(f"cron({fields}) is not legal: {error}") from error

    def next_after(after: datetime) -> datetime | None:
        try:
            found: datetime = croniter(translated, after.astimezone(zone)).get_next(datetime)
        except ValueError:  # croniter's word for "no such moment"
            return None
        return found.astimezone(UTC)

    return Expression(next_after=next_after)


def _weekday(field: str) -> str:
    """AWS counts 1 = Sunday, `5L` is the last Thursday; croniter counts 0 = Sunday, `L4`."""
    if field == "?":
        return "*"
    parts = []
    for part in field.upper().split(","):
        span, slash, step = part.partition("/")
        named = re.sub(r"[A-Z]{3}", lambda m: str(_WEEKDAYS.index(m[0]) + 1), span)
        shifted = re.sub(r"(?<![#\d])\d+", lambda m: str(int(m[0]) - 1), named)
        if shifted.endswith("L"):
            shifted = f"L{shifted[:-1]}" if shifted != "L" else "6"
        parts.append(shifted + slash + step)
    return ",".join(parts)
