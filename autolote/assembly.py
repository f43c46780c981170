"""The cloud assembly below cdk.out/, made again only when what it is made of has changed."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from autolote import tools

SOURCES = ("app.py", "cdk.json", "requirements.txt")
SETTINGS = (
    "checks",
    "settings",
    "allowances",
    "domain_settings",
    "image_settings",
    "network_settings",
)
FOLDERS = ("environments", "stacks", "lambda", "container")
NO_SOURCE = ("__pycache__", "build")


def synthesize(*, log: Path, force: bool = False) -> bool:
    """Write the templates of every environment below cdk.out/; returns whether that was needed.

    Raises:
        ToolError: a setting or a template was refused; the message says which.
    """
    if not force and is_current():
        return False
    fingerprint = _fingerprint()
    # The CDK adds to the folder: an auditor should find what is deployed there, and nothing else.
    shutil.rmtree(tools.CDK_OUT, ignore_errors=True)
    tools.run([sys.executable, "app.py"], extra={"CDK_OUTDIR": str(tools.CDK_OUT)}, log=log)
    _mark().write_text(fingerprint, encoding="utf-8")
    return True


def is_current() -> bool:
    """Whether what is below cdk.out/ was made from the sources as they are now."""
    mark = _mark()
    return mark.exists() and mark.read_text(encoding="utf-8") == _fingerprint()


def _mark() -> Path:
    return tools.CDK_OUT / ".made-from"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(tools.ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    yield from (tools.ROOT / name for name in SOURCES)
    yield from (tools.ROOT / "autolote" / f"{name}.py" for name in SETTINGS)
    for folder in FOLDERS:
        found = (tools.ROOT / folder).rglob("*")
        yield from sorted(path for path in found if path.is_file() and _is_source(path))


def _is_source(path: Path) -> bool:
    return not {*NO_SOURCE} & {*path.relative_to(tools.ROOT).parts}
