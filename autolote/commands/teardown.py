"""autolote teardown: take an environment out of its account, its data only where it is named."""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from rich.console import Console

from autolote import display, settings, tools
from autolote.accounts import Account, AccountError, LocalAccount, forget_aws_settings
from autolote.commands import options
from autolote.teardown import display as shown
from autolote.teardown import executor, plan
from autolote.teardown.cloud import LOCAL, Cloud, Pace
from autolote.teardown.model import Plan, Report, TeardownError, plan_as_json, report_as_json

EXAMPLES = """what goes:
  Runs and jobs are stopped; apps, spaces, user profiles and the domain are deleted, then the mount
  targets and security groups that SageMaker left in the network, then the stacks.

what stays:
  Buckets, the image's repository and log groups, unless --delete-data names them: then they lose
  every version, and are deleted. The domain's home folders, unless --delete-home-efs is given. The
  key, as long as something that stays is encrypted with it; then its deletion is scheduled. A stack
  stays if it could only go with data that was not named.

examples:
  autolote teardown dev --dry-run                what would be done, and what would stay
  autolote teardown dev                          asks for the environment's name first
  autolote teardown dev --yes --delete-home-efs --delete-data my-data-bucket autolote-dev-scoring
  autolote teardown prod --local --yes --json    in the account on this machine

Whatever happens on the way, the same command again finishes what is left. Exit code: 0 nothing
unexpected is left, 1 something is (with the command to finish), 2 it was refused.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "teardown",
        help="take an environment down again, in an order that AWS accepts",
        description="Take an environment down: what CloudFormation and SageMaker cannot delete by "
        "themselves too. What belongs to it is told by its stacks and its tags.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="its name, as in environments/ENV.toml")
    parser.add_argument(
        "--local", action="store_true", help="in the account on this machine, not in AWS"
    )
    options.local(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the plan and stop")
    parser.add_argument(
        "--delete-data",
        nargs="+",
        default=[],
        metavar="NAME",
        help="buckets, repositories and log groups to empty and delete, by name",
    )
    parser.add_argument(
        "--delete-home-efs",
        action="store_true",
        help="delete the home folders of the domain's users (default: what keep_home_efs says)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print the plan or the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan, ask, carry out; returns the exit code.

    Raises:
        TeardownError: it was refused.
    """
    console = display.console()
    environment = settings.load(tools.ROOT / "environments" / f"{arguments.environment}.toml")
    with _cloud(arguments, environment) as cloud:
        asked = plan.Asked(
            delete_data=frozenset(arguments.delete_data),
            keep_home=environment.domain.keep_home_efs and not arguments.delete_home_efs,
            command=_command(arguments),
        )
        make = partial(plan.make, cloud, arguments.environment, asked)
        with console.status("looking at the account"):
            first = make()
        if not arguments.json:
            for table in shown.plan_tables(first):
                console.print(table)
        if arguments.dry_run:
            _print_json(arguments, plan_as_json(first))
            return 0
        if not first.tasks:
            return _tell(arguments, Report(plan=first), console)
        _ask(arguments, first, console)
        try:
            with shown.Progress(console) as progress:
                report = executor.carry_out(first, again=make, shown=progress)
        except KeyboardInterrupt:
            console.print("interrupted; the same command again finishes what is left")
            return 130
    return _tell(arguments, report, console)


def _tell(arguments: argparse.Namespace, report: Report, console: Console) -> int:
    _print_json(arguments, report_as_json(report))
    if report.done and not arguments.json:
        for table in shown.kept_tables(report.plan.kept):
            console.print(table)
    if report.left:
        console.print(shown.left_table(report.left))
    console.print(shown.summary(report), style="red" if report.left else "green")
    return 1 if report.left else 0


def _print_json(arguments: argparse.Namespace, told: dict[str, Any]) -> None:
    if arguments.json:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")


def _ask(arguments: argparse.Namespace, planned: Plan, console: Console) -> None:
    """Have the environment's name typed, unless --yes was given.

    Raises:
        TeardownError: nobody is there to type, or it was another.
    """
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise TeardownError("nobody is there to ask: give --yes, or --dry-run to see the plan")
    if planned.running:
        names = ", ".join(thing.name for thing in planned.running)
        console.print(f"running, and stopped first: {names}", style="bold yellow")
    typed = console.input(f"Type {arguments.environment} to go on: ")
    if typed.strip() != arguments.environment:
        raise TeardownError("nothing was done")


def _command(arguments: argparse.Namespace) -> str:
    """The command line again, without what was asked to be deleted."""
    local = " --local" if arguments.local else ""
    return f"autolote teardown {arguments.environment}{local}"


@contextlib.contextmanager
def _cloud(arguments: argparse.Namespace, environment: settings.Settings) -> Iterator[Cloud]:
    """The account the environment is in.

    Raises:
        AccountError: the credentials are of another account than the settings name.
    """
    if not arguments.local:
        account = Account(region=environment.region)
        identity = account.client("sts").get_caller_identity()["Account"]
        if environment.account not in (None, identity):
            raise AccountError(
                f"the credentials are of account {identity}, and environment "
                f"{arguments.environment} is in {environment.account}"
            )
        yield Cloud(account=account, pace=Pace())
        return
    forget_aws_settings()
    local = options.local_settings()
    running = LocalAccount(
        home=arguments.home.resolve(),
        region=environment.region,
        account=environment.account or str(local.account),
        speed=arguments.speed or local.clock_speed or 1.0,
    )
    try:
        running.ensure()
        yield Cloud(account=running, pace=LOCAL)
    finally:
        running.stop()
