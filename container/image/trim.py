"""Take out of the installed packages what no program of the image opens. Run when it is built.

python trim.py SITE_PACKAGES
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# botocore brings the description of every AWS service; ours talks to S3 and to no other.
KEPT_SERVICES = {"s3"}
# These bring their own tests, which nothing else of theirs imports.
TESTED = ("numpy", "scipy")


def unneeded(packages: Path) -> Iterator[Path]:
    """The folders that can go, none within another."""
    for service in sorted((packages / "botocore" / "data").iterdir()):
        if service.is_dir() and service.name not in KEPT_SERVICES:
            yield service
    for name in TESTED:
        for folder in sorted((packages / name).rglob("tests")):
            within = folder.relative_to(packages).parts[:-1]
            if folder.is_dir() and "tests" not in within:
                yield folder


def size(path: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def trim(packages: Path) -> int:
    """Remove it; returns how many bytes that were."""
    saved = 0
    for folder in list(unneeded(packages)):
        saved += size(folder)
        shutil.rmtree(folder)
    return saved


if __name__ == "__main__":
    before = size(Path(sys.argv[1]))
    removed = trim(Path(sys.argv[1]))
    print(f"{removed / 1e6:.1f} of {before / 1e6:.1f} MB of packages removed")  # noqa: T201
