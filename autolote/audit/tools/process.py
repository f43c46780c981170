"""Run one of the programs on its own: nothing of the caller's settings reaches it, and no network.

A configuration file in the project or in the home folder, or an environment variable, could switch
rules off; so each program runs in an empty folder that is its home as well.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autolote.tools import ToolError

LONGEST_SECONDS = 300
# A port that nobody listens on: a program that calls home fails there at once, and is heard of.
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended, and what it printed."""

    code: int
    out: str
    err: str


def run(
    command: Sequence[str | Path],
    *,
    tool: str,
    home: Path,
    codes: Sequence[int] = (0,),
    extra: Mapping[str, str] | None = None,
) -> Ended:
    """Run a program in the folder `home`.

    Args:
        codes: the exit codes that mean that it did its work, with findings or without.
        extra: environment variables besides PATH, HOME and the proxies.

    Raises:
        ToolError: it could not be started, took longer than 5 minutes, or ended with another code.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
        **(extra or {}),
    }
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"{tool} could not be started: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{tool} took longer than {LONGEST_SECONDS} seconds") from error
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    if done.returncode not in codes:
        raise ToolError(f"{tool} ended with code {done.returncode}:\n{tail(err or out)}")
    return Ended(code=done.returncode, out=out, err=err)


def parsed(ended: Ended, *, tool: str) -> Any:
    """The JSON that a program printed.

    Raises:
        ToolError: it printed something else.
    """
    try:
        return json.loads(ended.out)
    except ValueError as error:
        raise ToolError(
            f"{tool} printed no JSON, so nothing is known of what it found:\n"
            f"{tail(ended.out + ended.err)}"
        ) from error


def not_understood(tool: str, what: object) -> ToolError:
    """The error for an answer that has another form than the pinned version's."""
    return ToolError(f"{tool} answered what this version of autolote does not understand: {what!r}")


def tail(text: str) -> str:
    """The end of what a program printed."""
    return "\n".join(text.strip().splitlines()[-15:]) or "(it printed nothing)"
