"""autolote: the command line."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rules.tolerance import ToleranceError

from autolote.accounts import AccountError
from autolote.audit.reading import AssemblyError
from autolote.commands import audit, check, docs, local, permissions, run, synth, teardown
from autolote.golden import GoldenError
from autolote.permissions.table import TableError
from autolote.requests import RequestError
from autolote.results import TruthError
from autolote.settings import SettingsError
from autolote.teardown.model import TeardownError
from autolote.tools import ToolError

REFUSED = 2
REFUSALS = (
    RequestError,
    SettingsError,
    AccountError,
    ToolError,
    TruthError,
    TableError,
    GoldenError,
    ToleranceError,
    TeardownError,
    AssemblyError,
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="autolote",
        description="Train with SageMaker Autopilot, score in batch, prove the rows: on this "
        "machine or in an AWS account, with the same templates and the same code.",
        epilog="`autolote COMMAND --help` says more about each.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (run, check, local, synth, audit, permissions, docs, teardown):
        command.add(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code (2: what was asked for was refused)."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except REFUSALS as error:
        Console(stderr=True, highlight=False).print(str(error), style="red", markup=False)
        return REFUSED
    except (ClientError, BotoCoreError) as error:
        Console(stderr=True, highlight=False).print(
            f"AWS refused: {error}", style="red", markup=False
        )
        return REFUSED
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; a run that was sent goes on in the account")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
