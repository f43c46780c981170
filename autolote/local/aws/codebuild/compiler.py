"""Running make on a source, on a leash and within its time."""

import os
import shutil
import time
from pathlib import Path

from autolote.local.aws.codebuild.stages import BuildStepError
from autolote.local.sagemaker.processes import Process

_EVERY = 0.1  # seconds between two looks
TOOLS = ("make", "g++")


class Compiler:
    """Makes what a Makefile makes; its output goes to the build's log."""

    def __init__(self, *, log: Path, seconds: float) -> None:
        self._log = log
        self._deadline = time.monotonic() + seconds

    def make(self, folder: Path) -> None:
        """Run make in a folder.

        On a machine without a compiler the image is made without what it would have compiled, so
        that all the rest can be deployed and looked at; the program says so when it misses it.

        Raises:
            BuildStepError: it failed, or took longer than the project allows.
        """
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            self._say(f"{' and '.join(missing)} not found on this machine: nothing is compiled")
            return
        command = ("make", "--no-print-directory", "-C", str(folder), f"-j{os.cpu_count() or 1}")
        process = Process(command, environment=os.environ, folder=folder, log=self._log)
        try:
            while process.exit_code() is None:
                if time.monotonic() > self._deadline:
                    raise BuildStepError("make has not ended within the project's time-out")
                time.sleep(_EVERY)
        finally:
            process.stop(grace=1.0)
        if process.exit_code() != 0:
            raise BuildStepError(
                f"Error while executing command: make. Reason: exit status {process.exit_code()}"
            )

    def _say(self, line: str) -> None:
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
