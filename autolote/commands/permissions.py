"""autolote permissions: whether an environment's roles have exactly what they use."""

import argparse
import json

from rich.console import Console
from rich.table import Table

from autolote.accounts import AccountError, local_account
from autolote.commands import options
from autolote.permissions.proof import Proof, prove


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "permissions",
        help="compare what the roles of an environment are granted with what they used",
        description="Two lists, which are empty when the permissions are right: calls that were "
        "denied in the local account, and what is granted and was never used. What only AWS's own "
        "services use stands in autolote/permissions.toml. Exit code 0 only when both are empty.",
    )
    options.local(parser)
    parser.add_argument(
        "--env",
        default=options.LOCAL_ENVIRONMENT,
        metavar="NAME",
        help="the environment (default: local)",
    )
    parser.add_argument("--json", action="store_true", help="print the lists as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the lists.

    Raises:
        AccountError: the environment is not deployed there.
    """
    settings = options.local_settings()
    speed = arguments.speed or settings.clock_speed or 1.0
    with local_account(
        home=arguments.home.resolve(),
        region=settings.region,
        account=str(settings.account),
        speed=speed,
    ) as account:
        try:
            found = prove(account, account.home, environment=arguments.env)
        except LookupError as error:
            raise AccountError(f"{error}: deploy and use it first") from error
    if arguments.json:
        print(json.dumps(found.as_json(), indent=2))  # noqa: T201 (for another program)
    else:
        show(found, Console())
    return 0 if found.holds else 1


def show(found: Proof, console: Console) -> None:
    """The lists as tables."""
    _table(
        console,
        "Calls that were denied",
        ("who", "action", "resource", "why", "times"),
        [
            (one.principal, one.action, one.resource, one.reason, str(one.count))
            for one in found.denied
        ],
    )
    _table(
        console,
        "Granted and never used",
        ("role", "action", "resources"),
        [(one.role, one.action, "\n".join(one.resources)) for one in found.unused],
    )
    _table(
        console,
        "Wrong in autolote/permissions.toml",
        ("role", "action", "problem"),
        [(one.role, one.action, one.problem) for one in found.wrong_rows],
    )
    word = "exactly what is used" if found.holds else "not what is used"
    console.print(
        f"{found.grants} grants, of which {found.used_by_aws} only AWS's own services use: {word}"
    )


def _table(
    console: Console, title: str, columns: tuple[str, ...], lines: list[tuple[str, ...]]
) -> None:
    if not lines:
        console.print(f"{title}: none")
        return
    table = Table(title=f"{title}: {len(lines)}", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*line)
    console.print(table)
