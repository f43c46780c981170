"""When the templates are made again: when anything they are made of has changed, and not else."""

import ast
from collections.abc import Iterator
from pathlib import Path

from autolote import assembly, tools

FILES = {path.relative_to(tools.ROOT) for path in assembly._files()}


def imported(module: Path) -> Iterator[Path]:
    """The modules of autolote that a module of it imports, and those that these import."""
    for node in ast.walk(ast.parse((tools.ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "autolote":
            names = [alias.name for alias in node.names] if node.module == "autolote" else []
            for name in names or [str(node.module).partition(".")[2]]:
                found = Path("autolote", f"{name}.py")
                yield found
                yield from imported(found)


def test_every_module_that_reads_settings_counts() -> None:
    """A rule about a setting decides what is synthesized, in whatever module it stands."""
    settings = Path("autolote/settings.py")
    assert {settings, *imported(settings)} <= FILES
    assert len({*imported(settings)}) > 1


def test_the_source_of_the_image_counts_and_what_is_built_of_it_does_not() -> None:
    """An edit of the container is another image; a compiled kernel is the same source."""
    assert {Path("container/Dockerfile"), Path("container/native/Makefile")} <= FILES
    assert not [path for path in FILES if path.parts[:3] == ("container", "native", "build")]
    assert not [path for path in FILES if "__pycache__" in path.parts]
