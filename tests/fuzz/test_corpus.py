"""Whatever a fuzzer once found, and what it begins with, passes under the sanitizers."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fuzz import build, seeds


@pytest.fixture(scope="module")
def programs() -> dict[str, Path]:
    """The fuzz targets, built with the compiler of the tests."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    return build.build(build.WORK / "replay", compiler=compiler, fuzzer=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the seeds."""
    folder = tmp_path_factory.mktemp("seeds")
    seeds.write(folder)
    return folder


@pytest.mark.parametrize("target", build.TARGETS)
def test_the_corpus_finds_nothing(target: str, programs: dict[str, Path], written: Path) -> None:
    """No memory error, no undefined behaviour, the same answer on every instruction set and in
    pieces of any size."""
    files = [*(build.HERE / "corpus" / target).glob("*"), *(written / target).iterdir()]
    done = subprocess.run(
        [str(programs[target]), *map(str, files)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count(" bytes\n") >= len(files) > 0
