"""How large the scoring image is, part by part, without Docker: each part is really put together.

    python -m tests.bench.image_size            # what we add to the base image
    python -m tests.bench.image_size --debian   # and Debian's part of it: needs root, debootstrap

Compressed is gzip of the part's files as a tar: what the registry keeps and an instance pulls.
"""

import argparse
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "container"
PYTHON = "3.13"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64")
RELEASE = "bookworm"
# debian:bookworm-slim is a minbase system without these, and without what apt keeps:
# https://github.com/debuerreotype/debuerreotype/blob/master/scripts/.slimify-excludes
NOT_IN_SLIM = ("usr/share/doc", "usr/share/info", "usr/share/man", "usr/share/locale")
NOT_IN_SLIM += ("usr/share/lintian", "usr/share/linda", "usr/share/groff")
KEPT_BY_APT = ("var/lib/apt/lists", "var/cache/apt", "var/log")
# python:3.13-slim adds these, and what they need, to run the Python it compiles:
# https://github.com/docker-library/python/blob/master/3.13/slim-bookworm/Dockerfile
OF_PYTHON = ("ca-certificates", "netbase", "tzdata", "libbz2-1.0", "libffi8", "libgdbm6")
OF_PYTHON += ("liblzma5", "libncursesw6", "libreadline8", "libsqlite3-0", "libssl3", "libuuid1")
OWNERS = {"numpy.libs": "numpy", "scipy.libs": "scipy", "botocore": "boto3 and botocore"}
OWNERS |= {"boto3": "boto3 and botocore", "numpy": "numpy", "scipy": "scipy"}
OWNERS |= {"lightgbm": "lightgbm"}


def run(*command: str | Path) -> None:
    """Run a command quietly; its output is shown when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout.decode()}{done.stderr.decode()}")


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def below(folder: Path) -> list[Path]:
    """Every file and link below a folder."""
    return [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]


def sizes(paths: Iterable[Path]) -> tuple[float, float]:
    """MB of the files, and MB of a compressed tar of them. Hard links count once."""
    total, seen, sink = 0, set[int](), io.BytesIO()
    packed = gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6)
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(paths):
            status = path.lstat()
            if status.st_ino not in seen:
                total += status.st_size
            seen.add(status.st_ino)
            archive.add(path, str(path), recursive=False)
    packed.close()
    return total / 1e6, len(sink.getvalue()) / 1e6


def packages(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """The Python packages, installed and trimmed as the Dockerfile does it, by their owner."""
    target = folder / "packages"
    wanted = [word for name in PLATFORMS for word in ("--platform", name)]
    given = ["--requirement", CONTAINER / "requirements.txt", "--target", target]
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:")
    run(*pip, "--python-version", PYTHON, *wanted, *given)
    whole = below(target)
    trimmed = target.with_name("trimmed")
    shutil.copytree(target, trimmed, symlinks=True)
    run(sys.executable, CONTAINER / "image" / "trim.py", trimmed)
    parts: dict[str, list[Path]] = {}
    for path in below(trimmed):
        first = path.relative_to(trimmed).parts[0]
        parts.setdefault(OWNERS.get(first, "other packages"), []).append(path)
    yield from sorted(parts.items())
    left = {path.relative_to(trimmed) for path in below(trimmed)}
    yield "(trimmed away)", [path for path in whole if path.relative_to(target) not in left]


def program(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Our own files: the kernel, compiled anew, and the modules with their byte code."""
    source = folder / "container"
    shutil.copytree(CONTAINER, source, ignore=shutil.ignore_patterns("build", "__pycache__"))
    run("make", "-C", source / "native", f"-j{os.cpu_count()}")
    library = shutil.copy2(source / "native" / "build" / "libscoring.so", folder)
    yield "kernel (libscoring.so)", [Path(library)]
    for name in ("native", "image"):
        shutil.rmtree(source / name)
    run(sys.executable, "-m", "compileall", "-q", source)
    yield "modules", [path for path in below(source) if path.suffix in (".py", ".pyc")]


def debian(folder: Path, *names: str) -> list[Path]:
    """The files of Debian packages, downloaded and unpacked."""
    target = folder / "-".join(names)[:40]
    target.mkdir()
    for name in names:
        subprocess.run(
            ["apt-get", "download", "-q", name], cwd=folder, capture_output=True, check=True
        )
    for package in sorted(folder.glob("*.deb")):
        run("dpkg-deb", "--extract", package, target)
        package.unlink()
    return slim(target)


def slim(tree: Path) -> list[Path]:
    """What is left of a Debian tree in a slim image."""
    for name in (*NOT_IN_SLIM, *KEPT_BY_APT):
        shutil.rmtree(tree / name, ignore_errors=True)
    return below(tree)


def base(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Debian's part of the base image."""
    tree = folder / "debian"
    run("debootstrap", "--variant=minbase", RELEASE, tree)
    yield f"Debian {RELEASE}, minimal, slim", slim(tree)
    there = {path.relative_to(tree) for path in below(tree)}
    added = folder / "-".join(OF_PYTHON)[:40]
    found = debian(folder, *OF_PYTHON)
    new = [path for path in found if path.relative_to(added) not in there]
    yield "Debian's libraries for Python", new


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--debian", action="store_true", help="measure Debian's part of the base")
    given = parser.parse_args()
    say("| part | MB | MB compressed |\n|---|---|---|")
    total = packed = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = list(base(folder)) if given.debian else []
        parts += [("libgomp1", debian(folder, "libgomp1"))]
        parts += [*packages(folder), *program(folder)]
        for part, files in parts:
            plain, small = sizes(files)
            say(f"| {part} | {plain:.1f} | {small:.1f} |")
            if not part.startswith("("):
                total, packed = total + plain, packed + small
    say(f"| **together** | **{total:.1f}** | **{packed:.1f}** |")


if __name__ == "__main__":
    main()
