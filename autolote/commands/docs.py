"""autolote docs: the generated parts of docs/."""

import argparse

from rich.console import Console

from autolote import assembly, audit_page, container_page, diagrams, request_page, tools


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "docs",
        help="generate the generated parts of docs/ again",
        description="Write docs/request.md from the request's schema, the generated parts of "
        "docs/architecture.md from the templates, those of docs/container.md from the cases that "
        "are tested, and those of docs/audit.md from its rules and the defects that they are held "
        "to. The tests fail while one of them is out of date.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Generate; returns the exit code."""
    assembly.synthesize(log=tools.ROOT / ".run" / "synth.log")
    for page in (request_page, container_page, audit_page, diagrams):
        written = page.write(tools.ROOT).relative_to(tools.ROOT)
        Console(stderr=True).print(f"written: {written}", highlight=False)
    return 0
