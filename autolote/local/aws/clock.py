"""The time by which schedules fire: it runs at the account's speed."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(kw_only=True)
class Clock:
    """Account time: it runs `speed` times as fast as ours, from where it stood last time."""

    speed: float
    anchor: datetime
    _real: float = 0.0

    def __post_init__(self) -> None:
        self._real = time.monotonic()

    def now(self) -> datetime:
        """The account's time, UTC."""
        return self.anchor + timedelta(seconds=(time.monotonic() - self._real) * self.speed)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until an account time."""
        return (moment - self.now()).total_seconds() / self.speed
