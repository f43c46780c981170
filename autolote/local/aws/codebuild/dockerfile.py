"""Reading a Dockerfile: its stages, and what each of them does.

https://docs.docker.com/reference/dockerfile/
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_KNOWN = {"ARG", "FROM", "RUN", "COPY", "ENV", "LABEL", "USER", "EXPOSE", "ENTRYPOINT"}


class DockerfileError(ValueError):
    """It is not a Dockerfile, or holds something that the local account does not follow."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """COPY: `source` names an earlier stage, None the build's own folder."""

    source: str | None
    paths: tuple[str, ...]
    target: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """RUN: the commands that `&&` joins, each as words."""

    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """From one FROM to the next. `base` is an earlier stage or an image of a registry."""

    name: str
    base: str
    steps: tuple[Copy | Run, ...]
    entrypoint: tuple[str, ...]


def read(text: str) -> tuple[Stage, ...]:
    """The stages, in order; the last one is the image.

    Raises:
        DockerfileError: an instruction is unknown, or not in the form that is used here.
    """
    stages: list[Stage] = []
    for name, arguments in instructions(text):
        if name not in _KNOWN:
            raise DockerfileError(f"{name} is not known here; known are {sorted(_KNOWN)}")
        if name == "FROM":
            found = re.fullmatch(r"(\S+)(?:\s+AS\s+(\S+))?", arguments)
            if found is None:
                raise DockerfileError(f"FROM {arguments}: expected an image, and a name after AS")
            label = found[2] or str(len(stages))
            stages.append(Stage(name=label, base=found[1], steps=(), entrypoint=()))
        elif stages:
            stages[-1] = _with(stages[-1], name, arguments)
        elif name != "ARG":
            raise DockerfileError(f"{name} stands before the first FROM")
    if not stages:
        raise DockerfileError("it has no FROM")
    return tuple(stages)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Name and arguments of each instruction, with continued lines joined and comments gone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, arguments = line.strip().partition(" ")
            yield name.upper(), arguments.strip()


def _with(stage: Stage, name: str, arguments: str) -> Stage:
    steps, entrypoint = stage.steps, stage.entrypoint
    if name == "COPY":
        steps = (*steps, _copy(arguments))
    elif name == "RUN":
        parts = [part.strip() for part in arguments.split("&&")]
        steps = (*steps, Run(commands=tuple(tuple(shlex.split(part)) for part in parts)))
    elif name == "ENTRYPOINT":
        try:
            entrypoint = tuple(json.loads(arguments))
        except ValueError as error:
            raise DockerfileError(f"ENTRYPOINT {arguments}: expected the exec form") from error
    return Stage(name=stage.name, base=stage.base, steps=steps, entrypoint=entrypoint)


def _copy(arguments: str) -> Copy:
    words = shlex.split(arguments)
    flags = [word for word in words if word.startswith("--")]
    paths = [word for word in words if not word.startswith("--")]
    sources = [flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")]
    if len(sources) != len(flags) or len(paths) < 2:
        raise DockerfileError(f"COPY {arguments}: expected [--from=stage] source... target")
    return Copy(source=sources[0] if sources else None, paths=tuple(paths[:-1]), target=paths[-1])
