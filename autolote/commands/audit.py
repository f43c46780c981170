"""autolote audit: what the templates would make of an account, judged without one."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rich.console import Console

from autolote import tools
from autolote.audit import report, running, summary, waivers
from autolote.audit.model import Environment
from autolote.audit.reading import AssemblyError, environments
from autolote.audit.result import AuditResult
from autolote.display import WIDTH_OF_A_FILE, console

PROMISED = "prod"
STDOUT = "-"
FORMATS: dict[str, tuple[str, Callable[[AuditResult], str]]] = {
    "html": ("one page that works offline", report.render_html),
    "md": ("Markdown, for a pull request", report.render_markdown),
    "json": ("JSON", report.render_json),
    "sarif": ("SARIF 2.1.0, for code scanning", report.render_sarif),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "audit",
        help="judge the templates below cdk.out/: permissions, data, network, encryption",
        description="Read the templates of an environment, and nothing else, and judge them by "
        "our own rules and those of cdk-nag, cfn-lint, checkov and cfn-guard's Control Tower "
        "rules. Exit code 0: no finding is left without a valid waiver in waivers.toml; 1: some "
        "are; 2: the audit could not be made. Needs no AWS account and no network.",
    )
    parser.add_argument(
        "environments",
        nargs="*",
        metavar="ENV",
        help=f"environments to judge (default: {PROMISED}; all, where there is no {PROMISED})",
    )
    parser.add_argument(
        "--cdk-out",
        type=Path,
        default=tools.CDK_OUT,
        metavar="DIR",
        help="the cloud assembly to read (default: cdk.out)",
    )
    for name, (what, _) in FORMATS.items():
        parser.add_argument(
            f"--{name}",
            nargs="?",
            const=STDOUT,
            metavar="FILE",
            help=f"write the report as {what}, to FILE or to standard output",
        )
    parser.add_argument("--no-tools", action="store_true", help="our own rules only: one second")
    parser.add_argument(
        "--waivers",
        type=Path,
        default=waivers.PATH,
        metavar="FILE",
        help="the accepted findings (default: waivers.toml)",
    )
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=None,
        metavar="DATE",
        help="the day on which waivers have to hold, as 2027-01-31 (default: today)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge; returns the exit code.

    Raises:
        AssemblyError: there are no templates, or none of that environment.
        SettingsError: waivers.toml is not as it has to be.
        ToolError: one of the other programs could not do its work.
    """
    wanted = {name: path for name in FORMATS if (path := getattr(arguments, name))}
    chosen = _chosen(arguments)
    if wanted and len(chosen) > 1:
        raise AssemblyError(
            f"a report is about one environment; name one of {', '.join(chosen)} before "
            f"{', '.join(f'--{name}' for name in wanted)}"
        )
    accepted = waivers.load(arguments.waivers)
    passed = True
    for name in chosen:
        audit = _audited(Environment(arguments.cdk_out, name), arguments, accepted)
        passed = passed and audit.passed
        summary.show(_reader(wanted), audit)
        for form, path in wanted.items():
            _write(FORMATS[form][1](audit), path)
    return 0 if passed else 1


def _chosen(arguments: argparse.Namespace) -> list[str]:
    known = environments(arguments.cdk_out)
    if arguments.environments:
        return list(dict.fromkeys(arguments.environments))
    return [PROMISED] if PROMISED in known else known


def _audited(
    environment: Environment, arguments: argparse.Namespace, accepted: tuple[waivers.Waiver, ...]
) -> AuditResult:
    told = console()

    def said(source: str, count: int) -> None:
        told.print(f"  {source}: {count} findings", style="dim")

    with told.status(f"judging {environment.name}"):
        return running.audit(
            environment,
            accepted=accepted,
            today=arguments.today or date.today(),
            with_tools=not arguments.no_tools,
            said=said,
        )


def _reader(wanted: dict[str, str]) -> Console:
    """Where the summary goes: standard output, unless a report goes there."""
    if STDOUT in wanted.values():
        return console()
    width = None if sys.stdout.isatty() else WIDTH_OF_A_FILE
    return Console(highlight=False, markup=False, width=width)


def _write(text: str, path: str) -> None:
    if path == STDOUT:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    console().print(f"written: {path}")
