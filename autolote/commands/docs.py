"""autolote docs: the generated parts of docs/."""

import argparse

from rich.console import Console

from autolote import assembly, diagrams, request_page, tools


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "docs",
        help="generate the generated parts of docs/ again",
        description="Write docs/request.md from the request's schema and the generated parts of "
        "docs/architecture.md from the templates. The tests fail while either is out of date.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Generate; returns the exit code."""
    assembly.synthesize(log=tools.ROOT / ".run" / "synth.log")
    for path in (request_page.write(tools.ROOT), diagrams.write(tools.ROOT)):
        Console(stderr=True).print(f"written: {path.relative_to(tools.ROOT)}", highlight=False)
    return 0
