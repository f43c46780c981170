"""autolote run: one request, from a JSON file to verified predictions."""

import argparse
import contextlib
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rules.names import run_id
from rules.request import check_contract

from autolote import display, requests, results, settings, tools
from autolote.accounts import Account, Deployment, LocalAccount, forget_aws_settings
from autolote.commands import options
from autolote.deployment import deploy
from autolote.watching import Progress, Watcher

# Seconds between two looks at a run. The local account is read from the same machine.
POLL_LOCAL, POLL_AWS = 0.5, 10.0

EXAMPLES = """examples:
  autolote run examples/digits/request.json --local --truth examples/digits/truth.csv
  autolote run my-request.json --local            the same for your own CSV files
  autolote run my-request.json --env dev          in the AWS account your credentials point to
  autolote run my-request.json --check            only say whether the request keeps the contract

The request is described in docs/request.md. Data files it names that exist beside it are uploaded
first. Exit code: 0 the run succeeded, 1 it failed, 2 the request was refused or could not be sent.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "run",
        help="send a request, watch it, fetch its predictions",
        description="Send a request (train, score or both), watch the state machine carry it out, "
        "and leave manifest.json and predictions.csv in the folder of --out.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("request", type=Path, help="the request: a JSON file (docs/request.md)")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--local", action="store_true", help="in the account on this machine")
    where.add_argument("--env", metavar="NAME", help="in AWS, in the environment of this name")
    where.add_argument("--check", action="store_true", help="check the request and stop")
    options.local(parser)
    parser.add_argument(
        "--truth",
        type=Path,
        metavar="CSV",
        help="true values (header; the request's id columns, then the value): says how good it is",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=tools.ROOT / ".run" / "last",
        metavar="DIR",
        help="where the manifest and the predictions go (default: .run/last)",
    )
    parser.add_argument("--json", action="store_true", help="print the manifest to standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out one request; returns the exit code."""
    console = display.console()
    request = requests.read(arguments.request)
    request, uploads = requests.place(request, folder=arguments.request.resolve().parent)
    violations = check_contract(request)
    if violations:
        raise requests.RequestError(arguments.request, violations)
    if arguments.truth and not arguments.truth.is_file():
        raise results.TruthError(f"--truth {arguments.truth}: there is no such file")
    if arguments.check:
        console.print(f"{arguments.request}: keeps the contract", style="green")
        return 0
    with _deployed(arguments, console) as (account, environment):
        run = _Run(account, environment, arguments, console)
        return run.carry_out(request, uploads)


@contextlib.contextmanager
def _deployed(
    arguments: argparse.Namespace, console: Console
) -> Iterator[tuple[Account, settings.Settings]]:
    """The account a request goes to, with its environment; the local one is deployed into first."""
    if arguments.env:
        environment = settings.load(tools.ROOT / "environments" / f"{arguments.env}.toml")
        yield Account(region=environment.region), environment
        return
    forget_aws_settings()
    environment = options.local_settings()
    account = LocalAccount(
        home=arguments.home.resolve(),
        region=environment.region,
        account=str(environment.account),
        speed=arguments.speed or environment.clock_speed or 1.0,
    )
    try:
        with console.status("starting the local account"):
            url = account.ensure()
        console.print(f"local account {account.account}, {account.region}: {url}")
        with console.status("deploying the synthesized templates with the CDK command line"):
            done = deploy(
                account, environment=environment.environment, log=account.home / "deploy.log"
            )
        console.print(f"deployed: {', '.join(done.changed) or 'no changes'}")
        yield account, environment
    finally:
        account.stop()


class _Run:
    """One request on its way through an account."""

    def __init__(
        self,
        account: Account,
        environment: settings.Settings,
        arguments: argparse.Namespace,
        console: Console,
    ) -> None:
        self._account = account
        self._arguments = arguments
        self._console = console
        self._every = POLL_LOCAL if arguments.local else POLL_AWS
        self._deployment: Deployment = account.deployment(environment.environment)

    def carry_out(self, request: dict[str, Any], uploads: list[requests.Upload]) -> int:
        # A token of our own makes the run's name known before the event is delivered.
        request = {"token": uuid.uuid4().hex, **request}
        identity = {name: request[name] for name in ("project_id", "experiment_id")}
        name = run_id(**identity, token=request["token"])
        where = (self._account, self._deployment)
        results.clear(self._arguments.out)
        if requests.was_sent(*where, request, run=name, source=self._arguments.request):
            self._console.print(f"run {name} has this token: nothing is uploaded or sent again")
        else:
            requests.upload(*where, uploads, tell=self._tell)
            requests.send(*where, request)
            self._console.print(f"sent to the event bus {self._deployment.bus_name}; run {name}")
        progress = self._watch(name)
        if progress.status != "SUCCEEDED":
            self._failed(name, progress)
            return 1
        manifest = results.download(
            self._account,
            self._deployment,
            run={**identity, "run_id": name},
            progress=progress,
            folder=self._arguments.out,
        )
        self._succeeded(manifest)
        if self._arguments.truth and manifest["rows_out"] is not None:
            self._compare(request)
        return 0

    def _tell(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _watch(self, name: str) -> Progress:
        watcher = Watcher(
            self._account, execution_arn=self._deployment.execution_arn(name), every=self._every
        )
        last = None
        with display.Progression(self._console) as shown:
            for last in watcher.follow(
                patience=120.0,
                on_silence=lambda: shown.say("the account does not answer; waiting for it"),
            ):
                shown.show(last)
        assert last is not None  # follow() ends with a progress or raises
        return last

    def _failed(self, name: str, progress: Progress) -> None:
        self._console.print(f"run {name} {progress.status}: {progress.error}", style="bold red")
        for line in display.reasons(progress.cause):
            self._console.print(f"  {line}")
        if self._arguments.json:
            told = {"status": progress.status, "run_id": name, "error": progress.error}
            sys.stdout.write(json.dumps({**told, "cause": progress.cause}, indent=2) + "\n")

    def _succeeded(self, manifest: dict[str, Any]) -> None:
        tell = self._console.print
        out = self._arguments.out
        if manifest["leaderboard"]:
            tell(display.leaderboard(manifest))
        for warning in manifest["warnings"]:
            tell(f"note: {warning}", style="yellow")
        if manifest["golden"]:
            tell(
                f"golden rows {manifest['golden']['rows']:,}, largest deviation "
                f"{manifest['golden']['max_deviation']:g}"
            )
        if manifest["rows_out"] is not None:
            tell(
                f"rows in {manifest['rows_in']:,} = rows out {manifest['rows_out']:,}, "
                "in order, verified"
            )
            self._tell(f"predictions: {out / results.PREDICTIONS}")
        self._tell(f"manifest:    {out / results.MANIFEST}")
        if spot := display.spot(manifest):
            tell(f"spot:        {spot}")
        tell(f"cost:        {display.costs(manifest)}")
        if self._arguments.json:
            sys.stdout.write(json.dumps(manifest, indent=2) + "\n")

    def _compare(self, request: dict[str, Any]) -> None:
        held_out = results.compare(
            predictions=self._arguments.out / results.PREDICTIONS,
            truth=self._arguments.truth,
            id_columns=tuple(request["score"].get("id_columns", ())),
        )
        said = ", ".join(f"{name} {value:.4f}" for name, value in held_out.metrics.items())
        rows = f"{held_out.rows:,} true values"
        self._console.print(f"held-out {said} against {rows}", style="bold")
