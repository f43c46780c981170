"""Following a Dockerfile without Docker: its files are copied, its kernel is compiled.

What RUN installs (apt, pip) is not: a process here has the packages of this machine. Of the
commands only `make` is carried out, in the folder of the stage that it stands in.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from autolote.local.aws.codebuild.dockerfile import Copy, DockerfileError, Run, Stage

Make = Callable[[Path], None]
Say = Callable[[str], None]


class BuildStepError(RuntimeError):
    """A step of the Dockerfile failed, as it would have with Docker."""


def assemble(
    stages: Iterable[Stage], *, context: Path, folder: Path, make: Make, say: Say
) -> tuple[Path, tuple[str, ...]]:
    """Make the file trees of all stages below `folder`.

    Args:
        context: what COPY copies from.
        make: runs make in a folder; raises BuildStepError.
        say: takes the lines of the build's log.

    Returns:
        The tree of the last stage, and the image's entry point.

    Raises:
        BuildStepError: a step failed.
        DockerfileError: a stage is named that there is not.
    """
    trees: dict[str, Path] = {}
    tree, entrypoint = folder, tuple[str, ...]()
    for stage in stages:
        say(f"FROM {stage.base} AS {stage.name}")
        tree, entrypoint = folder / stage.name, stage.entrypoint
        if stage.base in trees:
            shutil.copytree(trees[stage.base], tree, symlinks=True)
        tree.mkdir(parents=True, exist_ok=True)
        for step in stage.steps:
            if isinstance(step, Copy):
                _copy(step, context=context, trees=trees, tree=tree, say=say)
            else:
                _run(step, tree=tree, make=make, say=say)
        trees[stage.name] = tree
    return tree, entrypoint


def _copy(step: Copy, *, context: Path, trees: dict[str, Path], tree: Path, say: Say) -> None:
    if step.source is not None and step.source not in trees:
        raise DockerfileError(f"COPY --from={step.source}: there is no such stage before")
    root = context if step.source is None else trees[step.source]
    target = tree / step.target.lstrip("/")
    into = step.target.endswith("/") or len(step.paths) > 1
    for pattern in step.paths:
        found = sorted(root.glob(pattern.lstrip("/")))
        if not found and step.source is None:
            raise BuildStepError(f"COPY {pattern}: no such file in the source")
        if not found:
            say(f"COPY --from={step.source} {pattern}: made by what is not run here; left out")
        for path in found:
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                place = target / path.name if into else target
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
        say(f"COPY {pattern} {step.target}: {len(found)} found")


def _run(step: Run, *, tree: Path, make: Make, say: Say) -> None:
    for command in step.commands:
        if command[:2] == ("make", "-C"):
            say(f"RUN {' '.join(command)}")
            make(tree / command[2].lstrip("/"))
        else:
            say(f"RUN {' '.join(command)[:100]}: not run here; this machine's packages serve")
