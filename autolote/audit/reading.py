"""Reads a cloud assembly from disk: which environments it holds, which stacks, which templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_UNKNOWN = "unknown-"  # what the CDK writes for an account or a Region that is left open


class AssemblyError(ValueError):
    """There is no such cloud assembly, or it cannot be read; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of an assembly.

    Attributes:
        name: within its environment, as "storage".
        stack_name: what it is deployed as, as "autolote-prod-storage".
        path: its template.
        account: twelve digits; "" where the assembly leaves it open.
        region: likewise.
    """

    name: str
    stack_name: str
    path: Path
    account: str = ""
    region: str = ""

    def template(self) -> Mapping[str, Any]:
        """The template.

        Raises:
            AssemblyError: it is not there, or is not JSON.
        """
        found: Mapping[str, Any] = _read(self.path)
        return found


def environments(assembly: Path) -> list[str]:
    """The environments that an assembly holds, sorted: its stages, or itself if it has none.

    Raises:
        AssemblyError: it holds no templates.
    """
    found = sorted(path.name.removeprefix("assembly-") for path in assembly.glob("assembly-*"))
    if not found and any(assembly.glob("*.template.json")):
        return [assembly.resolve().name]
    if not found:
        raise AssemblyError(f"no templates below {assembly}: run `autolote synth` first")
    return found


def stacks(assembly: Path, environment: str) -> list[Stack]:
    """The stacks of one environment, sorted by name.

    Raises:
        AssemblyError: the assembly has no such environment, or its manifest cannot be read.
    """
    known = environments(assembly)
    if environment not in known:
        raise AssemblyError(
            f"{assembly} holds no environment {environment!r}; it holds {', '.join(known)}"
        )
    folder = assembly / f"assembly-{environment}"
    if not folder.is_dir():
        folder = assembly
    if not (folder / "manifest.json").is_file():
        return _bare(folder)
    artifacts = _read(folder / "manifest.json").get("artifacts", {}).values()
    found = [
        _stack(folder, environment, artifact)
        for artifact in artifacts
        if artifact["type"] == "aws:cloudformation:stack"
    ]
    return sorted(found, key=lambda stack: stack.name)


def _bare(folder: Path) -> list[Stack]:
    """Templates that somebody put into a folder, without a manifest."""
    suffix = ".template.json"
    return [
        Stack(
            name=path.name.removesuffix(suffix),
            stack_name=path.name.removesuffix(suffix),
            path=path,
        )
        for path in sorted(folder.glob(f"*{suffix}"))
    ]


def _stack(folder: Path, environment: str, artifact: Mapping[str, Any]) -> Stack:
    properties = artifact["properties"]
    name = str(artifact.get("displayName", "")).removeprefix(f"{environment}/")
    account, _, region = str(artifact["environment"]).removeprefix("aws://").partition("/")
    return Stack(
        name=name,
        stack_name=str(properties.get("stackName", name)),
        path=folder / properties["templateFile"],
        account="" if account.startswith(_UNKNOWN) else account,
        region="" if region.startswith(_UNKNOWN) else region,
    )


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssemblyError(
            f"{path} cannot be read: {error}. Run `autolote synth` to write it again"
        ) from error
