"""The rows and models that `autolote check golden` is tried on."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from autolote.__main__ import main
from tests.container import models

HEADER = b"age,income,debt,years here\n"

Golden = Callable[..., int]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of three kinds, and the same rows written in several ways."""
    home = tmp_path_factory.mktemp("golden")
    models.save(home / "binary", {"objective": "binary"})
    models.save(home / "multiclass", {"objective": "multiclass", "num_class": 3})
    models.save(home / "number", {"objective": "regression"})
    body = models.to_csv(models.rows(seed=5))
    (home / "rows.csv").write_bytes(HEADER + body)
    (home / "bare.csv").write_bytes(b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n"))
    (home / "rows.csv.gz").write_bytes(gzip.compress(HEADER + body))
    cells = [line.split(",") for line in body.decode().splitlines()]
    (home / "ids.csv").write_text(
        "id;age;income;when;debt;years here\n"
        + "".join(
            f'"no; {at}";{age};{income};2026-01-01;{debt};{years}\n'.replace(".", ",")
            for at, (age, income, debt, years) in enumerate(cells)
        )
    )
    (home / "tokens.csv").write_bytes(HEADER + b"?,-,1,2\n1,2,,-\n")
    return home


@pytest.fixture
def golden(folder: Path) -> Golden:
    """Runs `autolote check golden`; names in the line are files of the folder. The exit code."""

    def check(line: str, *more: str | Path) -> int:
        words = [str(folder / word) if (folder / word).exists() else word for word in line.split()]
        try:
            return main(["check", "golden", *words, *map(str, more)])
        except SystemExit as error:  # argparse's own
            return int(error.code or 0)

    return check
