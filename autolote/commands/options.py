"""Options that several commands share."""

import argparse
from pathlib import Path

from autolote import settings, tools

HOME = tools.ROOT / ".run" / "account"
LOCAL_ENVIRONMENT = "local"


def local(parser: argparse.ArgumentParser) -> None:
    """The options of a command that uses the local account."""
    parser.add_argument(
        "--home",
        type=Path,
        default=HOME,
        metavar="DIR",
        help="where the local account keeps its state (default: .run/account)",
    )
    parser.add_argument(
        "--speed",
        type=_positive,
        metavar="N",
        help="account seconds per real second while a run waits or trains "
        "(default: clock_speed of environments/local.toml)",
    )


def local_settings() -> settings.Settings:
    """The settings of the environment that is deployed into the local account."""
    return settings.load(tools.ROOT / "environments" / f"{LOCAL_ENVIRONMENT}.toml")


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
