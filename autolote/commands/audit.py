"""autolote audit: what the templates would make of an account, judged without one."""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rich.console import Console

from autolote import assembly, tools
from autolote.audit import difference, report, running, summary, waivers
from autolote.audit.difference import Difference
from autolote.audit.difference import text as difference_text
from autolote.audit.model import Environment
from autolote.audit.reading import AssemblyError, environments
from autolote.audit.result import AuditResult
from autolote.display import WIDTH_OF_A_FILE, console

Rows = tuple[waivers.Waiver, ...]

PROMISED = "prod"
STDOUT = "-"
FORMATS: dict[str, tuple[str, Callable[[AuditResult], str]]] = {
    "html": ("one page that works offline", report.render_html),
    "md": ("Markdown, for a pull request", report.render_markdown),
    "json": ("JSON", report.render_json),
    "sarif": ("SARIF 2.1.0, for code scanning", report.render_sarif),
}
OF_A_DIFFERENCE: dict[str, Callable[[Difference], str]] = {
    "md": difference_text.markdown,
    "json": difference_text.as_json,
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
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="compare with the cloud assembly of an earlier state: what the change does; exit code "
        "1 when it opens a finding or loses data. --md and --json then write the comparison",
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
    if arguments.cdk_out == tools.CDK_OUT and not assembly.is_current():
        console().print(
            "cdk.out is older than what it was made from; `autolote synth` writes it again",
            style="yellow",
        )
    accepted = waivers.load(arguments.waivers)
    judge = _judge if arguments.against is None else _compare
    good = [judge(name, arguments, accepted, wanted) for name in chosen]
    return 0 if all(good) else 1


def _judge(
    name: str, arguments: argparse.Namespace, accepted: Rows, wanted: dict[str, str]
) -> bool:
    """Show and write the audit of one environment; whether no finding is left."""
    audit = _audited(Environment(arguments.cdk_out, name), arguments, accepted)
    summary.show(_reader(wanted), audit)
    for form, path in wanted.items():
        _write(FORMATS[form][1](audit), path)
    return audit.passed


def _compare(
    name: str, arguments: argparse.Namespace, accepted: Rows, wanted: dict[str, str]
) -> bool:
    """Show and write what a change does to one environment; whether nothing of it blocks."""
    before = _audited(
        Environment(arguments.against, name), arguments, _of_then(arguments, accepted)
    )
    after = _audited(Environment(arguments.cdk_out, name), arguments, accepted)
    found = difference.compare(before, after)
    _reader(wanted).print(difference_text.terminal(found), end="", soft_wrap=True)
    for form, path in wanted.items():
        of_difference = OF_A_DIFFERENCE.get(form)
        _write(of_difference(found) if of_difference else FORMATS[form][1](after), path)
    return not found.blocks


def _of_then(arguments: argparse.Namespace, accepted: Rows) -> Rows:
    """The waivers of the state before: those beside its assembly, else today's."""
    own = arguments.against.resolve().parent / waivers.PATH.name
    return waivers.load(own) if own.is_file() else accepted


def _chosen(arguments: argparse.Namespace) -> list[str]:
    known = environments(arguments.cdk_out)
    if arguments.environments:
        return list(dict.fromkeys(arguments.environments))
    return [PROMISED] if PROMISED in known else known


def _audited(
    environment: Environment, arguments: argparse.Namespace, accepted: Rows
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
