"""`python -m autolote.local`: run the local account in the foreground."""

import argparse
import sys
from pathlib import Path

from autolote.local.options import Options


def main() -> int:
    """Read the command line and run the account until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m autolote.local", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder of its state")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--region", default="sa-east-1")
    parser.add_argument("--account", default="123456789012", help="12 digits")
    parser.add_argument(
        "--speed", type=float, default=60.0, help="account seconds per real second of waiting"
    )
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    given = parser.parse_args()
    try:
        options = Options(
            home=given.home.resolve(),
            port=given.port,
            region=given.region,
            account=given.account,
            speed=given.speed,
        )
    except ValueError as error:
        parser.error(str(error))
    # Imported late: moto takes seconds, and a wrong option should be told at once.
    from autolote.local.server import run  # noqa: PLC0415

    return run(options, level=given.log_level)


if __name__ == "__main__":
    sys.exit(main())
