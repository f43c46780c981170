"""What the local account is told on its command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line gives.

    Raises:
        ValueError: an option is out of its range; the message names it.
    """

    home: Path
    port: int
    region: str
    account: str
    speed: float

    def __post_init__(self) -> None:
        if not (len(self.account) == 12 and self.account.isdigit()):
            raise ValueError(f"--account {self.account!r} is not an account id: give 12 digits")
        if self.speed <= 0:
            raise ValueError(f"--speed {self.speed} is not above 0")
