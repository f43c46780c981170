"""autolote local: the account on this machine, in the foreground."""

import argparse
import os
import shutil
import sys

from autolote import tools
from autolote.accounts import AccountError, LocalAccount, forget_aws_settings
from autolote.commands import options


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "local",
        help="run the local account in the foreground (another terminal uses it)",
        description="Run the local account until Ctrl-C. `autolote run ... --local` in another "
        "terminal uses it; any AWS program does with AWS_ENDPOINT_URL set to the address it "
        "prints. Its state is kept on disk: kill it, start it again, and what was running goes on.",
    )
    options.local(parser)
    parser.add_argument(
        "--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget everything it holds first")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Replace this process by the account's.

    Raises:
        AccountError: one is already running there.
    """
    home = arguments.home.resolve()
    running = LocalAccount(home=home).endpoint
    if running is not None:
        raise AccountError(
            f"one is already running there: {running['url']} (process {running['pid']})"
        )
    if arguments.fresh:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    forget_aws_settings()
    settings = options.local_settings()
    command = [
        sys.executable,
        "-m",
        "autolote.local",
        "--home",
        str(home),
        "--port",
        str(arguments.port),
    ]
    command += ["--region", settings.region, "--account", str(settings.account)]
    command += ["--speed", f"{arguments.speed or settings.clock_speed:g}"]
    os.chdir(tools.ROOT)
    os.execve(sys.executable, command, tools.environment())
