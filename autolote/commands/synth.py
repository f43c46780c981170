"""autolote synth: the CloudFormation templates of every environment."""

import argparse

from rich.console import Console

from autolote import assembly, tools


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = commands.add_parser(
        "synth",
        help="write the CloudFormation templates of every environment below cdk.out/",
        description="Write the CloudFormation templates of every environment in environments/ "
        "below cdk.out/. Needs no AWS account, no network and no Docker.",
    )
    parser.add_argument("--force", action="store_true", help="also when nothing has changed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Synthesize; returns the exit code."""
    console = Console(stderr=True)
    made = assembly.synthesize(log=tools.ROOT / ".run" / "synth.log", force=arguments.force)
    console.print("templates written" if made else "templates are up to date", highlight=False)
    for template in sorted(tools.CDK_OUT.glob("assembly-*/*.template.json")):
        console.print(f"  {template.relative_to(tools.ROOT)}", highlight=False)
    return 0
